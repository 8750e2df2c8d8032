/**
 * What of the models is to be seen in a view: between which depths it lies, what fills the view, and whether cells can be told apart.
 */
import type { Bounds, Box } from '../model/types'
import type { ModelView } from './model-view'
import { pickAt } from './pointing'
import { corners, dot, project, screenBounds, subtract, type View } from './projection'
import type { Slab } from './slabs'

/** Where rays look for what fills the view, in shares of its width and height. */
const PROBES = [0.2, 0.4, 0.6, 0.8]
/** The least size of a cell, in pixels, that one can point at. */
const LEGIBLE_CELL = 5

/** The depths between which everything lies, as tight as is cheap to know: the tighter, the finer the depth buffer tells apart. */
export function depthRange(models: readonly ModelView[], bounds: Bounds, view: View): [number, number] {
  let nearest = Infinity
  for (const { scene } of models) for (const box of scene.boxes) nearest = Math.min(nearest, squaredDistance(box, view))
  const far = Math.max(...corners(bounds).map((corner) => dot(subtract(corner, view.eye), view.forward)))
  const near = Math.max(0.2, Math.sqrt(nearest) * 0.5)
  return [near, Math.max(far * 1.01 + 10, near * 2)]
}

function squaredDistance({ min, size }: Box, { eye }: View): number {
  let squared = 0
  for (let axis = 0; axis < 3; axis++) {
    const low = (min[axis] as number) - (eye[axis] as number)
    const beyond = Math.max(low, -low - (size[axis] as number), 0)
    squared += beyond * beyond
  }
  return squared
}

/** The slabs that fill the view, as seen through a few places of it. */
export function slabsInView(models: readonly ModelView[], view: View): Slab[] {
  const hits = PROBES.flatMap((across) => PROBES.map((down) => pickAt(models, view, across * view.width, down * view.height)))
  return hits.flatMap((hit) => (hit === null ? [] : [hit.model.slabs[hit.slab] as Slab]))
}

/** Whether a slab's cells can be told apart and are not out of view. */
export function isLegible({ corner, columns, rows, depth }: Slab, view: View): boolean {
  const [x, y, z] = corner
  const screen = screenBounds(view, { min: corner, size: [columns, rows, depth] }, 0)
  const cell = view.focal / project(view, [x + columns / 2, y + rows / 2, z + depth]).depth
  const [width, height] = [columns * cell, rows * cell]
  return screen !== null && cell >= LEGIBLE_CELL && screen.left > -width / 2 && screen.right < view.width + width / 2
    && screen.top > -height / 2 && screen.bottom < view.height + height / 2
}
