/**
 * How large cells and tensors are on the screen, and whether the number of a cell can be read: for those who write over the stage, and for
 * tests.
 */
import type { ModelView } from './model-view'
import { outlineOf, project, type View } from './projection'
import { around, type Rectangle } from './rectangles'
import { regionOnSlab, type CellRectangle, type Slab } from './slabs'

/** What something takes up of the stage, in CSS pixels; it may reach out of view. */
export interface Measured extends Rectangle {
  /** Whether the number of the cell can be read; a tensor's never. */
  printed: boolean
}

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

function cellOn(model: ModelView, view: View, slab: Slab, place: number, cell: CellRectangle): Measured | null {
  const [face] = faceOf(view, slab, cell)
  return face === undefined
    ? null
    : { ...face, printed: model.isPrinted({ slab: place, column: cell.left, row: cell.bottom }, view) }
}

/** What the front of some cells takes up of the screen; nothing where they reach behind the eye. */
export function faceOf(view: View, { corner: [x, y, z], depth }: Slab, cells: CellRectangle): Rectangle[] {
  const corners = [cells.left, cells.right].flatMap((column) =>
    [cells.bottom, cells.top].map((row) => project(view, [x + column, y + row, z + depth])),
  )
  return corners.some((point) => point.depth <= 0) ? [] : [around(corners)]
}
