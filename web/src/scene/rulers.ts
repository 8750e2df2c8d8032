/**
 * Axis rulers: the indices along two edges of a slab that is near, with the letter of its axis at the end
 * and, along positions and along the vocabulary, the token that an index counts.
 */
import { pieceAt } from '../protocol/cells'
import type { ModelView } from './model-view'
import type { Obstacles } from './obstacles'
import { isBefore, project, type ScreenPoint, type View } from './projection'
import { around, overlap, type Rectangle, type Strip } from './rectangles'
import type { Run, Slab } from './slabs'
import type { Vector } from '../protocol/types'

export interface RulerSubject {
  model: ModelView
  slab: Slab
  /** The cell that is pointed at or selected: its two ticks are always shown, and strongly. */
  cell: { column: number; row: number } | null
  /** Whether it is to be looked at, rather than merely in view. */
  isMeant: boolean
}

type Edge = 'top' | 'bottom' | 'left' | 'right'

/** A ruler as it would be along one edge. */
interface Layout {
  edge: Edge
  /** Where the figure of a cell stands. */
  at: (cell: number) => ScreenPoint
  /** The middle of the cell that it stands beside. */
  beside: (cell: number) => ScreenPoint
  /** The figures of the cells that are in view: an index, and the token that it counts. */
  figures: readonly Figure[]
  /** How both are written, or one of them (null). */
  textOf: (index: string | null, piece: string | null, figure: Figure) => string
  letter: string
  letterPlace: ScreenPoint
  special: number | null
  /** The cell of index 0, and of how many indices one is written. */
  first: number
  step: number
  /** The same of the tokens; 0: there are none. */
  pieceStep: number
  /** From one figure to the next: what they need, and what there is from cell to cell. */
  room: number
  spacing: number
  strip: Strip
  cost: number
}

interface Figure {
  cell: number
  index: string
  piece: string | undefined
}

interface Tick {
  element: HTMLElement
  text: string
  transform: string
  strong: boolean
}

/** Cells smaller than this, in pixels, get no ruler. */
export const SMALLEST_CELL = { across: 9, down: 7 }
const HEIGHT = 16
/** The height of a second line. */
const LINE = 12
/** From one figure to the next: the least, and what there is beside the text of those that stand side by side. */
const ROOM = { across: 24, down: 15 }
const BETWEEN = 8
/** From one token to the next, across besides its own width. */
const PIECE_ROOM = { across: 2, down: 12 }
/** The widest that a letter of the figures is, in pixels. */
const LETTER = { narrow: 7, wide: 12 }
/** Longer tokens are cut. */
const LONGEST_PIECE = 6
const MOST_TICKS = 160
/** Of the figures of a ruler so many at most may be left out because something else stands there: a few that are left over are only puzzling. */
const MOST_HIDDEN = 0.34
const MOST_SLICES = 8
/**
 * What it costs to leave out a ruler, in units of cover: where the reader points, where it says the tokens of what is to be looked at, or of
 * what is merely in view, and elsewhere.
 */
const LEFT_OUT = { special: 1, pieces: 1.2, seen: 0.75, usual: 0.25 }
/** What it costs when that many are left out, less for fewer, and what covering anything costs at most where tokens are said of what is to be looked at. */
const TAKEN = 0.6
const MOST_COVER = 0.5
/** What the second best edge costs, and lying on the slab's own tensor, where covering another one counts 1. */
const SECOND_EDGE = 0.05
const OWN_COVER = 0.04
const RIBBON_WEIGHT = 0.15

export class Rulers {
  private readonly ticks: Tick[] = []
  private used = 0
  private taken: readonly Rectangle[] = []

  constructor(private readonly layer: HTMLElement) {}

  /** Lays rulers along these slabs, the first ones first, not under what is `taken` or `flying` by; returns the strips of the screen that they take up. */
  update(
    view: View,
    subjects: readonly RulerSubject[],
    obstacles: Obstacles,
    taken: readonly Rectangle[],
    flying: readonly Rectangle[],
  ): Strip[] {
    this.used = 0
    this.taken = [...taken, ...flying]
    const strips: Strip[] = []
    for (const { model, slab, cell, isMeant } of subjects) {
      const beside = (run: Run, count: number, special: number | null, edges: [Edge, Edge]) => [
        ...layouts(view, model, slab, { run, count, special, isMeant }, edges, obstacles)
          .filter(({ strip }) => isSeen(strip, view) && strips.every((other) => overlap(strip, other) === 0))
          .map((layout) => ({ layout, hidden: this.hiddenShare(layout, view) }))
          .filter(({ hidden }) => hidden <= MOST_HIDDEN)
          .map(({ layout, hidden }) => withCost(layout, (TAKEN * hidden) / MOST_HIDDEN)),
        null,
      ]
      const along = beside(slab.x, slab.columns, cell?.column ?? null, ['top', 'bottom'])
      const down =
        isBesideItsLike(model, slab) && cell === null
          ? [null]
          : beside(slab.y, slab.rows, cell?.row ?? null, ['left', 'right'])
      const leftOut = (rulers: readonly (Layout | null)[]) =>
        rulers.some((ruler) => ruler !== null && ruler.pieceStep > 0)
          ? LEFT_OUT[isMeant ? 'pieces' : 'seen']
          : LEFT_OUT[cell === null ? 'usual' : 'special']
      const [noneAlong, noneDown] = [leftOut(along), leftOut(down)]
      const pairs = along
        .flatMap((x) => down.map((y) => ({ pair: [x, y], cost: (x?.cost ?? noneAlong) + (y?.cost ?? noneDown) })))
        .filter(({ pair: [x, y] }) => !x || !y || overlap(x.strip, y.strip) === 0)
        .sort((one, other) => one.cost - other.cost)
      for (const layout of pairs[0]?.pair ?? []) {
        if (layout === null) continue
        strips.push(layout.strip)
        this.write(view, layout)
      }
    }
    for (const tick of this.ticks.slice(this.used)) this.set(tick, '', '', false)
    return strips
  }

  dispose(): void {
    for (const { element } of this.ticks.splice(0)) element.remove()
  }

  private write(
    view: View,
    { edge, at, figures, textOf, letter, special, first, step, pieceStep, room, spacing, letterPlace }: Layout,
  ): void {
    for (const figure of figures) {
      const { cell, index, piece } = figure
      const strong = cell === special
      const away = Math.abs(cell - first)
      const crowded = special !== null && Math.abs(cell - special) * spacing < room * 0.8
      const isNumbered = strong || (away % step === 0 && !crowded)
      const isSpelled = piece !== undefined && (strong || away % pieceStep === 0)
      if (!isNumbered && !isSpelled) continue
      this.put(view, at(cell), textOf(isNumbered ? index : null, isSpelled ? piece : null, figure), strong, edge)
    }
    this.put(view, letterPlace, letter, true, edge)
  }

  /** Which share of its figures has no place, of those whose cells can be seen: what is out of sight needs none. */
  private hiddenShare({ figures: all, at, beside, edge, textOf }: Layout, view: View): number {
    const figures = all.filter(({ cell }) => !this.taken.some((one) => isOver(one, beside(cell))))
    const hidden = figures.filter((figure) => {
      const place = at(figure.cell)
      return this.isTaken(place) || isCut(place, textOf(figure.index, figure.piece ?? null, figure), edge, view)
    })
    return figures.length === 0 ? 1 : hidden.length / figures.length
  }

  private isTaken({ x, y }: Point): boolean {
    return this.taken.some(
      ({ left, top, right, bottom }) => x > left - 8 && x < right + 8 && y > top - 6 && y < bottom + HEIGHT,
    )
  }

  private put(view: View, { x, y }: Point, text: string, strong: boolean, edge: Edge): void {
    if (this.used >= MOST_TICKS || !isInView({ x, y }, view) || isCut({ x, y }, text, edge, view)) return
    if (this.isTaken({ x, y })) return
    const [across, down, shift] = ANCHOR[edge]
    const tick = this.ticks[this.used] ?? this.make()
    this.used++
    this.set(
      tick,
      text,
      `translate(${(x + across).toFixed(1)}px, ${(y + down).toFixed(1)}px) translate(${shift})`,
      strong,
    )
  }

  private set(tick: Tick, text: string, transform: string, strong: boolean): void {
    if (tick.text !== text) tick.element.textContent = tick.text = text
    if (tick.transform !== transform) tick.element.style.transform = tick.transform = transform
    if (tick.strong !== strong) tick.element.classList.toggle('strong', strong)
    tick.strong = strong
  }

  private make(): Tick {
    const element = document.createElement('div')
    element.className = 'stage-tick'
    this.layer.append(element)
    const tick = { element, text: '', transform: '', strong: false }
    this.ticks.push(tick)
    return tick
  }
}

/** How rulers may be laid along these edges: those whose cells are large enough. */
function layouts(
  view: View,
  model: ModelView,
  slab: Slab,
  { run, count, special, isMeant }: { run: Run; count: number; special: number | null; isMeant: boolean },
  edges: readonly Edge[],
  obstacles: Obstacles,
): Layout[] {
  const letter = slab.tensor.axes[run.axis]
  if (letter === undefined) return []
  const isDown = edges.includes('left')
  // The axis letter stands beyond the last index.
  const [start, beyond] = run.step > 0 ? [0, count + 0.2] : [count - 1, -1.2]
  const options = edges
    .map((edge, place) => {
      const at = (cell: number) => project(view, tickPlace(slab, cell, edge, view))
      const beside = (cell: number) => project(view, tickPlace(slab, cell, edge, view, -0.5))
      return { edge, at, beside, ends: [at(start), at(beyond)] as const, cost: place * SECOND_EDGE }
    })
    .filter(
      ({ ends }) =>
        ends[0].depth > 0 &&
        ends[1].depth > 0 &&
        spacingOf(ends, count) >= (isDown ? SMALLEST_CELL.down : SMALLEST_CELL.across),
    )
  if (options.length === 0) return []
  const partsOf = (cell: number) => {
    const index = run.first + cell * run.step
    return {
      cell,
      index: String(index),
      piece: cut(pieceAt(model.description, model.trace, slab.tensor, letter, index)),
    }
  }
  const owner = model.labelName(slab.tensor.name)
  return options.map(({ edge, at, beside, ends, cost }) => {
    // Few cells of a long axis are in view; those at its ends have the longest indices.
    const [low, high] = sharesInView(at(0), at(count - 1), view)
    const [from, to] = [Math.floor(low * (count - 1)), Math.ceil(high * (count - 1))]
    const figures = Array.from({ length: Math.max(0, to - from + 1) }, (_, place) => partsOf(from + place))
    const measured = [...figures, partsOf(0), partsOf(count - 1)]
    // In perspective they stand closer together at one end.
    const spacing = Math.min(...[from, to - 1].map((cell) => distance(at(cell), at(cell + 1))))
    const whole = ({ index, piece }: Figure) => (piece === undefined ? index : `${index} ${piece}`)
    // Side by side, a token stands on a line of its own where each cell is too narrow for both.
    const pieces = measured.flatMap(({ piece }) => piece ?? [])
    const isSplit =
      !isDown && pieces.length > 0 && spacing < Math.max(...measured.map((one) => widthOf(whole(one)))) + BETWEEN
    const textOf = isSplit ? inTwo : inLine
    const breadth = Math.max(...measured.map((one) => widthOf(textOf(one.index, one.piece ?? null, one))))
    const room = isDown ? ROOM.down : isSplit ? breadth + BETWEEN / 2 : Math.max(ROOM.across, breadth + BETWEEN)
    const pieceRoom = isDown ? PIECE_ROOM.down : isSplit ? Math.max(...pieces.map(widthOf)) + PIECE_ROOM.across : room
    const height = isSplit ? HEIGHT + LINE : HEIGHT
    // Of a long one that lies aslant, what is out of view would make a strip that is high as well.
    const seen = [at(from), at(to), ...(isInView(ends[1], view) ? [ends[1]] : [])]
    const strip = { ...stripOf(from <= to ? seen : ends, edge, breadth, height), owner }
    const slices = slicesOf(at, from, to, edge, breadth, height)
    const coverOf = (left: string | null) => mean(slices.map((slice) => obstacles.covered(slice, left, RIBBON_WEIGHT)))
    const cover = coverOf(owner)
    const own = coverOf(null) - cover
    return {
      edge,
      at,
      beside,
      figures,
      textOf,
      letter,
      letterPlace: ends[1],
      special,
      first: start,
      step: roundStep(room / spacing),
      pieceStep: pieces.length > 0 ? roundStep(pieceRoom / spacing) : 0,
      room,
      spacing,
      strip,
      cost: cost + (isMeant && pieces.length > 0 ? Math.min(MOST_COVER, cover) : cover) + OWN_COVER * own,
    }
  })
}

/** Matrices that lie side by side have their rows in common: the figures of the first one are those of all. */
function isBesideItsLike(model: ModelView, { tensor, base }: Slab): boolean {
  const axis = model.fanned.get(tensor.name)?.axis
  return axis !== undefined && (base[axis] as number) > 0
}

function isSeen(strip: Rectangle, { width, height }: View): boolean {
  return overlap(strip, { left: 0, top: 0, right: width, bottom: height }) > 0
}

function isInView({ x, y }: Point, { width, height }: View): boolean {
  return x >= 0 && y >= 0 && x <= width && y <= height
}

function isOver({ left, top, right, bottom }: Rectangle, { x, y }: Point): boolean {
  return x >= left && x <= right && y >= top && y <= bottom
}

function withCost(layout: Layout, cost: number): Layout {
  return { ...layout, cost: layout.cost + cost }
}

/** An index above its token. */
function inTwo(index: string | null, piece: string | null): string {
  return `${index ?? ' '}\n${piece ?? ''}`
}

/** An index before its token; where it is left out, the token stays where it is. */
function inLine(index: string | null, piece: string | null, figure: Figure): string {
  const number = index ?? '\u2007'.repeat(figure.index.length)
  return piece === null ? number : `${number} ${piece}`
}

/** Where a tick's text hangs on its place at each edge. */
const ANCHOR: Record<Edge, readonly [number, number, string]> = {
  top: [0, -2, '-50%, -100%'],
  bottom: [0, 2, '-50%, 0'],
  left: [-5, 0, '-100%, -50%'],
  right: [5, 0, '0, -50%'],
}

interface Point {
  x: number
  y: number
}

/** Whether a tick that stands there goes past the side of the view: half a figure is another figure. */
function isCut({ x }: Point, text: string, edge: Edge, { width }: View): boolean {
  const breadth = widthOf(text.trim())
  if (edge === 'left') return x - breadth + ANCHOR.left[0] < 0
  if (edge === 'right') return x + breadth + ANCHOR.right[0] > width
  return x - breadth / 2 < 0 || x + breadth / 2 > width
}

/** Which shares of the way from one point to another, both before the eye, are in view: from the first to the second (none: it is less). */
function sharesInView(start: ScreenPoint, end: ScreenPoint, { width, height }: View): [number, number] {
  let [low, high] = [0, 1]
  // Times the depth, a place on the screen changes along the way at an even pace.
  const sides: ((point: ScreenPoint) => number)[] = [
    ({ x }) => x,
    ({ x }) => width - x,
    ({ y }) => y,
    ({ y }) => height - y,
  ]
  for (const side of sides) {
    const [first, last] = [side(start) * start.depth, side(end) * end.depth]
    if (first < 0 && last < 0) return [1, 0]
    if (first < 0) low = Math.max(low, first / (first - last))
    else if (last < 0) high = Math.min(high, first / (first - last))
  }
  return [low, high]
}

function distance(one: Point, other: Point): number {
  return Math.hypot(other.x - one.x, other.y - one.y)
}

/** From one cell to the next, in pixels, on average. */
function spacingOf([start, end]: readonly [Point, Point], count: number): number {
  return distance(start, end) / (count + 0.2)
}

function cut(piece: string | undefined): string | undefined {
  return piece === undefined || piece.length <= LONGEST_PIECE ? piece : `${piece.slice(0, LONGEST_PIECE - 1)}…`
}

/** The width of its widest line, at most. */
function widthOf(text: string): number {
  const widths = text
    .split('\n')
    .map((line) => [...line].reduce((width, letter) => width + (letter < '\u1100' ? LETTER.narrow : LETTER.wide), 0))
  return Math.max(...widths)
}

/** What ticks of this size may cover between two ends. */
function stripOf(ends: readonly Point[], edge: Edge, breadth: number, height: number): Rectangle {
  const { left, top, right, bottom } = around(ends)
  const half = Math.max(8, breadth / 2)
  if (edge === 'top') return { left: left - half, right: right + half, top: top - height, bottom }
  if (edge === 'bottom') return { left: left - half, right: right + half, top, bottom: bottom + height }
  if (edge === 'left') return { left: left - breadth - 6, right: right - 3, top: top - 7, bottom: bottom + 7 }
  return { left: left + 3, right: right + breadth + 6, top: top - 7, bottom: bottom + 7 }
}

/** The parts of it that lie along the cells that are in view: aslant, the strip around all of them covers much that they do not. */
function slicesOf(
  at: (cell: number) => ScreenPoint,
  from: number,
  to: number,
  edge: Edge,
  breadth: number,
  height: number,
): Rectangle[] {
  const count = Math.max(1, Math.min(MOST_SLICES, to - from))
  const placeAt = (index: number) => at(from + ((to - from) * index) / count)
  return Array.from({ length: count }, (_, index) =>
    stripOf([placeAt(index), placeAt(index + 1)], edge, breadth, height),
  )
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length
}

/** Where a cell's tick stands: so far beyond the slab's edge, in cells, on the face that is turned to the eye. */
function tickPlace(slab: Slab, cell: number, edge: Edge, view: View, beyond = 0.2): Vector {
  const [x, y, z] = slab.corner
  const front = isBefore(view, z, slab.depth)
  const face = z + (front ? slab.depth : 0)
  if (edge === 'top') return [x + cell + 0.5, y + slab.rows + beyond, face]
  if (edge === 'bottom') return [x + cell + 0.5, y - beyond, face]
  return [(edge === 'left') === front ? x - beyond : x + slab.columns + beyond, y + cell + 0.5, face]
}

/** The least of 1, 2, 5, 10, 20, 50 ... that is not under `least`. */
function roundStep(least: number): number {
  let power = 1
  for (;;) {
    for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power
    power *= 10
  }
}
