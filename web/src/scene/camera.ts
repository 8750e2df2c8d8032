/**
 * The eye: an orbit around a target, its bounds and its movements.
 *
 * The reader's gestures set a goal that the eye glides to and reaches; framed moves are flights of fixed length along a path that
 * rises where two places are far apart, so that one sees where one goes. Positions come in plain numbers (CameraState).
 */
import type { Bounds, Vector } from '../model/types'
import { corners, dot, focalLength, subtract, viewOf, type View } from './projection'

/** Where one looks from, in plain numbers that fit an address bar. Angles are in degrees. */
export interface CameraState {
  /** The point that is looked at. */
  target: Vector
  /** From the target to the eye. */
  distance: number
  /** 0 looks along -z; positive: the eye moves to the right. */
  azimuth: number
  /** 0 is level; positive: the eye moves up. */
  elevation: number
}

const HIGHEST = 85
const NEAREST = 6
const GLIDE_MS = 70
const FLIGHT_MS = 900
/** How much a flight rises; the value that readers of zoomable maps found pleasant (van Wijk and Nuij 2003). */
const RISE = 1.3

/** Air around what is framed, in CSS pixels. */
const PADDING = 36

interface Flight {
  path: (share: number) => CameraState
  started: number | null
  duration: number
}

export class CameraRig {
  reducedMotion = false
  private state: CameraState = { target: [0, 0, 0], distance: 100, azimuth: 0, elevation: 0 }
  private goal: CameraState = this.state
  private flight: Flight | null = null
  private lastStep: number | null = null
  private bounds: Bounds = { min: [0, 0, 0], size: [1, 1, 1] }
  private width = 1
  private height = 1

  /** Where the eye is now. */
  get current(): CameraState {
    return { ...this.state, target: [...this.state.target] }
  }

  setBounds(bounds: Bounds): void {
    this.bounds = bounds
  }

  setViewport(width: number, height: number): void {
    this.width = Math.max(1, width)
    this.height = Math.max(1, height)
  }

  jump(state: CameraState): void {
    this.state = this.goal = this.bounded(state)
    this.flight = null
  }

  fly(state: CameraState): void {
    const end = this.bounded(state)
    if (this.reducedMotion) {
      this.jump(end)
      return
    }
    const { path, length } = flightPath(this.state, end)
    this.goal = end
    this.flight = { path, started: null, duration: FLIGHT_MS * Math.min(1.8, Math.max(0.5, length / 2)) }
  }

  orbit(degreesRight: number, degreesUp: number): void {
    this.glide({ azimuth: this.goal.azimuth - degreesRight, elevation: this.goal.elevation + degreesUp })
  }

  /** Moves what is seen by so many pixels, measured at the depth of the target. */
  pan(pixelsRight: number, pixelsDown: number): void {
    const { right, up, focal } = viewOf(this.goal, this.width, this.height)
    const scale = this.goal.distance / focal
    const target = this.goal.target.map((value, axis) =>
      value - scale * (pixelsRight * (right[axis] as number) - pixelsDown * (up[axis] as number))) as Vector
    this.glide({ target })
  }

  /** Brings the eye nearer to a point (factor under 1) or farther from it, so that the point stays where it is on the screen. */
  zoom(factor: number, point: Vector): void {
    const { eye, forward } = viewOf(this.goal, this.width, this.height)
    const depth = dot(subtract(point, eye), forward)
    // The target moves along the line of sight to the depth of the point: the picture is the same, and the way in is as long as it looks.
    const distance = Math.max(NEAREST, depth)
    const target = eye.map((value, axis) => value + distance * (forward[axis] as number)) as Vector
    const [nearest, farthest] = this.distanceRange()
    const allowed = Math.min(farthest, Math.max(nearest, distance * factor)) / distance
    this.glide({
      distance: distance * allowed,
      target: point.map((value, axis) => value + ((target[axis] as number) - value) * allowed) as Vector,
    })
  }

  /** The pose that shows all of `bounds` from this direction. */
  poseFor(bounds: Bounds, azimuth: number, elevation: number): CameraState {
    const centre = bounds.min.map((low, axis) => low + (bounds.size[axis] as number) / 2) as Vector
    const { right, up, forward, focal } = viewOf({ target: centre, distance: 1, azimuth, elevation }, this.width, this.height)
    const slopeX = Math.max(0.1 * this.width, this.width / 2 - PADDING) / focal
    const slopeY = Math.max(0.1 * this.height, this.height / 2 - PADDING) / focal
    let distance = NEAREST
    for (const corner of corners(bounds)) {
      const offset = subtract(corner, centre)
      const across = Math.max(Math.abs(dot(offset, right)) / slopeX, Math.abs(dot(offset, up)) / slopeY)
      distance = Math.max(distance, across - dot(offset, forward))
    }
    return { target: centre, distance, azimuth, elevation }
  }

  /** Moves on by the time that has passed. True while there is more to come. */
  step(now: number): boolean {
    const elapsed = this.lastStep === null ? 16 : Math.min(100, now - this.lastStep)
    this.lastStep = now
    if (this.flight !== null) this.stepFlight(this.flight, now)
    else if (this.state !== this.goal) this.stepGlide(1 - Math.exp(-elapsed / GLIDE_MS))
    const moving = this.flight !== null || this.state !== this.goal
    if (!moving) this.lastStep = null
    return moving
  }

  view(): View {
    return viewOf(this.state, this.width, this.height)
  }

  private stepFlight(flight: Flight, now: number): void {
    flight.started ??= now
    const share = Math.min(1, (now - flight.started) / flight.duration)
    const eased = share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2
    this.state = share < 1 ? flight.path(eased) : this.goal
    if (share >= 1) this.flight = null
  }

  private stepGlide(share: number): void {
    const mix = (from: number, to: number) => from + (to - from) * share
    const next: CameraState = {
      target: this.state.target.map((value, axis) => mix(value, this.goal.target[axis] as number)) as Vector,
      distance: mix(this.state.distance, this.goal.distance),
      azimuth: mix(this.state.azimuth, this.goal.azimuth),
      elevation: mix(this.state.elevation, this.goal.elevation),
    }
    this.state = this.arrived(next) ? this.goal : next
  }

  /** Less than a fifth of a pixel is left. */
  private arrived(state: CameraState): boolean {
    const pixel = state.distance / focalLength(this.height)
    const left = Math.hypot(...subtract(state.target, this.goal.target)) + Math.abs(state.distance - this.goal.distance)
    const turn = Math.abs(state.azimuth - this.goal.azimuth) + Math.abs(state.elevation - this.goal.elevation)
    return left < 0.2 * pixel && turn < 0.02
  }

  private glide(change: Partial<CameraState>): void {
    this.flight = null
    this.goal = this.bounded({ ...this.goal, ...change })
    if (this.reducedMotion) this.state = this.goal
  }

  private distanceRange(): [number, number] {
    return [NEAREST, 2 * this.poseFor(this.bounds, 30, 15).distance]
  }

  /** The eye stays within sight of the model, and the target so near to it that some of it is always in view. */
  private bounded(state: CameraState): CameraState {
    const [nearest, farthest] = this.distanceRange()
    const distance = Math.min(farthest, Math.max(nearest, state.distance))
    const slack = (distance * Math.min(this.width, this.height)) / 2 / focalLength(this.height)
    const { min, size } = this.bounds
    const target = state.target.map((value, axis) => {
      const low = min[axis] as number
      return Math.min(low + (size[axis] as number) + slack, Math.max(low - slack, value))
    }) as Vector
    return {
      target,
      distance,
      azimuth: state.azimuth,
      elevation: Math.min(HIGHEST, Math.max(-HIGHEST, state.elevation)),
    }
  }
}

/**
 * The way from one pose to another, by shares of its length: the optimal path of van Wijk and Nuij, "Smooth and efficient zooming
 * and panning" (2003), with the distance as the width of the window.
 */
function flightPath(from: CameraState, to: CameraState): { path: (share: number) => CameraState; length: number } {
  const way = subtract(to.target, from.target)
  const far = Math.hypot(...way)
  const turn = shortestTurn(from.azimuth, to.azimuth)
  const mix = (start: number, end: number, share: number) => start + (end - start) * share
  const blend = (share: number, along: number, distance: number): CameraState => ({
    target: from.target.map((value, axis) => value + (way[axis] as number) * along) as Vector,
    distance,
    azimuth: from.azimuth + turn * share,
    elevation: mix(from.elevation, to.elevation, share),
  })
  if (far < 1e-3 * from.distance) {
    const growth = Math.log(to.distance / from.distance)
    const length = Math.abs(growth) / RISE + Math.abs(turn) / 60
    return { length, path: (share) => blend(share, share, from.distance * Math.exp(growth * share)) }
  }
  const square = RISE ** 2
  const bend = (sign: 1 | -1, width: number) => {
    const term = (to.distance ** 2 - from.distance ** 2 + sign * square ** 2 * far ** 2) / (2 * width * square * far)
    return -Math.asinh(term)
  }
  const start = bend(1, from.distance)
  const end = bend(-1, to.distance)
  const length = (end - start) / RISE
  const path = (share: number) => {
    const angle = RISE * length * share + start
    const along = (from.distance / (square * far)) * (Math.cosh(start) * Math.tanh(angle) - Math.sinh(start))
    return blend(share, along, (from.distance * Math.cosh(start)) / Math.cosh(angle))
  }
  return { length, path }
}

function shortestTurn(from: number, to: number): number {
  return ((((to - from) % 360) + 540) % 360) - 180
}
