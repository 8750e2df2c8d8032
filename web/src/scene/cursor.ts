/**
 * Pointing without a pointer: from cell to cell within a tensor, and from tensor to tensor, as one sees them from the front.
 */
import type { Box, Vector } from '../protocol/types'
import type { ModelView } from './model-view'
import type { Hit } from './pointing'
import { project, type View } from './projection'
import type { Selected } from './scenery'
import { indexOfCell, regionOnSlab, type Slab } from './slabs'

export interface CursorPlace {
  tensor: string
  index: readonly number[]
}

/** How much farther something aside is than something straight ahead. */
const ASIDE = 2

export class Cursor {
  constructor(private readonly model: ModelView) {}

  placeOf({ slab, column, row }: Hit): CursorPlace {
    const at = this.model.slabs[slab] as Slab
    return { tensor: at.tensor.name, index: indexOfCell(at, column, row) }
  }

  placeAt({ tensor, index }: Selected): CursorPlace {
    return { tensor, index: index ?? this.first(tensor) }
  }

  /** The first cell of the tensor that is nearest to the middle of the view. */
  begin(view: View): CursorPlace {
    let nearest: Box | null = null
    let least = Infinity
    for (const box of this.model.boxes) {
      const { x, y, depth } = project(view, middleOf(box))
      const distance = depth > 0 ? Math.hypot(x - view.width / 2, y - view.height / 2) : Infinity
      if (distance < least || nearest === null) [nearest, least] = [box, Math.min(distance, least)]
    }
    const tensor = (nearest as Box).tensor
    return { tensor, index: this.first(tensor) }
  }

  step({ tensor, index }: CursorPlace, direction: Readonly<Vector>): CursorPlace {
    const box = this.boxOf(tensor)
    const axes = this.model.tensors.get(tensor)?.axes ?? []
    const shape = this.shapeOf(tensor)
    const moved = index.map((position, axis) => {
      const side = box.axes.indexOf(axes[axis] ?? null)
      const along = side < 0 ? 0 : (direction[side] as number) * Math.sign(box.pitch[side] as number)
      return Math.max(0, Math.min((shape[axis] as number) - 1, position + along))
    })
    return { tensor, index: moved }
  }

  /** To the tensor that lies nearest in this direction; stays where there is none. */
  leap(place: CursorPlace, x: number, y: number): CursorPlace {
    const here = this.boxOf(place.tensor)
    let nearest: Box | null = null
    let least = Infinity
    for (const box of this.model.boxes) {
      const ahead = x !== 0 ? gap(here, box, 0, x) : gap(here, box, 1, y)
      if (ahead === null) continue
      const aside = x !== 0 ? apart(here, box, 1) : apart(here, box, 0)
      const distance = ahead + ASIDE * aside
      if (distance < least) [nearest, least] = [box, distance]
    }
    return nearest === null ? place : { tensor: nearest.tensor, index: this.first(nearest.tensor) }
  }

  /** The place as something that is pointed at; null where it is not on the stage. */
  hitAt({ tensor, index }: CursorPlace): Hit | null {
    const region = index.map((position) => [position, position + 1] as const)
    for (const [slab, at] of this.model.slabs.entries()) {
      const cell = at.tensor.name === tensor ? regionOnSlab(at, region) : null
      if (cell !== null) return { model: this.model, slab, column: cell.left, row: cell.bottom, distance: 0 }
    }
    return null
  }

  private first(tensor: string): number[] {
    return this.shapeOf(tensor).map(() => 0)
  }

  private shapeOf(tensor: string): readonly number[] {
    return this.model.numbersOf(tensor)?.shape ?? this.model.tensors.get(tensor)?.shape ?? []
  }

  private boxOf(tensor: string): Box {
    const box = this.model.boxes.find((one) => one.tensor === tensor)
    if (box === undefined) throw new Error(`There is no '${tensor}' on the stage.`)
    return box
  }
}

function middleOf({ min, size }: Box): Vector {
  return [min[0] + size[0] / 2, min[1] + size[1] / 2, min[2] + size[2]]
}

/** From the face of one box to that of another which lies ahead of it; null when it does not. */
function gap(here: Box, there: Box, axis: 0 | 1, direction: number): number | null {
  const [from, to] =
    direction > 0
      ? [here.min[axis] + here.size[axis], there.min[axis]]
      : [-here.min[axis], -there.min[axis] - there.size[axis]]
  return to >= from - 1e-6 ? to - from : null
}

/** How far two boxes are apart along an axis; 0 where they overlap. */
function apart(here: Box, there: Box, axis: 0 | 1): number {
  return Math.max(
    0,
    there.min[axis] - here.min[axis] - here.size[axis],
    here.min[axis] - there.min[axis] - there.size[axis],
  )
}
