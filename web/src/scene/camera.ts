/**
 * The eye: an orbit around a target, its bounds and its movements.
 *
 * The reader's gestures set a goal that the eye glides to and reaches; framed moves are flights of fixed length; a timeline leads the
 * eye from moment to moment until the reader takes it. Positions come in plain numbers (CameraState).
 */
import type { Bounds, Vector } from '../protocol/types'
import type { CameraState } from '../session/camera'
import { eased, flightPath, type Flight } from './flight'
import { corners, dot, focalLength, subtract, viewOf, type View } from './projection'

const HIGHEST = 85
export const NEAREST = 6
const GLIDE_MS = 70
const LED_GLIDE_MS = 220
const FLIGHT_MS = 900
/** How long it takes to change lenses. */
const LENS_MS = 500

/** Air around what is framed, in CSS pixels. */
const PADDING = 36

interface FlightUnderWay extends Flight {
  started: number | null
  duration: number
}

export class CameraRig {
  reducedMotion = false
  private state: CameraState = { target: [0, 0, 0], distance: 100, azimuth: 0, elevation: 0, parallel: false }
  private goal: CameraState = this.state
  private flight: FlightUnderWay | null = null
  /** Where the eye is to be led once the flight is over. */
  private afterwards: CameraState | null = null
  /** How far the lens is on the way from the usual one (0) to parallel lines (1). */
  private flatness = 0
  private lastStep: number | null = null
  private glideMs = GLIDE_MS
  private bounds: Bounds = { min: [0, 0, 0], size: [1, 1, 1] }
  private width = 1
  private height = 1

  /** Where the eye is now. */
  get current(): CameraState {
    return { ...this.state, target: [...this.state.target], parallel: this.goal.parallel }
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
    this.flatness = state.parallel ? 1 : 0
    this.flight = this.afterwards = null
  }

  fly(state: CameraState): void {
    const end = this.bounded(state)
    if (this.reducedMotion) {
      this.jump(end)
      return
    }
    const path = flightPath(this.state, end)
    this.goal = end
    this.afterwards = null
    this.flight = { ...path, started: null, duration: FLIGHT_MS * Math.min(1.8, Math.max(0.5, path.length / 2)) }
  }

  /** A timeline says where the eye is to be now; it goes there swiftly from wherever it is, after a flight that is under way. */
  lead(state: CameraState): void {
    if (this.flight !== null) {
      this.afterwards = state
      return
    }
    // Not the long way round.
    const azimuth = state.azimuth + 360 * Math.round((this.state.azimuth - state.azimuth) / 360)
    this.glide({ ...state, azimuth, parallel: this.goal.parallel }, LED_GLIDE_MS)
  }

  setParallel(parallel: boolean): void {
    this.glide({ parallel })
    if (this.reducedMotion) this.flatness = parallel ? 1 : 0
  }

  orbit(degreesRight: number, degreesUp: number): void {
    this.glide({ azimuth: this.goal.azimuth - degreesRight, elevation: this.goal.elevation + degreesUp })
  }

  /** Moves what is seen by so many pixels, measured at the depth of the target. */
  pan(pixelsRight: number, pixelsDown: number): void {
    const { right, up } = this.viewFrom(this.goal)
    const scale = this.goal.distance / focalLength(this.height)
    const target = this.goal.target.map(
      (value, axis) => value - scale * (pixelsRight * (right[axis] as number) - pixelsDown * (up[axis] as number)),
    ) as Vector
    this.glide({ target })
  }

  /** Brings the eye nearer to a point (factor under 1) or farther from it, so that the point stays where it is on the screen. */
  zoom(factor: number, point: Vector): void {
    const { eye, forward, stretch } = this.viewFrom(this.goal)
    const depth = dot(subtract(point, eye), forward)
    // The target moves along the line of sight to the depth of the point: the picture is the same, and the way in is as long as it looks.
    const distance = Math.max(NEAREST, depth / stretch)
    const target = eye.map((value, axis) => value + distance * stretch * (forward[axis] as number)) as Vector
    const [nearest, farthest] = this.distanceRange()
    const allowed = Math.min(farthest, Math.max(nearest, distance * factor)) / distance
    this.glide({
      distance: distance * allowed,
      target: point.map((value, axis) => value + ((target[axis] as number) - value) * allowed) as Vector,
    })
  }

  /** The nearest pose that shows all of `bounds` from this direction, with so much air above and below. */
  poseFor(bounds: Bounds, azimuth: number, elevation: number, above = PADDING): CameraState {
    const centre = bounds.min.map((low, axis) => low + (bounds.size[axis] as number) / 2) as Vector
    const { parallel } = this.goal
    const pose: CameraState = { target: centre, distance: 1, azimuth, elevation, parallel }
    const { right, up, forward, focal, stretch } = viewOf(pose, this.width, this.height, parallel ? 1 : 0)
    const offsets = corners(bounds).map((corner) => subtract(corner, centre))
    const depths = offsets.map((offset) => dot(offset, forward))
    // Each corner says how far to one side the eye may stand, and the farther away it is, the farther: from the nearest place that
    // suits all of them, what is framed reaches to both edges.
    const fit = (side: Vector, room: number, padding: number) => {
      const slope = Math.max(0.1 * room, room / 2 - padding) / focal
      const places = offsets.map((offset) => dot(offset, side))
      const least = Math.max(...places.map((place, corner) => place - slope * (depths[corner] as number)))
      const most = Math.min(...places.map((place, corner) => place + slope * (depths[corner] as number)))
      return { away: (least - most) / 2 / slope, aside: (least + most) / 2 }
    }
    const [across, upwards] = [fit(right, this.width, PADDING), fit(up, this.height, above)]
    const target = centre.map(
      (value, axis) => value + across.aside * (right[axis] as number) + upwards.aside * (up[axis] as number),
    ) as Vector
    return { ...pose, target, distance: Math.max(NEAREST, across.away / stretch, upwards.away / stretch) }
  }

  /** Moves on by the time that has passed. True while there is more to come. */
  step(now: number): boolean {
    const elapsed = this.lastStep === null ? 16 : Math.min(100, now - this.lastStep)
    this.lastStep = now
    if (this.flight !== null) this.stepFlight(this.flight, now)
    else if (this.state !== this.goal) this.stepGlide(1 - Math.exp(-elapsed / this.glideMs))
    const lens = this.goal.parallel ? 1 : 0
    const turn = elapsed / LENS_MS
    this.flatness += Math.max(-turn, Math.min(turn, lens - this.flatness))
    const moving = this.flight !== null || this.state !== this.goal || this.flatness !== lens
    if (!moving) this.lastStep = null
    return moving
  }

  view(): View {
    return this.viewFrom(this.state)
  }

  /** The view that it comes to. */
  goalView(): View {
    return this.viewAt(this.afterwards ?? this.goal)
  }

  /** The view from elsewhere, through the lens at hand. */
  viewAt(state: CameraState): View {
    return viewOf(state, this.width, this.height, this.goal.parallel ? 1 : 0)
  }

  private viewFrom(state: CameraState): View {
    return viewOf(state, this.width, this.height, this.flatness * this.flatness * (3 - 2 * this.flatness))
  }

  private stepFlight(flight: FlightUnderWay, now: number): void {
    flight.started ??= now
    const share = Math.min(1, (now - flight.started) / flight.duration)
    this.state = share < 1 ? flight.at(eased(share)) : this.goal
    if (share < 1) return
    this.flight = null
    if (this.afterwards !== null) this.lead(this.afterwards)
    this.afterwards = null
  }

  private stepGlide(share: number): void {
    const mix = (from: number, to: number) => from + (to - from) * share
    const next: CameraState = {
      target: this.state.target.map((value, axis) => mix(value, this.goal.target[axis] as number)) as Vector,
      // Distances are felt as ratios.
      distance: this.state.distance * (this.goal.distance / this.state.distance) ** share,
      azimuth: mix(this.state.azimuth, this.goal.azimuth),
      elevation: mix(this.state.elevation, this.goal.elevation),
      parallel: this.goal.parallel,
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

  private glide(change: Partial<CameraState>, milliseconds = GLIDE_MS): void {
    this.flight = this.afterwards = null
    this.glideMs = milliseconds
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
    return { ...state, target, distance, elevation: Math.min(HIGHEST, Math.max(-HIGHEST, state.elevation)) }
  }
}
