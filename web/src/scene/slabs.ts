/**
 * From the boxes of a scene to slabs: plates one cell thick, of nx × ny cells without gaps, which is what is drawn and picked.
 * A box whose third axis runs in steps (heads one behind another) becomes one slab per step, or, for a model without weights,
 * whose cells hold nothing to look at, one block.
 *
 * Cells of a slab are counted in space, from the low corner to the right and upwards. A slab knows for each of these
 * directions which axis of its tensor runs there and from which index in which direction, so both ways of counting can be converted.
 */
import type { Box, Tensor, Vector } from '../protocol/types'

/** One direction of a slab: cell `i` in space holds index `first + i * step` of the tensor's axis (axis -1: none). */
export interface Run {
  axis: number
  first: number
  step: 1 | -1
}

/** Where a slab stands, and which cells it has. */
export interface Extent {
  /** Low corner. */
  corner: Vector
  columns: number
  rows: number
  x: Run
  y: Run
}

export interface Slab extends Extent {
  tensor: Tensor
  /** As it usually is; a slab that lies elsewhere may have fewer cells. */
  readonly home: Extent
  /** One cell; more where a whole box is drawn as one block. */
  depth: number
  /** The index that all cells share, zero along the axes that run in x and y. */
  base: readonly number[]
}

/** A rectangle of cells, half-open, counted in space. */
export interface CellRectangle {
  left: number
  bottom: number
  right: number
  top: number
}

/** All slabs, the foremost first: drawn in this order, what is hidden costs least. `asBlocks`: for a model without weights. */
export function buildSlabs(boxes: readonly Box[], tensors: ReadonlyMap<string, Tensor>, asBlocks: boolean): Slab[] {
  const slabs = boxes.flatMap((box) => {
    const tensor = tensors.get(box.tensor)
    if (tensor === undefined) throw new Error(`The scene places '${box.tensor}', which is not a tensor of the graph.`)
    return slabsOfBox(box, tensor, asBlocks)
  })
  return slabs.sort((one, other) => other.corner[2] - one.corner[2])
}

interface Cut {
  /** Low end of the slab in this direction. */
  low: number
  count: number
  /** The tensor index shared by the slab, or null when the axis runs along the slab. */
  index: number | null
}

/** Along one direction: a single run of cells when they touch each other, one cut per cell when they do not. */
function cuts(box: Box, direction: 0 | 1 | 2): Cut[] {
  const count = box.cells[direction]
  const pitch = box.pitch[direction]
  const low = box.min[direction]
  if (direction < 2 && (count === 1 || Math.abs(pitch) === 1)) return [{ low, count, index: null }]
  const high = low + box.size[direction]
  return Array.from({ length: count }, (_, index) => ({
    low: pitch >= 0 ? low + index * pitch : high - 1 + index * pitch,
    count: 1,
    index,
  }))
}

function slabsOfBox(box: Box, tensor: Tensor, asBlock: boolean): Slab[] {
  const axisOf = (direction: 0 | 1 | 2) => {
    const letter = box.axes[direction]
    return letter === null ? -1 : tensor.axes.indexOf(letter)
  }
  const run = (direction: 0 | 1, cut: Cut): Run => {
    if (cut.index !== null) return { axis: -1, first: 0, step: 1 }
    const upwards = box.pitch[direction] >= 0
    return { axis: axisOf(direction), first: upwards ? 0 : cut.count - 1, step: upwards ? 1 : -1 }
  }
  const slabs: Slab[] = []
  const depth = asBlock ? box.size[2] : 1
  for (const z of asBlock ? [{ low: box.min[2], count: 1, index: 0 }] : cuts(box, 2)) {
    for (const y of cuts(box, 1)) {
      for (const x of cuts(box, 0)) {
        const base = tensor.axes.map(() => 0)
        for (const [direction, cut] of [
          [0, x],
          [1, y],
          [2, z],
        ] as const) {
          const axis = axisOf(direction)
          if (cut.index !== null && axis >= 0) base[axis] = cut.index
        }
        const home: Extent = {
          corner: [x.low, y.low, z.low],
          columns: x.count,
          rows: y.count,
          x: run(0, x),
          y: run(1, y),
        }
        slabs.push({ ...home, tensor, home, depth, base })
      }
    }
  }
  return slabs
}

/** The tensor's index, in axis order, of the cell in this column and row. */
export function indexOfCell(slab: Slab, column: number, row: number): number[] {
  const index = [...slab.base]
  if (slab.x.axis >= 0) index[slab.x.axis] = slab.x.first + column * slab.x.step
  if (slab.y.axis >= 0) index[slab.y.axis] = slab.y.first + row * slab.y.step
  return index
}

/** The part of a region of the tensor (half-open ranges in axis order) that lies on this slab, or null. */
export function regionOnSlab(slab: Slab, region: readonly (readonly [number, number])[]): CellRectangle | null {
  for (let axis = 0; axis < slab.base.length; axis++) {
    const [begin, end] = region[axis] ?? [0, Infinity]
    const shared = slab.base[axis] as number
    if (axis !== slab.x.axis && axis !== slab.y.axis && (shared < begin || shared >= end)) return null
  }
  const x = rangeAlong(slab.x, slab.columns, region)
  const y = rangeAlong(slab.y, slab.rows, region)
  if (x[0] >= x[1] || y[0] >= y[1]) return null
  return { left: x[0], right: x[1], bottom: y[0], top: y[1] }
}

/** The smallest rectangle around all of these; null: there are none. */
export function boundsOf(rectangles: readonly CellRectangle[]): CellRectangle | null {
  if (rectangles.length === 0) return null
  return {
    left: Math.min(...rectangles.map(({ left }) => left)),
    bottom: Math.min(...rectangles.map(({ bottom }) => bottom)),
    right: Math.max(...rectangles.map(({ right }) => right)),
    top: Math.max(...rectangles.map(({ top }) => top)),
  }
}

export function isWithin({ left, bottom, right, top }: CellRectangle, column: number, row: number): boolean {
  return column >= left && column < right && row >= bottom && row < top
}

function rangeAlong(run: Run, count: number, region: readonly (readonly [number, number])[]): [number, number] {
  const range = run.axis < 0 ? undefined : region[run.axis]
  if (range === undefined) return [0, count]
  const [begin, end] = range
  const ends: [number, number] =
    run.step > 0 ? [begin - run.first, end - run.first] : [run.first - end + 1, run.first - begin + 1]
  return [Math.max(0, ends[0]), Math.min(count, ends[1])]
}

/** One cell, by the number of its slab and its place on it. */
export interface SlabCell {
  slab: number
  column: number
  row: number
}

export interface SlabHit extends SlabCell {
  /** From the eye, in units of the direction's length. */
  distance: number
}

/** The first slab that a ray meets from outside, leaving out those that one sees through. */
export function pickSlab(
  slabs: readonly Slab[],
  seeThrough: (slab: number) => boolean,
  eye: Vector,
  direction: Vector,
): SlabHit | null {
  let nearest = Infinity
  let hit = -1
  for (let index = 0; index < slabs.length; index++) {
    const distance = entry(slabs[index] as Slab, eye, direction)
    if (distance < nearest && !seeThrough(index)) {
      nearest = distance
      hit = index
    }
  }
  const slab = slabs[hit]
  if (slab === undefined) return null
  const cell = (axis: 0 | 1, count: number) => {
    const place = Math.floor(eye[axis] + nearest * direction[axis] - slab.corner[axis])
    return Math.min(count - 1, Math.max(0, place))
  }
  return { slab: hit, column: cell(0, slab.columns), row: cell(1, slab.rows), distance: nearest }
}

function entry(slab: Slab, eye: Vector, direction: Vector): number {
  let enter = 0
  let leave = Infinity
  for (let axis = 0; axis < 3; axis++) {
    const low = slab.corner[axis] as number
    const high = low + (axis === 0 ? slab.columns : axis === 1 ? slab.rows : slab.depth)
    const inverse = 1 / (direction[axis] as number)
    const first = (low - (eye[axis] as number)) * inverse
    const second = (high - (eye[axis] as number)) * inverse
    enter = Math.max(enter, Math.min(first, second))
    leave = Math.min(leave, Math.max(first, second))
  }
  return enter > 0 && enter < leave ? enter : Infinity
}
