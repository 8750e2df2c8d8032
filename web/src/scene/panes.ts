/**
 * Through which eye a place of the canvas is seen: the stage's own, or that of the inset where one stands over it.
 */
import type { Vector } from '../protocol/types'
import type { CameraRig } from './camera'
import type { Measured } from './measuring'
import { project, type ScreenPoint, type View } from './projection'
import type { Rectangle } from './rectangles'
import type { Selected } from './scenery'

/** A part of the canvas, in CSS pixels, with an eye of its own, for the sake of some cells, the most important one first, and those around them. */
export interface Pane {
  rig: CameraRig
  cells: readonly Selected[]
  place: Rectangle
}

/** A place as an eye sees it, from the left top corner of what that shows. */
export interface Glance {
  rig: CameraRig
  x: number
  y: number
}

export class Panes {
  /** Null: there is none. */
  inset: Pane | null = null

  constructor(readonly main: CameraRig) {}

  at(x: number, y: number): Glance {
    const { inset, main } = this
    if (inset === null || !holds(inset.place, x, y)) return { rig: main, x, y }
    return { rig: inset.rig, x: x - inset.place.left, y: y - inset.place.top }
  }

  /** Where on the canvas a place on a tensor is: in the inset, where that is there for its sake and it is in sight there. */
  locate(tensor: string, place: Vector): ScreenPoint {
    const { inset, main } = this
    if (inset?.cells.some((cell) => cell.tensor === tensor)) {
      const { x, y, depth } = project(inset.rig.view(), place)
      const [left, top] = [x + inset.place.left, y + inset.place.top]
      if (depth > 0 && holds(inset.place, left, top)) return { x: left, y: top, depth }
    }
    return project(main.view(), place)
  }

  /** The same for what something on a tensor takes up of a view. */
  measure(tensor: string, measured: (view: View) => Measured | null): Measured | null {
    const { inset, main } = this
    if (inset?.cells.some((cell) => cell.tensor === tensor)) {
      const { left, top } = inset.place
      const seen = measured(inset.rig.view())
      const moved = seen && {
        ...seen,
        left: seen.left + left,
        right: seen.right + left,
        top: seen.top + top,
        bottom: seen.bottom + top,
      }
      if (moved && isWithin(inset.place, moved)) return moved
    }
    return measured(main.view())
  }
}

function isWithin(outer: Rectangle, { left, top, right, bottom }: Rectangle): boolean {
  return holds(outer, (left + right) / 2, (top + bottom) / 2)
}

function holds({ left, top, right, bottom }: Rectangle, x: number, y: number): boolean {
  return x >= left && x < right && y >= top && y < bottom
}
