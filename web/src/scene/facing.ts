/**
 * A cell and what it was read from, seen together: the view in which both are large enough to read, as far as they stand near enough to
 * one another, and where on the screen, or beyond its edge, each of them is.
 */
import type { Bounds, Vector } from '../protocol/types'
import type { CameraState } from '../session/camera'
import { dot, project, subtract, union, type View } from './projection'
import type { ReadRegion, Selected } from './scenery'
import { regionOnSlab, type CellRectangle, type Slab } from './slabs'

/** Cells that were read, of one tensor. */
export interface Operand {
  tensor: string
  bounds: Bounds
  /** The middle of the cell among them that is nearest to the one that was made of them. */
  nearest: Vector
}

export interface Facing {
  tensor: string
  cell: Bounds
  /** The nearest first. */
  operands: readonly Operand[]
}

/** How the camera sees. */
export interface Lens {
  poseFor(bounds: Bounds): CameraState
  viewAt(pose: CameraState): View
}

/** So large a cell is to be, in pixels: that its number can be printed in it. */
const LEAST_CELL = 34
/** So many cells around it are seen at least, and of what it was read from where not all of it is. */
const AROUND = 3
const PART = 2
/** How large a cell is at rest, in pixels: that a sign and four digits can be read; more where more than so many fit side by side; at most. */
const RESTING_CELL = 44
const LARGEST_CELL = 46
const CELLS_SEEN = 16
/** How finely the widest view is looked for. */
const HALVINGS = 7
/** How near to the edge, in pixels, counts as out of sight. */
const EDGE = 10

/** Null where the cell is not on the stage. */
export function facingOf(
  slabs: readonly Slab[],
  { tensor, index }: Selected,
  reads: readonly ReadRegion[],
): Facing | null {
  const cell = cellOn(slabs, { tensor, index })
  if (cell === null) return null
  return { tensor, cell, operands: operandsOf(slabs, cell, reads) }
}

/** The nearest first. */
function operandsOf(slabs: readonly Slab[], cell: Bounds, reads: readonly ReadRegion[]): Operand[] {
  const here = middleOf(cell)
  const operands = reads.flatMap((read) =>
    boundsOn(slabs, read).map((bounds): Operand => ({
      tensor: read.tensor,
      bounds,
      nearest: nearestIn(bounds, here),
    })),
  )
  const away = ({ nearest }: Operand) => Math.hypot(...subtract(nearest, here))
  return operands.sort((one, other) => away(one) - away(other))
}

/** The nearest view with all of it in which the cell is legible; else as much of what it was read from as leaves it so. */
export function poseFacing({ cell, operands }: Facing, lens: Lens): CameraState {
  let bounds = around(cell, AROUND)
  for (const operand of operands) {
    const whole = union([bounds, operand.bounds])
    const part = union([bounds, cut(operand.bounds, around(cellAt(operand.nearest), PART))])
    const wider = [whole, part].find((each) => cellSize(lens.viewAt(lens.poseFor(each)), cell) >= LEAST_CELL)
    bounds = wider ?? bounds
  }
  return lens.poseFor(bounds)
}

/**
 * The view of some tensors, which take up `all`, in which a cell of one of them can be read: of all of them if it can, else of the cell,
 * with those that stand near of the cells that belong to it, and as much of its tensor as leaves it legible. `shapeOf`: how
 * much of a tensor has been computed.
 */
export function poseResting(
  slabs: readonly Slab[],
  chosen: Selected,
  tensors: readonly string[],
  all: Bounds,
  shapeOf: (tensor: string) => readonly number[],
  lens: Lens,
): CameraState {
  const cell = cellOn(slabs, chosen)
  if (cell === null) return lens.poseFor(all)
  const isRead = (bounds: Bounds) => {
    const view = lens.viewAt(lens.poseFor(bounds))
    return cellSize(view, cell) >= legibleIn(view)
  }
  if (isRead(all)) return lens.poseFor(all)
  const own = union(boundsOn(slabs, { tensor: chosen.tensor, region: shapeOf(chosen.tensor).map((size) => [0, size]) }))
  let bounds = union([cell, cut(own, around(cell, AROUND))])
  const others = tensors.filter((tensor) => tensor !== chosen.tensor)
  const reads = others.map((tensor) => belonging(slabs, chosen, tensor, shapeOf(tensor)))
  bounds = isRead(union([bounds, own])) ? union([bounds, own]) : bounds
  for (const operand of operandsOf(slabs, cell, reads)) {
    const part = cut(operand.bounds, around(cellAt(operand.nearest), PART))
    bounds = [operand.bounds, part].map((each) => union([bounds, each])).find(isRead) ?? bounds
  }
  const box = union(boundsOn(slabs, { tensor: chosen.tensor, region: [] }))
  for (const wider of [own, box]) {
    for (const axis of [1, 0]) bounds = widest(bounds, stretched(bounds, wider, axis), isRead)
  }
  return lens.poseFor(bounds)
}

/** The cells of a tensor that have the same index as a cell along every axis that both have. */
function belonging(
  slabs: readonly Slab[],
  { tensor, index }: Selected,
  other: string,
  shape: readonly number[],
): ReadRegion {
  const axesOf = (name: string) => slabs.find((slab) => slab.tensor.name === name)?.tensor.axes ?? []
  const axes = axesOf(tensor)
  const region = axesOf(other).map((axis, place): [number, number] => {
    const position = index?.[axes.indexOf(axis)]
    return position === undefined ? [0, shape[place] ?? 1] : [position, position + 1]
  })
  return { tensor: other, region }
}

/** As wide along one axis as these and others together. */
function stretched(bounds: Bounds, others: Bounds, axis: number): Bounds {
  const both = union([bounds, others])
  const along = (one: Vector, other: Vector) =>
    one.map((value, each) => (each === axis ? other[axis] : value)) as Vector
  return { min: along(bounds.min, both.min), size: along(bounds.size, both.size) }
}

/** So large a cell is in a view at rest, in pixels: that its number is printed in it with ease, and less where there is little room. */
function legibleIn({ width, height }: View): number {
  return Math.min(LARGEST_CELL, Math.max(RESTING_CELL, Math.min(width, height) / CELLS_SEEN))
}

/** The widest bounds on the way from some that suit to others that do not. */
function widest(narrow: Bounds, wide: Bounds, suits: (bounds: Bounds) => boolean): Bounds {
  let [low, high] = [0, 1]
  for (let round = 0; round < HALVINGS; round++) {
    const middle = (low + high) / 2
    if (suits(between(narrow, wide, middle))) low = middle
    else high = middle
  }
  return between(narrow, wide, low)
}

/** The view of that tensor's cells, or of the cell that was made of them. */
export function poseVisiting(facing: Facing, tensor: string, lens: Lens): CameraState {
  const operand = facing.operands.find((one) => one.tensor === tensor)
  if (operand === undefined) return poseFacing(facing, lens)
  return lens.poseFor(around(cut(operand.bounds, around(cellAt(operand.nearest), PART)), AROUND))
}

/** Whether the cell can be read in a view and all of the operands that can be seen from `pose` are seen in it too. */
export function isFaced(facing: Facing, view: View, pose: View): boolean {
  const seen = (at: View) => facing.operands.filter(({ nearest }) => isInView(at, nearest)).length
  return isReadable(facing, view) && seen(view) >= seen(pose)
}

export function isReadable({ cell }: Facing, view: View): boolean {
  return isInView(view, middleOf(cell)) && cellSize(view, cell) >= LEAST_CELL
}

/** Where something stands: on the screen, or else in which direction from its middle. */
export interface Sighting {
  tensor: string
  x: number
  y: number
  /** The size of a cell there, in pixels. */
  cell: number
  inView: boolean
}

/** The cell, and after it what it was read from. */
export function sightings({ tensor, cell, operands }: Facing, view: View): Sighting[] {
  return [sighting(tensor, middleOf(cell), view), ...operands.map((one) => sighting(one.tensor, one.nearest, view))]
}

function sighting(tensor: string, at: Vector, view: View): Sighting {
  const { x, y, depth } = project(view, at)
  if (depth > 0) return { tensor, x, y, cell: view.focal / depth, inView: isInView(view, at) }
  // Behind the eye: the way there begins to the side on which it stands.
  const offset = subtract(at, view.eye)
  const far = view.width + view.height
  const [right, up] = [dot(offset, view.right), dot(offset, view.up)]
  const scale = far / Math.max(1e-6, Math.hypot(right, up))
  return { tensor, x: view.width / 2 + right * scale, y: view.height / 2 - up * scale, cell: 0, inView: false }
}

function isInView(view: View, at: Vector): boolean {
  const { x, y, depth } = project(view, at)
  return depth > 0 && x > EDGE && x < view.width - EDGE && y > EDGE && y < view.height - EDGE
}

function cellSize(view: View, cell: Bounds): number {
  const { depth } = project(view, middleOf(cell))
  return depth > 0 ? view.focal / depth : 0
}

function cellOn(slabs: readonly Slab[], { tensor, index }: Selected): Bounds | null {
  const region = index?.map((position) => [position, position + 1] as [number, number]) ?? []
  return boundsOn(slabs, { tensor, region })[0] ?? null
}

function boundsOn(slabs: readonly Slab[], { tensor, region }: ReadRegion): Bounds[] {
  return slabs.flatMap((slab) => {
    const cells = slab.tensor.name === tensor ? regionOnSlab(slab, region) : null
    return cells === null ? [] : [boundsOf(slab, cells)]
  })
}

function boundsOf({ corner: [x, y, z], depth }: Slab, { left, bottom, right, top }: CellRectangle): Bounds {
  return { min: [x + left, y + bottom, z], size: [right - left, top - bottom, depth] }
}

/** On the front face. */
function middleOf({ min, size }: Bounds): Vector {
  return [min[0] + size[0] / 2, min[1] + size[1] / 2, min[2] + size[2]]
}

function nearestIn({ min, size }: Bounds, to: Vector): Vector {
  const along = (axis: 0 | 1) => Math.max(min[axis] + 0.5, Math.min(min[axis] + size[axis] - 0.5, to[axis]))
  return [along(0), along(1), min[2] + size[2]]
}

function cellAt([x, y, z]: Vector): Bounds {
  return { min: [x - 0.5, y - 0.5, z - 1], size: [1, 1, 1] }
}

function around({ min, size }: Bounds, cells: number): Bounds {
  return {
    min: [min[0] - cells, min[1] - cells, min[2]],
    size: [size[0] + 2 * cells, size[1] + 2 * cells, size[2]],
  }
}

function cut(bounds: Bounds, to: Bounds): Bounds {
  const low = bounds.min.map((value, axis) => Math.max(value, to.min[axis] as number))
  const size = bounds.size.map((length, axis) => {
    const high = Math.min((bounds.min[axis] as number) + length, (to.min[axis] as number) + (to.size[axis] as number))
    return high - (low[axis] as number)
  })
  return { min: low as Vector, size: size as Vector }
}

/** At a share of the way from some bounds to others. */
function between(from: Bounds, to: Bounds, share: number): Bounds {
  const mix = (start: Vector, end: Vector) =>
    start.map((value, axis) => value + share * ((end[axis] as number) - value)) as Vector
  return { min: mix(from.min, to.min), size: mix(from.size, to.size) }
}
