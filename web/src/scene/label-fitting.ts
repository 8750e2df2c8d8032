/**
 * Where a name fits: beside what it names, off all that is placed already, and over as little as can be of what is drawn.
 */
import { uprights } from './blanks'
import type { Entry } from './label-elements'
import {
  asDetailed,
  placeOnFront,
  places,
  placesAside,
  placesBeside,
  placesOutside,
  placesWithin,
  withRulers,
  type Candidate,
  type Place,
} from './label-places'
import type { Side } from './label-sides'
import type { Standing } from './looks'
import type { Obstacles } from './obstacles'
import { isBefore, project, type View } from './projection'
import { areaOf, around, common, contains, overlap, widened, type Rectangle, type Strip } from './rectangles'

const HEIGHT = { tower: 24, column: 22, whole: 22, part: 22, tensor: 20 }
/** A thing is named when its size is at least this share of its label's width ... */
export const LEAST_SHARE = { tower: 0, column: 0, whole: 0.3, part: 0.4, tensor: 0.32 }
/** A number that is written on a block is smaller than a name beside it. */
const NUMBER_HEIGHT = 15
const NUMBER_NARROWER = 8
/** A label may cover so much of what it does not name; being near to it counts too, because it might seem to name that. */
const COVER_LIMIT = { tower: 1, column: 1, whole: 0.2, part: 0.2, tensor: 0.2 }
const NEAR = 4
/** What covering a ribbon counts, where covering a box counts 1. */
const RIBBON_WEIGHT = { tower: 0.1, column: 0.1, whole: 0.1, part: 0.1, tensor: 3 }
/** How far a label is from its best place counts against what it covers so much. */
const COVER_COST = 2
/** Names of what recedes lie on nothing; those with a line may lie on a little more than others, and those for which there is no room on ribbons too. */
const COVER_LIMIT_OF = { receding: 0.03, aside: 0.35, pressed: Infinity }
/** What lying on numbers of the box that it names counts, where lying on another one counts 1. */
const OWN_COVER: Record<Standing, number> = { chosen: 1, shown: 1, lit: 0.5, plain: 0.02, receding: 0 }

/** So much of a name may reach beyond the part without numbers on which it begins, as a share. */
const BEYOND = 0.4

/** What a name has to be fitted into. */
export interface Surroundings {
  view: View
  /** What is placed already. */
  placed: readonly Rectangle[]
  rulers: readonly Strip[]
  obstacles: Obstacles
  /** Around all that is drawn. */
  content: () => Rectangle
}

/** What it costs a name to stand elsewhere than those of its title. */
const APART_FROM_ALIKE = 0.5

/** A name that is to be placed; `width`: of its title. */
export interface Placing {
  entry: Entry
  standing: Standing
  width: number
}

/** Every place around a part where its name can stand, with what that costs. */
export function placesAround({ entry, standing, width }: Placing, around: Surroundings): Candidate[] {
  const screen = entry.screen as Rectangle
  const outer = withRulers(screen, around.rulers, entry.subject.name)
  return places(screen, outer, width, HEIGHT.part, 'part', around.view).flatMap((place) => {
    const cost = costOf(entry, standing, [], COVER_LIMIT.part, around, place)
    return cost === null ? [] : [{ ...place, cost }]
  })
}

/** Beside what it names, or null where it would cover too much there. `spot`: where others of its title have their names. */
export function findPlace({ entry, standing, width }: Placing, around: Surroundings, spot?: number): Place | null {
  const { subject, size, fullWidth } = entry
  const { kind, name } = subject
  const screen = entry.screen as Rectangle
  const outer = withRulers(screen, around.rulers, name)
  if (entry.wording === 'number' && subject.place !== null) return onFront(entry, width, around)
  const isNumbered = kind === 'column' || subject.place !== null
  const withDetail =
    entry.wording === 'full' && fullWidth > width && (isFavourite(standing) || size >= LEAST_SHARE[kind] * fullWidth)
  const near = (breadth: number) =>
    kind === 'tensor'
      ? placesBeside(screen, outer, breadth, HEIGHT[kind], subject.sides, around.view)
      : places(screen, outer, breadth, HEIGHT[kind], kind, around.view).map((place) =>
          spot === undefined || place.spot === spot ? place : { ...place, cost: place.cost + APART_FROM_ALIKE },
        )
  // The bare number of a block is read as a figure of whatever it stands beside.
  const isBare = isNumbered && kind === 'whole' && entry.wording === 'full'
  const candidates = [
    ...(isBare ? [] : near(width)),
    ...(withDetail || isBare ? near(fullWidth).map((place) => asDetailed(place, isNumbered)) : []),
  ]
  const limit = standing === 'receding' ? COVER_LIMIT_OF.receding : COVER_LIMIT[kind]
  return best(entry, standing, candidates, limit, around)
}

/** The number of a block, written on it. */
function onFront({ subject }: Entry, width: number, { view, placed }: Surroundings): Place | null {
  const [place] = placeOnFront(subject.bounds, width - NUMBER_NARROWER, NUMBER_HEIGHT, view)
  return place === undefined || placed.some((other) => overlap(place, other) > 0) ? null : place
}

/**
 * On a part of it that holds no numbers; else farther off, with a line to it; where there is no room either, beside it on any other side,
 * or on it.
 */
export function findPlaceAside({ entry, standing, width }: Placing, around: Surroundings): Place | null {
  const { kind, name, sides } = entry.subject
  const height = HEIGHT[kind]
  const screen = entry.screen as Rectangle
  const beside = (side: Side) => placesBeside(screen, outer, width, height, [side], view)
  const outer = withRulers(screen, around.rulers, name)
  const { view, content } = around
  const farOff = placesAside(outer, faceIn(entry, view), width, height, view)
  const outside = placesOutside(outer, content(), width, height, view)
  const onBlank = blanksIn(entry, view).flatMap((blank) =>
    placesWithin({ ...blank, right: blank.right + BEYOND * width }, width, height, view, 'top'),
  )
  return (
    best(entry, standing, onBlank, COVER_LIMIT_OF.aside, around) ??
    best(entry, standing, farOff, COVER_LIMIT_OF.aside, around) ??
    best(entry, standing, outside, COVER_LIMIT_OF.aside, around) ??
    best(entry, standing, sides.slice(1).flatMap(beside), COVER_LIMIT_OF.pressed, around) ??
    best(entry, standing, [...farOff, ...outside], COVER_LIMIT_OF.pressed, around) ??
    best(entry, standing, placesWithin(screen, width, height, view, 'bottom'), COVER_LIMIT_OF.pressed, around)
  )
}

function best(
  entry: Entry,
  standing: Standing,
  candidates: readonly Candidate[],
  limit: number,
  around: Surroundings,
): Place | null {
  const isCovering = entry.subject.kind === 'tensor' && OWN_COVER[standing] > 0
  const blanks = isCovering ? blanksIn(entry, around.view) : []
  let best: Place | null = null
  let least = Infinity
  for (const candidate of candidates) {
    const cost = costOf(entry, standing, blanks, limit, around, candidate)
    if (cost !== null && cost < least) [best, least] = [candidate, cost]
  }
  return best
}

/** What it costs a name to stand there; null: it cannot. `blanks`: the parts of its own box that hold no numbers. */
function costOf(
  { subject: { kind, name }, screen: found }: Entry,
  standing: Standing,
  blanks: readonly Rectangle[],
  limit: number,
  { placed, obstacles }: Surroundings,
  candidate: Candidate,
): number | null {
  const screen = found as Rectangle
  const ownCover = kind === 'tensor' ? OWN_COVER[standing] : 0
  const isPart = (owner: string, box: Rectangle) => owner === name || (kind !== 'tensor' && contains(screen, box))
  const { line } = candidate
  if (kind !== 'tower' && kind !== 'column' && !obstacles.isClear(candidate, screen, line !== null, isPart)) return null
  if (placed.some((other) => overlap(candidate, other) > 0 || (line !== null && overlap(line, other) > 0))) return null
  const cover =
    obstacles.covered(widened(candidate, NEAR), name, RIBBON_WEIGHT[kind]) +
    (ownCover * overlapWithNumbers(candidate, screen, blanks)) / areaOf(candidate)
  if (cover > limit) return null
  const crossed = line === null ? 0 : obstacles.covered(line, name, RIBBON_WEIGHT[kind])
  return candidate.cost + COVER_COST * cover + 0.1 * crossed
}

/** The part of the view that the face of its box takes up: where matrices stand behind one another, that of the first. */
function faceIn({ subject: { bounds }, screen }: Entry, view: View): Rectangle {
  const whole = screen as Rectangle
  const [[x, y, z], [columns, rows, depth]] = [bounds.min, bounds.size]
  const front = isBefore(view, z, depth) ? z + depth : z
  const corners = [0, columns].flatMap((along) => [0, rows].map((up) => project(view, [x + along, y + up, front])))
  if (corners.some((corner) => corner.depth <= 0)) return whole
  return common(around(corners), whole) ?? whole
}

/** The parts of a tensor's box that hold no numbers, as they are seen. */
function blanksIn({ subject: { blanks = [] } }: Entry, view: View): Rectangle[] {
  return blanks.flatMap((blank) => uprights(view, blank))
}

function overlapWithNumbers(place: Rectangle, box: Rectangle, blanks: readonly Rectangle[]): number {
  return overlap(place, box) - Math.max(0, ...blanks.map((blank) => overlap(place, blank)))
}

/** What is named in any case. */
export function isFavourite(standing: Standing): boolean {
  return standing === 'chosen' || standing === 'shown'
}
