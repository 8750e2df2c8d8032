/**
 * The way out from one number to the largest model: the eye draws back at one felt speed, past every model whole, and how many parameters it
 * has seen goes up along with that. Where it is depends on the share of the way alone.
 */
import type { Bounds, Vector } from '../protocol/types'
import type { CameraState } from '../session/camera'
import type { Framing } from './framing'
import type { Lineup } from './lineup'
import { union } from './projection'
import type { Selected } from './scenery'
import { regionOnSlab } from './slabs'

/** A place on the way, and how many parameters are seen from there. */
export interface Station {
  camera: CameraState
  parameters: number
}

export interface Moment {
  camera: CameraState
  parameters: number
  /** How many stations are behind, or at hand. */
  passed: number
}

export interface Way {
  seconds: number
  at(share: number): Moment
}

/** Every doubling of the distance takes so long, in seconds; the whole way no less and no more than so many. */
const DOUBLING = 0.62
const SHORTEST = 8
const LONGEST = 12
/** The share of the time in which it comes up to its speed, or slows down. */
const STARTING = 0.12
/** How much around a number is seen at first, in cells. */
const AROUND = [4, 3, 0] as const

/** From the cell of a weight to all the models that stand: the one that is taken apart, and one after the other of those beside it. */
export function stationsFrom(cell: Selected, lineup: Lineup, framing: Framing): Station[] {
  const close = boundsOf(cell, lineup)
  const first = close === null ? [] : [{ camera: framing.readingPose(close), parameters: 1 }]
  const models = [...lineup.models].sort((one, other) => one.bounds.min[0] - other.bounds.min[0])
  const stations = models.map(({ description }, index) => ({
    camera: framing.homePose(union(models.slice(0, index + 1).map(({ bounds }) => bounds))),
    parameters: description.parameters,
  }))
  return [...first, ...stations]
}

function boundsOf({ tensor, index }: Selected, { main }: Lineup): Bounds | null {
  const region = (index ?? []).map((place) => [place, place + 1] as const)
  for (const slab of main?.slabs ?? []) {
    const cells = slab.tensor.name === tensor ? regionOnSlab(slab, region) : null
    if (cells === null) continue
    const [x, y, z] = slab.corner
    const min = [x + cells.left, y + cells.bottom, z].map((low, axis) => low - (AROUND[axis] as number)) as Vector
    return { min, size: AROUND.map((around) => 1 + 2 * around) as Vector }
  }
  return null
}

/** Through all stations, each farther off than the one before. */
export function wayOut(stations: readonly Station[]): Way {
  const depths = stations.map(({ camera }) => Math.log(camera.distance))
  const [first, last] = [depths[0] as number, depths.at(-1) as number]
  const at = (share: number): Moment => {
    const depth = first + (last - first) * paced(share)
    const next = depths.findIndex((there, index) => index > 0 && depth < there)
    if (next < 0) return { ...(stations.at(-1) as Station), passed: stations.length }
    const [from, to] = [stations[next - 1] as Station, stations[next] as Station]
    const part = (depth - (depths[next - 1] as number)) / ((depths[next] as number) - (depths[next - 1] as number))
    const camera = between(from.camera, to.camera, Math.exp(depth), part)
    // What comes into the picture fills it as its area grows; until then the count is that of what is seen whole.
    const seen = ((camera.distance - from.camera.distance) / (to.camera.distance - from.camera.distance)) ** 2
    const parameters = Math.round(from.parameters + (to.parameters - from.parameters) * seen)
    return { camera, parameters, passed: next }
  }
  const doublings = (last - first) / Math.LN2
  return { seconds: Math.min(LONGEST, Math.max(SHORTEST, DOUBLING * doublings)), at }
}

/** Drawing back like this, the eye keeps one place of the picture where it is: what is passed shrinks towards it. */
function between(from: CameraState, to: CameraState, distance: number, part: number): CameraState {
  const along = (distance - from.distance) / (to.distance - from.distance)
  const mix = (one: number, other: number, share: number) => one + (other - one) * share
  return {
    target: from.target.map((value, axis) => mix(value, to.target[axis] as number, along)) as Vector,
    distance,
    azimuth: mix(from.azimuth, to.azimuth, part),
    elevation: mix(from.elevation, to.elevation, part),
    parallel: to.parallel,
  }
}

/** One speed, but for the start and the end. */
function paced(share: number): number {
  const top = 1 / (1 - STARTING)
  if (share < STARTING) return (top * share ** 2) / 2 / STARTING
  if (share > 1 - STARTING) return 1 - (top * (1 - share) ** 2) / 2 / STARTING
  return top * (share - STARTING / 2)
}
