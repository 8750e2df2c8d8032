/**
 * Where the name of a thing may stand on the screen: around it, within it, or farther off with a line to it.
 */
import type { View } from './projection'
import type { Rectangle, Strip } from './rectangles'

/** A whole model, a part of one, a part of such a part, or a tensor. */
export type LabelKind = 'tower' | 'whole' | 'part' | 'tensor'

export interface Place extends Rectangle {
  withDetail: boolean
  /** The part of the screen that a line from a tensor's name to its box takes up, where there is one. */
  line: Rectangle | null
}

const GAP = 3
const EDGE = 4
/** How far a label at a side may stand off the middle. */
const ASIDE = 8
/** What showing the shape is worth, in units of cover. */
const DETAIL_GAIN = 0.05
/** From a tower to a name that stands aside, with a line to it, and from one such name to the next. */
const LEADER = 22
const ROW_GAP = 6
/** How many rows off a tensor's name may stand aside. */
const ROWS_ASIDE = 7
/** How far from the end of a name its line may begin. */
const LINE_INSET = 6

export interface Candidate extends Place {
  /** How much worse it is than the best place, in units of cover. */
  cost: number
}

/** With its shape, which is worth something. */
export function asDetailed(candidate: Candidate): Candidate {
  return { ...candidate, withDetail: true, cost: candidate.cost - DETAIL_GAIN }
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

/** Farther above or below a box, with an upright line to it. */
export function placesAside(box: Rectangle, width: number, height: number, view: View): Candidate[] {
  const within = (left: number) => intoView(left, width, view)
  const lines = [0.5, 0.3, 0.7].map((share) => box.left + share * (box.right - box.left))
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

/**
 * Where a label may stand. A tensor's: above it or, when that is out of view, in its top; at its sides; in its corner, when it is large;
 * below; `outer` is its box with its rulers, which a label stands beyond. A part's: at its upper left corner, above or within, then along
 * its edges; a part of the whole rather beside it. Places that reach out of the view are left out.
 */
export function places(
  box: Rectangle,
  outer: Rectangle,
  width: number,
  height: number,
  kind: LabelKind,
  view: View,
): Candidate[] {
  const at = (left: number, top: number, cost: number): Candidate => ({
    left,
    top,
    right: left + width,
    bottom: top + height,
    withDetail: false,
    line: null,
    cost,
  })
  const within = (left: number) => intoView(left, width, view)
  const start = within(box.left)
  const middle = within((box.left + box.right - width) / 2)
  const level = (box.top + box.bottom - height) / 2
  const above = Math.max(EDGE, outer.top - height - GAP)
  const below = outer.bottom + GAP
  const before = outer.left - width - GAP
  const after = outer.right + GAP
  const large = box.bottom - box.top > 3 * height && box.right - box.left > 1.3 * width
  const candidates = {
    tower: [
      at(middle, above, 0),
      at(start, above, 0.01),
      at(middle, box.top - height - GAP, 0.02),
      ...[0, 1, 2, 3, 4, 5].flatMap((row) => {
        const top = Math.max(EDGE, box.top) + row * (height + ROW_GAP) + GAP
        return [at(before - LEADER, top, 0.05 + 0.02 * row), at(after + LEADER, top, 0.06 + 0.02 * row)]
      }),
      at(middle, below, 0.4),
    ],
    tensor: [
      at(middle, above, 0),
      at(start, above, 0.01),
      at(after, level, 0.04),
      at(before, level, 0.08),
      at(after, level + ASIDE, 0.05),
      at(after, level - ASIDE, 0.05),
      at(before, level + ASIDE, 0.09),
      at(before, level - ASIDE, 0.09),
      ...(large ? [at(start + GAP, box.top + GAP, 0.1)] : []),
      at(middle, below, 0.14),
    ],
    part: [
      at(start, above, 0),
      at(start, box.top + GAP, 0.02),
      at(middle, above, 0.04),
      at(within(box.right - width), above, 0.06),
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
  return candidates[kind].filter((place) => isWithin(place, view))
}
