/**
 * How large cells and tensors are on the screen, and whether the number of a cell can be read: for those who write over the stage, and for
 * tests.
 */
import type { ModelView } from './model-view'
import type { Bounds, Vector } from '../protocol/types'
import { corners, dot, project, subtract, type ScreenPoint, type View } from './projection'
import { around, type Rectangle } from './rectangles'
import { regionOnSlab, type CellRectangle, type Slab } from './slabs'

/** What something takes up of the stage, in CSS pixels; it may reach out of view. */
export interface Measured extends Rectangle {
  /** Whether the number of the cell can be read; a tensor's never. */
  printed: boolean
}

/** How near to the eye something is measured. */
const NEAREST = 0.5

/** Of a cell (index in axis order) or of a whole tensor (null); null: it is not on the stage, or behind the eye. */
export function measure(
  model: ModelView,
  view: View,
  tensor: string,
  index: readonly number[] | null,
): Measured | null {
  if (index === null) {
    const box = model.scene.boxes.find((one) => one.tensor === tensor)
    const points = box === undefined ? [] : outlineOf(view, box)
    return points.length === 0 ? null : { ...around(points), printed: false }
  }
  const region = index.map((position) => [position, position + 1] as const)
  for (const [place, slab] of model.slabs.entries()) {
    const cell = slab.tensor.name === tensor ? regionOnSlab(slab, region) : null
    if (cell !== null) return cellOn(model, view, slab, place, cell)
  }
  return null
}

/** Where the corners of bounds are on the screen; of an edge that reaches behind the eye, where it is a little before it. */
function outlineOf(view: View, bounds: Bounds): ScreenPoint[] {
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

function cellOn(model: ModelView, view: View, slab: Slab, place: number, cell: CellRectangle): Measured | null {
  const [x, y, z] = slab.corner
  const corners = [cell.left, cell.right].flatMap((column) =>
    [cell.bottom, cell.top].map((row) => project(view, [x + column, y + row, z + slab.depth])),
  )
  if (corners.some(({ depth }) => depth <= 0)) return null
  return { ...around(corners), printed: model.isPrinted(place, cell.left, cell.bottom, view) }
}
