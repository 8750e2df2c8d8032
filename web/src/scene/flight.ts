/**
 * The way of the eye from one pose to another, by shares of its length: the optimal path of van Wijk and Nuij, "Smooth and
 * efficient zooming and panning" (2003), with the distance as the width of the window. It rises where two places are far apart, so
 * that one sees where one goes.
 */
import type { Vector } from '../protocol/types'
import type { CameraState } from '../session/camera'
import { subtract } from './projection'

/** How much a flight rises; the value that readers of zoomable maps found pleasant. */
const RISE = 1.3

export interface Flight {
  at: (share: number) => CameraState
  /** In units in which a pleasant flight covers about two a second. */
  length: number
}

export function flightPath(from: CameraState, to: CameraState): Flight {
  const way = subtract(to.target, from.target)
  const far = Math.hypot(...way)
  const turn = shortestTurn(from.azimuth, to.azimuth)
  const blend = (share: number, along: number, distance: number): CameraState => ({
    target: from.target.map((value, axis) => value + (way[axis] as number) * along) as Vector,
    distance,
    azimuth: from.azimuth + turn * share,
    elevation: from.elevation + (to.elevation - from.elevation) * share,
    parallel: to.parallel,
  })
  if (far < 1e-3 * from.distance) {
    const growth = Math.log(to.distance / from.distance)
    const length = Math.abs(growth) / RISE + Math.abs(turn) / 60
    return { length, at: (share) => blend(share, share, from.distance * Math.exp(growth * share)) }
  }
  const square = RISE ** 2
  const bend = (sign: 1 | -1, width: number) => {
    const term = (to.distance ** 2 - from.distance ** 2 + sign * square ** 2 * far ** 2) / (2 * width * square * far)
    return -Math.asinh(term)
  }
  const start = bend(1, from.distance)
  const length = (bend(-1, to.distance) - start) / RISE
  const at = (share: number) => {
    const angle = RISE * length * share + start
    const along = (from.distance / (square * far)) * (Math.cosh(start) * Math.tanh(angle) - Math.sinh(start))
    return blend(share, along, (from.distance * Math.cosh(start)) / Math.cosh(angle))
  }
  return { length, at }
}

/** Starts and ends gently. */
export function eased(share: number): number {
  return share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2
}

function shortestTurn(from: number, to: number): number {
  return ((((to - from) % 360) + 540) % 360) - 180
}
