/**
 * From space to the screen and back: what a camera state means, where a point or a box lands, which way a pixel looks.
 */
import type { Bounds, Vector } from '../protocol/types'
import type { CameraState } from '../session/camera'
import type { Rectangle } from './rectangles'

/** What drawing, labels and picking need of one moment of the camera. Screen coordinates are CSS pixels. */
export interface View {
  width: number
  height: number
  eye: Vector
  right: Vector
  up: Vector
  forward: Vector
  /** CSS pixels per unit at depth one. */
  focal: number
  /** How many times as far as its camera state says the eye stands, because the lens is longer. */
  stretch: number
}

const DEGREE = Math.PI / 180
/** Half of what a lens sees, as a slope: of the usual lens, and of one so long that lines stay parallel for the eye. */
const USUAL_SLOPE = Math.tan(15 * DEGREE)
const PARALLEL_SLOPE = Math.tan(0.6 * DEGREE)

/** CSS pixels per unit at depth one, through the usual lens. */
export function focalLength(height: number): number {
  return height / 2 / USUAL_SLOPE
}

/** The height of the view that has this focal length. */
export function heightOf(focal: number): number {
  return 2 * USUAL_SLOPE * focal
}

/**
 * `flatness`: 0 for the usual lens, 1 for parallel lines. A camera state's distance is that of the usual lens: through a longer one
 * the eye steps back so far that what stands at the target stays as large as it was.
 */
export function viewOf(state: CameraState, width: number, height: number, flatness: number): View {
  const stretch = (USUAL_SLOPE / PARALLEL_SLOPE) ** flatness
  const azimuth = state.azimuth * DEGREE
  const elevation = state.elevation * DEGREE
  const backward: Vector = [
    Math.sin(azimuth) * Math.cos(elevation),
    Math.sin(elevation),
    Math.cos(azimuth) * Math.cos(elevation),
  ]
  return {
    width,
    height,
    eye: state.target.map((value, axis) => value + state.distance * stretch * (backward[axis] as number)) as Vector,
    right: [Math.cos(azimuth), 0, -Math.sin(azimuth)],
    up: [-Math.sin(azimuth) * Math.sin(elevation), Math.cos(elevation), -Math.cos(azimuth) * Math.sin(elevation)],
    forward: backward.map((value) => -value) as Vector,
    focal: focalLength(height) * stretch,
    stretch,
  }
}

/** Whether the eye is on the front's side of what begins at that depth and is so deep. */
export function isBefore({ eye }: View, z: number, depth: number): boolean {
  return eye[2] > z + depth / 2
}

export function dot(left: Vector, right: Vector): number {
  return left[0] * right[0] + left[1] * right[1] + left[2] * right[2]
}

export function subtract(left: Vector, right: Vector): Vector {
  return [left[0] - right[0], left[1] - right[1], left[2] - right[2]]
}

/** The eight corners. */
export function corners({ min, size }: Bounds): Vector[] {
  return Array.from({ length: 8 }, (_, index) => [
    min[0] + (index & 1 ? size[0] : 0),
    min[1] + (index & 2 ? size[1] : 0),
    min[2] + (index & 4 ? size[2] : 0),
  ])
}

/** The smallest bounds around all of these. */
export function union(all: readonly Bounds[]): Bounds {
  const low = [0, 1, 2].map((axis) => Math.min(...all.map((bounds) => bounds.min[axis] as number)))
  const high = [0, 1, 2].map((axis) =>
    Math.max(...all.map((bounds) => (bounds.min[axis] as number) + (bounds.size[axis] as number))),
  )
  return { min: low as Vector, size: high.map((value, axis) => value - (low[axis] as number)) as Vector }
}

export interface ScreenPoint {
  x: number
  y: number
  /** Along the line of sight; not positive: behind the eye. */
  depth: number
}

/** Asked for thousands of times a frame, so it calls no functions on the way. */
export function project(view: View, point: Vector): ScreenPoint {
  const { eye, right, up, forward } = view
  const x = point[0] - eye[0]
  const y = point[1] - eye[1]
  const z = point[2] - eye[2]
  const depth = x * forward[0] + y * forward[1] + z * forward[2]
  const scale = view.focal / depth
  return {
    x: view.width / 2 + (x * right[0] + y * right[1] + z * right[2]) * scale,
    y: view.height / 2 - (x * up[0] + y * up[1] + z * up[2]) * scale,
    depth,
  }
}

/** The direction in which a pixel lies, one unit deep. */
export function rayThrough(view: View, x: number, y: number): Vector {
  const across = (x - view.width / 2) / view.focal
  const upwards = (view.height / 2 - y) / view.focal
  return view.forward.map(
    (value, axis) => value + across * (view.right[axis] as number) + upwards * (view.up[axis] as number),
  ) as Vector
}

/**
 * The rectangle of the screen around bounds, which may reach out of it; null when all of it does, when it is smaller than `least`
 * pixels in both directions, or when it reaches behind the eye. Asked for thousands of times a frame, so it makes no objects on the way.
 */
export function screenBounds(view: View, { min, size }: Bounds, least: number): Rectangle | null {
  const { eye, right, up, forward, focal } = view
  let left = Infinity
  let top = Infinity
  let rightmost = -Infinity
  let bottom = -Infinity
  for (let corner = 0; corner < 8; corner++) {
    const x = min[0] - eye[0] + (corner & 1 ? size[0] : 0)
    const y = min[1] - eye[1] + (corner & 2 ? size[1] : 0)
    const z = min[2] - eye[2] + (corner & 4 ? size[2] : 0)
    const depth = x * forward[0] + y * forward[1] + z * forward[2]
    if (depth <= 0) return null
    const scale = focal / depth
    const across = view.width / 2 + (x * right[0] + y * right[1] + z * right[2]) * scale
    const down = view.height / 2 - (x * up[0] + y * up[1] + z * up[2]) * scale
    if (across < left) left = across
    if (across > rightmost) rightmost = across
    if (down < top) top = down
    if (down > bottom) bottom = down
  }
  if (rightmost < 0 || left > view.width || bottom < 0 || top > view.height) return null
  if (rightmost - left < least && bottom - top < least) return null
  return { left, top, right: rightmost, bottom }
}

/** How near to the eye an outline reaches. */
const NEAREST = 0.5

/** Where the corners of bounds are on the screen; of an edge that reaches behind the eye, where it is a little before it. */
export function outlineOf(view: View, bounds: Bounds): ScreenPoint[] {
  const all = corners(bounds)
  const depthOf = (point: Vector) => dot(subtract(point, view.eye), view.forward)
  return all.flatMap((corner, place) => {
    const depth = depthOf(corner)
    if (depth >= NEAREST) return [project(view, corner)]
    return [1, 2, 4].flatMap((bit) => {
      const other = all[place ^ bit] as Vector
      const beyond = depthOf(other)
      if (beyond < NEAREST) return []
      const share = (NEAREST - depth) / (beyond - depth)
      return [project(view, corner.map((value, axis) => value + share * ((other[axis] as number) - value)) as Vector)]
    })
  })
}
