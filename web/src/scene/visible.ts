/**
 * What of the models is to be seen in a view: between which depths it lies, what fills the view, and whether cells can be told apart.
 */
import type { Bounds, Box } from '../protocol/types'
import type { ModelView } from './model-view'
import { pickAt, type Hit } from './pointing'
import { corners, dot, project, screenBounds, subtract, type View } from './projection'
import type { Slab } from './slabs'

/** Where rays look for what fills the view, in shares of its width and height. */
const PROBES = [0.2, 0.4, 0.6, 0.8]
/** Through how many middles of slabs one looks besides. */
const MOST_MIDDLES = 12
/** The least size of a cell, in pixels, that one can point at. */
const LEGIBLE_CELL = 5

/** The depths between which everything lies, as tight as is cheap to know: the tighter, the finer the depth buffer tells apart. */
export function depthRange(models: readonly ModelView[], bounds: Bounds, view: View): [number, number] {
  let nearest = Infinity
  for (const { boxes } of models) for (const box of boxes) nearest = Math.min(nearest, squaredDistance(box, view))
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

/** The slabs that fill the view, as seen through a few places of it and through the middles of those whose cells are so large, in pixels. */
export function slabsInView(models: readonly ModelView[], view: View, large: number): Hit[] {
  const places = PROBES.flatMap((across) => PROBES.map((down) => ({ x: across * view.width, y: down * view.height })))
  const middles: { x: number; y: number; area: number }[] = []
  for (const { slabs } of models) {
    for (const {
      corner: [x, y, z],
      columns,
      rows,
      depth,
    } of slabs) {
      const middle = project(view, [x + columns / 2, y + rows / 2, z + depth])
      const cell = view.focal / middle.depth
      const isInView = middle.x > 0 && middle.x < view.width && middle.y > 0 && middle.y < view.height
      if (cell >= large && isInView) middles.push({ x: middle.x, y: middle.y, area: columns * rows * cell * cell })
    }
  }
  places.push(...middles.sort((one, other) => other.area - one.area).slice(0, MOST_MIDDLES))
  return places.map(({ x, y }) => pickAt(models, view, x, y)).filter((hit) => hit !== null)
}

/** The slab of each of these tensors that is to be read first; those whose cells are the largest on the screen come first. */
export function slabsOf({ slabs, cells }: ModelView, tensors: ReadonlySet<string>, view: View): Slab[] {
  const found = new Map<string, { slab: Slab; size: number }>()
  for (const [index, slab] of slabs.entries()) {
    const {
      tensor: { name },
      corner: [x, y, z],
      columns,
      rows,
      depth,
    } = slab
    // Where heads stand behind one another, none that is seen through counts.
    if (!tensors.has(name) || cells.lookOf(index).style === 'hollow') continue
    const distance = project(view, [x + columns / 2, y + rows / 2, z + depth]).depth
    const size = distance > 0 ? view.focal / distance : 0
    if (size > (found.get(name)?.size ?? 0)) found.set(name, { slab, size })
  }
  return [...found.values()].sort((one, other) => other.size - one.size).map(({ slab }) => slab)
}

/** Whether a slab's cells can be told apart and are not out of view. */
export function isLegible({ corner, columns, rows, depth }: Slab, view: View): boolean {
  const [x, y, z] = corner
  const screen = screenBounds(view, { min: corner, size: [columns, rows, depth] }, 0)
  const cell = view.focal / project(view, [x + columns / 2, y + rows / 2, z + depth]).depth
  const [width, height] = [columns * cell, rows * cell]
  return (
    screen !== null &&
    cell >= LEGIBLE_CELL &&
    screen.left > -width / 2 &&
    screen.right < view.width + width / 2 &&
    screen.top > -height / 2 &&
    screen.bottom < view.height + height / 2
  )
}
