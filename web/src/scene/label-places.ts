/**
 * Where the name of a thing may stand on the screen: around it, within it, or farther off with a line to it.
 */
import type { Bounds } from '../protocol/types'
import { project, type View } from './projection'
import type { Side } from './label-sides'
import type { Rectangle, Strip } from './rectangles'

/** A whole model, a column of its parts, a part of one, a part of such a part, or a tensor. */
export type LabelKind = 'tower' | 'column' | 'whole' | 'part' | 'tensor'

export interface Place extends Rectangle {
  withDetail: boolean
  /** The part of the screen that a line from a tensor's name to its box takes up, where there is one. */
  line: Rectangle | null
}

const GAP = 3
const EDGE = 4
/** From the edges of a box to a name within it. */
const INSET = 6
/** How far a label at a side may stand off the middle. */
const ASIDE = 8
/** What showing the shape is worth, in units of cover. */
const DETAIL_GAIN = 0.05
const WORD_GAIN = 0.3
/** From a tower to a name that stands aside, with a line to it, and from one such name to the next. */
const LEADER = 22
const ROW_GAP = 6
/** How many rows off a tensor's name may stand aside. */
const ROWS_ASIDE = 7
/** At which heights of a box a line may lead from it to a name outside, as shares. */
const OUTSIDE = [0.5, 0.35, 0.65, 0.2, 0.8, 0.05, 0.95]
/** How far from the end of a name its line may begin. */
const LINE_INSET = 6

export interface Candidate extends Place {
  /** How much worse it is than the best place, in units of cover. */
  cost: number
  /** Which of the places around a part it is: parts of one title are to have their names at the same. */
  spot?: number
}

/** With its shape, which is worth something; what stands before a number is worth more. */
export function asDetailed(candidate: Candidate, isNumbered: boolean): Candidate {
  return { ...candidate, withDetail: true, cost: candidate.cost - (isNumbered ? WORD_GAIN : DETAIL_GAIN) }
}

/** What a box takes up of the screen together with the figures along its edges. */
export function withRulers(box: Rectangle, rulers: readonly Strip[], name: string): Rectangle {
  return rulers
    .filter(({ owner }) => owner === name)
    .reduce(
      (outer, { left, top, right, bottom }) => ({
        left: Math.min(outer.left, left),
        top: Math.min(outer.top, top),
        right: Math.max(outer.right, right),
        bottom: Math.max(outer.bottom, bottom),
      }),
      box,
    )
}

/** Farther above or below a box, with an upright line to `face`, which is what is seen of its first matrix. */
export function placesAside(box: Rectangle, face: Rectangle, width: number, height: number, view: View): Candidate[] {
  const within = (left: number) => intoView(left, width, view)
  const lines = [0.5, 0.3, 0.7].map((share) => face.left + share * (face.right - face.left))
  const rows = Array.from({ length: ROWS_ASIDE }, (_, row) => LEADER + row * (height + ROW_GAP))
  const candidates: Candidate[] = []
  for (const [row, off] of rows.entries()) {
    for (const isBelow of [true, false]) {
      const top = isBelow ? box.bottom + off : box.top - off - height
      for (const [which, x] of lines.entries()) {
        const line = {
          left: x - 0.5,
          right: x + 0.5,
          top: isBelow ? box.bottom : top + height,
          bottom: isBelow ? top : box.top,
        }
        for (const [place, share] of [0.5, 0.25, 0.75, 0, 1].entries()) {
          const left = within(x - LINE_INSET - share * (width - 2 * LINE_INSET))
          const cost = 0.03 * row + 0.005 * (Number(!isBelow) + which + place)
          candidates.push({ left, top, right: left + width, bottom: top + height, withDetail: false, line, cost })
        }
      }
    }
  }
  return candidates.filter((place) => isWithin(place, view))
}

/** So that it is in view from side to side. */
function intoView(left: number, width: number, view: View): number {
  return Math.min(view.width - width - EDGE, Math.max(EDGE, left))
}

function isWithin({ left, top, right, bottom }: Rectangle, view: View): boolean {
  return left >= EDGE && top >= EDGE && right <= view.width - EDGE && bottom <= view.height - EDGE
}

function candidate(left: number, top: number, width: number, height: number, cost: number): Candidate {
  return { left, top, right: left + width, bottom: top + height, withDetail: false, line: null, cost }
}

/** Where a text of this size begins, at a box or beyond it; `outer` is the box with its rulers, which a name stands beyond. */
function beginnings(box: Rectangle, outer: Rectangle, width: number, height: number, view: View) {
  const within = (left: number) => intoView(left, width, view)
  return {
    start: within(box.left),
    middle: within((box.left + box.right - width) / 2),
    end: within(box.right - width),
    level: (box.top + box.bottom - height) / 2,
    above: outer.top - height - GAP,
    below: outer.bottom + GAP,
    before: outer.left - width - GAP,
    after: outer.right + GAP,
  }
}

/**
 * Where a tensor's name may stand on the first of these sides that is in view; `outer` is its box with its rulers.
 */
export function placesBeside(
  box: Rectangle,
  outer: Rectangle,
  width: number,
  height: number,
  sides: readonly Side[],
  view: View,
): Candidate[] {
  const at = (left: number, top: number, cost: number) => candidate(left, top, width, height, cost)
  const { start, middle, end, level, above, below, before, after } = beginnings(box, outer, width, height, view)
  const lowest = view.height - height - EDGE
  const inView = (top: number) => Math.min(lowest, Math.max(EDGE, top))
  const row = (top: number) => [at(middle, top, 0), at(start, top, 0.01), at(end, top, 0.02)]
  const column = (left: number) =>
    [level, level + ASIDE, level - ASIDE, box.top].map((top, place) => at(left, inView(top), 0.01 * place))
  const bySide: Record<Side, () => Candidate[]> = {
    above: () => row(above),
    below: () => row(below),
    right: () => column(after),
    left: () => column(before),
  }
  for (const side of sides) {
    const seen = bySide[side]().filter((place) => isWithin(place, view))
    if (seen.length > 0) return seen
  }
  return []
}

/** At the upper right corner of the front of a block, on it. */
export function placeOnFront({ min, size }: Bounds, width: number, height: number, view: View): Candidate[] {
  const corner = project(view, [min[0] + size[0], min[1] + size[1], min[2] + size[2]])
  const place = candidate(corner.x - width - 1, corner.y + 1, width, height, 0)
  return corner.depth > 0 && isWithin(place, view) ? [place] : []
}

/** Within a box, along the edges of what is in view of it; the lower ones first where what is read first stands above. */
export function placesWithin(
  box: Rectangle,
  width: number,
  height: number,
  view: View,
  first: 'top' | 'bottom',
): Candidate[] {
  const left = Math.max(EDGE, box.left) + INSET
  const right = Math.min(view.width - EDGE, box.right) - INSET - width
  const top = Math.max(EDGE, box.top) + INSET
  const bottom = Math.min(view.height - EDGE, box.bottom) - INSET - height
  if (right < left || bottom < top) return []
  const middle = (left + right) / 2
  const rows = [top, (top + bottom) / 2, bottom]
  const columns = [left, middle, right]
  if (first === 'bottom') rows.reverse()
  return rows.flatMap((y, row) =>
    (first === 'top' ? columns : [right, left, middle]).map((x, column) =>
      candidate(x, y, width, height, 0.03 * row + 0.01 * column),
    ),
  )
}

/** Beyond all that is drawn, `content`, to the left or right of it, with a level line to the box. */
export function placesOutside(
  box: Rectangle,
  content: Rectangle,
  width: number,
  height: number,
  view: View,
): Candidate[] {
  const candidates: Candidate[] = []
  for (const share of OUTSIDE) {
    const y = box.top + share * (box.bottom - box.top)
    for (const isLeft of [true, false]) {
      const left = isLeft ? content.left - LEADER - width : content.right + LEADER
      const line = isLeft
        ? { left: left + width, right: box.left, top: y - 0.5, bottom: y + 0.5 }
        : { left: box.right, right: left, top: y - 0.5, bottom: y + 0.5 }
      // Long lines are hard to follow.
      const cost = 0.002 * (line.right - line.left)
      candidates.push({ ...candidate(left, y - height / 2, width, height, cost), line })
    }
  }
  return candidates.filter((place) => isWithin(place, view))
}

/**
 * Where the name of a part may stand: at its upper left corner, above or within, then along its edges; of a part of the whole rather
 * beside it. `outer` is its box with its rulers. Places that reach out of the view are left out.
 */
export function places(
  box: Rectangle,
  outer: Rectangle,
  width: number,
  height: number,
  kind: Exclude<LabelKind, 'tensor'>,
  view: View,
): Candidate[] {
  const at = (left: number, top: number, cost: number) => candidate(left, top, width, height, cost)
  const around = beginnings(box, outer, width, height, view)
  const { start, middle, end, level, below, before, after } = around
  const above = Math.max(EDGE, around.above)
  const candidates = {
    tower: [
      at(middle, above, 0),
      at(start, above, 0.01),
      at(middle, Math.max(EDGE, around.above - height), 0.015),
      at(middle, box.top - height - GAP, 0.02),
      ...[0, 1, 2, 3, 4, 5].flatMap((row) => {
        const top = Math.max(EDGE, box.top) + row * (height + ROW_GAP) + GAP
        return [at(before - LEADER, top, 0.05 + 0.02 * row), at(after + LEADER, top, 0.06 + 0.02 * row)]
      }),
      at(middle, below, 0.4),
    ],
    column: [at(middle, above, 0), at(start, above, 0.02), at(end, above, 0.04)],
    part: [
      at(start, above, 0),
      at(start, box.top + GAP, 0.02),
      at(middle, above, 0.04),
      at(end, above, 0.06),
      at(before, box.top, 0.08),
      at(after, box.top, 0.08),
      at(start, below, 0.1),
    ],
    whole: [
      at(before, box.top, 0),
      at(before, level, 0.02),
      at(start, above, 0.04),
      at(start, box.top + GAP, 0.06),
      at(after, box.top, 0.08),
      at(start, below, 0.1),
    ],
  }
  return candidates[kind].map((place, spot) => ({ ...place, spot })).filter((place) => isWithin(place, view))
}
