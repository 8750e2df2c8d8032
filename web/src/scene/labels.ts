/**
 * The names of things, as HTML over the canvas. Each frame the most important ones are placed where they overlap neither
 * each other nor much of what is drawn; the rest is hidden. A thing is named once it is about as large as its name,
 * and its shape is added once there is room for that too. What recedes is not named, and what the reader is to look at is named in any
 * case: where there is no room beside it, farther off, with a line to it.
 */
import type { Bounds, Vector } from '../protocol/types'
import { entryFor, LabelElements, removeElements, type Entry, type LabelSubject } from './label-elements'
import { commonSpots, lonely } from './label-alike'
import { findPlace, findPlaceAside, isFavourite, LEAST_SHARE, type Placing, type Surroundings } from './label-fitting'
import type { Standing } from './looks'
import type { Obstacles } from './obstacles'
import type { Place } from './label-places'
import { outlineOf, project, screenBounds, type View } from './projection'
import { areaOf, around, overlap, union, widened, type Rectangle, type Strip } from './rectangles'
import { namesInRow } from './tower-names'

/** Subjects that stand together: where all of them are out of view or tiny, they are passed over in one step. */
export interface LabelFamily {
  /** Around all of them; null: they are always looked at. */
  bounds: Bounds | null
  subjects: readonly LabelSubject[]
}

interface Family {
  bounds: Bounds | null
  entries: Entry[]
  inView: boolean
}

/** Between one label and the next. */
const APART = 2
/** A thing is named when it is at least so many pixels large, besides what is in LEAST_SHARE, ... */
const LEAST_SIZE = { tower: 0, column: 0, whole: 24, part: 36, tensor: 22 }
/** ... and when so much of it is in view, or it fills so much of the view. */
const LEAST_VISIBLE = { tower: 0.3, column: 0.1, whole: 0.35, part: 0.35, tensor: 0.2 }
const LEAST_FILLED = 0.2
/** What a model begins and ends with is small beside its blocks, and there is one of each. */
const LEAST_END = 10
/** From one name to the next in a series, such as that of the blocks: where there is less room, every second, fourth, eighth ... is named. */
const LEAST_PITCH = 28
/** ... and where their numbers are written on them. */
const LEAST_PITCH_INSIDE = 17
/** Where not even every so many of a series can be named, none is. */
const SPARSEST = 32
/** From the number of one column to the next there is at least so much besides their widths. */
const COLUMNS_APART = 4
/** Narrower columns, in pixels, are not named. */
const LEAST_COLUMN = 20
/** On a narrower block, in pixels, no number is written. */
const LEAST_BLOCK = 36
/** Who sees a block this large, in pixels, is among the columns, and not before them. */
const NEAR_BLOCK = 320
/** Where several models stand beside one another, parts and tensors are named only from nearer by: at this many times the least size. */
const AMONG_TOWERS = 5
/** So many families of a model hold no tensors. */
const LEADING = 2
/** A family is passed over when it is smaller than this, in pixels. */
const LEAST_FAMILY = 20
/** What is to be looked at is named from this size on, in pixels. */
const LEAST_SHOWN = 8
const MOST_LABELS = 120
/** A box that falls off by more pixels along an edge is taken for several smaller ones side by side, about so long each. */
const LEAST_FALL = 10
const SLICE = 100
const MOST_SLICES = 40
/** How much it matters that a box can be seen: see Obstacles. */
const STANDING_WEIGHT: Record<Standing, number> = { chosen: 4, shown: 4, lit: 4, plain: 1, receding: 0.2 }
/** What comes first, whatever its size. */
const RANK: Record<Standing, number> = { chosen: 2e6, shown: 1e6, lit: 0, plain: 0, receding: -1e6 }
/** What a label's size counts against others. */
const WEIGHT = { tower: 4, column: 40, whole: 2, part: 2, tensor: 1 }
/** How large a tower is at least taken to be, in pixels, so that the smallest one is named too. */
const SMALLEST_TOWER = 40
/** So near to a tower's foot, in pixels, something belongs to it. */
const NEAR_FEET = 40
/** On both sides of a text together. */
const PADDING = 11
/** In shares of the view's height: from nearer one sees a part and not a tower, unless there are several to be told apart. */
const LARGEST_TOWER = 1.3
const LARGEST_OF_TOWERS = 8

export class Labels {
  private readonly families = new Map<object, Family[]>()
  private font = ''
  private shown: ReadonlySet<Entry> = new Set()
  /** The blocks of each tower, or whatever else is a series there: of how many one is named. */
  private series: (readonly Entry[])[] = []
  private readonly everyOf = new Map<Entry, number>()
  /** The columns of each tower. */
  private columns: (readonly Entry[])[] = []
  /** The parts of blocks of which only numbers are written. */
  private parts: (readonly Entry[])[] = []
  private readonly tooSmall = new Set<Entry>()
  private standings: ReadonlyMap<string, Standing> = new Map()
  private hasFavourites = false
  /** Most texts of a large model occur in every block. */
  private readonly widths = new Map<string, number>()
  private readonly ruler: CanvasRenderingContext2D
  private readonly elements: LabelElements

  constructor(private readonly layer: HTMLElement) {
    layer.classList.add('stage-labels')
    this.elements = new LabelElements(layer)
    const context = document.createElement('canvas').getContext('2d')
    if (context === null) throw new Error('The browser gives no 2D canvas to measure text with.')
    this.ruler = context
  }

  /** The names of one thing on the stage (a model); an empty list when it has gone. */
  setFamilies(owner: object, families: readonly LabelFamily[]): void {
    for (const { entries } of this.families.get(owner) ?? []) entries.forEach(removeElements)
    this.shown = new Set([...this.shown].filter(({ element }) => element?.isConnected))
    this.font = getComputedStyle(this.layer).fontFamily
    if (families.length === 0) this.families.delete(owner)
    else
      this.families.set(
        owner,
        families.map(({ bounds, subjects }) => ({ bounds, inView: false, entries: subjects.map(entryFor) })),
      )
    this.findSeries()
  }

  private findSeries(): void {
    const towers = [...this.families.values()].map((families) => families.flatMap(({ entries }) => entries))
    const ofEach = (isMeant: (subject: LabelSubject) => boolean) =>
      towers.map((entries) => entries.filter(({ subject }) => isMeant(subject)))
    this.series = ofEach(({ kind, place }) => kind === 'whole' && place !== null)
    this.columns = ofEach(({ kind }) => kind === 'column')
    this.parts = ofEach(({ kind }) => kind === 'part')
  }

  /** What things are to the reader at the moment; those that are not in it are plain. */
  setStandings(standings: ReadonlyMap<string, Standing>): void {
    this.standings = standings
    this.hasFavourites = [...standings.values()].some(isFavourite)
  }

  /** Where things stand in this view; what is large enough to matter is added to the obstacles. */
  locate(view: View, obstacles: Obstacles): void {
    for (const [tower, families] of [...this.families.values()].entries()) {
      let isFar = false
      for (const [place, family] of families.entries()) {
        // First come the tower, its columns and its blocks; where only their numbers are written, nothing of them is named.
        if (place === LEADING) {
          isFar = this.areNumbersInside(tower)
          if (isFar) this.keepOffColumns(tower, obstacles)
        }
        const inView =
          family.bounds === null ||
          ((!isFar || this.isToBeSeen(family)) &&
            (screenBounds(view, family.bounds, LEAST_FAMILY) !== null || isCut(view, family.bounds)))
        if (inView) for (const entry of family.entries) this.locateEntry(entry, view, obstacles)
        else if (family.inView) for (const entry of family.entries) entry.screen = null
        family.inView = inView
      }
    }
  }

  /** Of blocks that are not looked into, no name stands on any. */
  private keepOffColumns(tower: number, obstacles: Obstacles): void {
    for (const { screen, subject } of this.columns[tower] ?? [])
      if (screen !== null) obstacles.add(screen, 'box', subject.name, 1)
  }

  /** Whether something of it is named in any case. */
  private isToBeSeen({ entries }: Family): boolean {
    return this.hasFavourites && entries.some(({ subject }) => isFavourite(this.standingOf(subject.name)))
  }

  /** Between columns there is rarely room for a name, but on every block there is some for its number. */
  private areNumbersInside(tower: number): boolean {
    const columns = this.columns[tower] ?? []
    const series = this.series[tower] ?? []
    const last = series.at(-1)
    if (series.some(({ screen, size }) => screen !== null && size >= NEAR_BLOCK)) return false
    return columns.length > 0 && last !== undefined && gutterOf(columns) < this.fullWidthOf(last)
  }

  private locateEntry(entry: Entry, view: View, obstacles: Obstacles): void {
    const { bounds, kind, name } = entry.subject
    const whole = screenBounds(view, bounds, kind === 'tower' ? 0 : 4) ?? nearOutline(view, bounds)
    entry.screen = whole === null ? null : cutTo(view, whole)
    if (whole === null || entry.screen === null) return
    if (kind === 'tensor') {
      const weight = STANDING_WEIGHT[this.standingOf(name)]
      const slices = slicesOf(view, bounds, whole)
      obstacles.add(entry.screen, slices.length > 1 ? 'outline' : 'box', name, weight)
      if (slices.length > 1) for (const slice of slices) obstacles.add(slice, 'slice', name, weight)
    }
    const area = areaOf(entry.screen)
    entry.size = kind === 'tensor' ? faceSize(view, bounds) : Math.sqrt(area)
    if (kind === 'tower') {
      entry.size = Math.max(SMALLEST_TOWER, entry.size)
      const largest = this.families.size > 1 ? LARGEST_OF_TOWERS : LARGEST_TOWER
      entry.inView = whole.top > 0 && whole.bottom - whole.top < largest * view.height
      return
    }
    entry.inView = area >= LEAST_VISIBLE[kind] * areaOf(whole) || area >= LEAST_FILLED * view.width * view.height
  }

  /** Places the labels, off what is `taken` already; returns how many are shown. `locate` comes first. `moving`: so is the camera. */
  place(
    view: View,
    obstacles: Obstacles,
    taken: readonly Rectangle[],
    rulers: readonly Strip[],
    moving: boolean,
  ): number {
    this.thinOut()
    const candidates = this.allFamilies()
      .filter(({ inView }) => inView)
      .flatMap((family) => family.entries)
      .filter((entry) => this.isWorthNaming(entry) && (entry.subject.kind !== 'tower' || this.families.size === 1))
      .sort((left, right) => this.priority(right, moving) - this.priority(left, moving))
    const placed = [...taken, ...rulers]
    const shown = new Set<Entry>()
    let content: Rectangle | null = null
    const surroundings: Surroundings = {
      view,
      placed,
      rulers,
      obstacles,
      content: () => (content ??= this.contentIn(view)),
    }
    const towers = this.placeTowers(view, taken, shown)
    placed.push(...towers.map((place) => widened(place, APART)))
    const found = new Map<Placing, Place>()
    const put = (entry: Entry, find: (placing: Placing) => Place | null) => {
      const placing = this.placing(entry)
      const place = find(placing)
      if (place === null || shown.size === MOST_LABELS) return
      placed.push(widened(place, APART))
      if (place.line !== null) placed.push(place.line)
      shown.add(entry)
      found.set(placing, place)
    }
    const isInsisted = ({ subject }: Entry) => subject.kind === 'tensor' && isFavourite(this.standingOf(subject.name))
    const insisted = candidates.filter(isInsisted)
    for (const entry of insisted) put(entry, (placing) => findPlace(placing, surroundings))
    // Smaller ones are the more hemmed in.
    for (const entry of insisted.filter((one) => !shown.has(one)).reverse())
      put(entry, (placing) => findPlaceAside(placing, surroundings))
    const others = candidates.filter((entry) => !isInsisted(entry))
    const spots = commonSpots(
      others.map((entry) => this.placing(entry)),
      surroundings,
    )
    for (const entry of others)
      put(entry, (placing) => findPlace(placing, surroundings, spots.get(entry.subject.title)))
    for (const entry of lonely(others, shown)) shown.delete(entry)
    for (const [{ entry, standing }, place] of found)
      if (shown.has(entry)) this.elements.show(entry, place, standing === 'receding', true)
    for (const entry of this.shown) if (!shown.has(entry)) this.elements.hide(entry, placed)
    this.shown = shown
    return shown.size
  }

  private placing(entry: Entry): Placing {
    return { entry, standing: this.standingOf(entry.subject.name), width: this.widthOf(entry) }
  }

  /** Several towers are named in a row under them, before all else; returns what these names take up. */
  private placeTowers(view: View, taken: readonly Rectangle[], shown: Set<Entry>): Rectangle[] {
    if (this.families.size < 2) return []
    const towers = this.allFamilies()
      .flatMap(({ entries }) => entries)
      .filter((entry) => entry.subject.kind === 'tower' && this.isWorthNaming(entry))
    const named = towers.map((entry) => {
      entry.screen = withFeet(entry.screen as Rectangle, taken)
      const count = this.measure(entry.subject.count ?? '', `400 12px ${this.font}`) + PADDING
      return { screen: entry.screen as Rectangle, width: Math.max(this.widthOf(entry), count) }
    })
    const places = namesInRow(named, view)
    for (const [index, entry] of towers.entries()) {
      const place = { ...(places[index] as Rectangle), withDetail: true, line: null }
      shown.add(entry)
      this.elements.show(entry, place, this.standingOf(entry.subject.name) === 'receding', false)
    }
    return places
  }

  /** What the boxes take up of the view. */
  private contentIn({ width, height }: View): Rectangle {
    const screens = this.allFamilies()
      .filter(({ inView }) => inView)
      .flatMap(({ entries }) =>
        entries.flatMap(({ screen, subject }) => (subject.kind === 'tensor' ? (screen ?? []) : [])),
      )
    return screens.length === 0 ? { left: 0, top: 0, right: width, bottom: height } : union(screens)
  }

  dispose(): void {
    for (const owner of [...this.families.keys()]) this.setFamilies(owner, [])
    this.layer.classList.remove('stage-labels')
  }

  private allFamilies(): Family[] {
    return [...this.families.values()].flat()
  }

  /** Of how many blocks one is named, and what of the names of blocks and columns is written; a view always has the same ones. */
  private thinOut(): void {
    this.everyOf.clear()
    this.tooSmall.clear()
    for (const [tower, series] of this.series.entries()) {
      const columns = this.columns[tower] ?? []
      const isInside = this.areNumbersInside(tower)
      const least = isInside ? LEAST_PITCH_INSIDE : LEAST_PITCH
      const pitch = Math.min(...series.map((entry, index) => fall(entry, series[index + 1])))
      const every = Number.isFinite(pitch) ? 2 ** Math.max(0, Math.ceil(Math.log2(least / pitch))) : 1
      for (const entry of series) {
        entry.wording = isInside ? 'number' : 'full'
        this.everyOf.set(entry, every)
      }
      if (isInside) for (const part of this.parts[tower] ?? []) this.tooSmall.add(part)
      this.wordColumns(columns)
    }
  }

  /** The first column has its full name before the others do. */
  private wordColumns(columns: readonly Entry[]): void {
    const pitch = pitchOf(columns)
    const widest = (width: (entry: Entry) => number) => Math.max(0, ...columns.map(width)) + COLUMNS_APART
    for (const entry of columns) entry.wording = 'number'
    const number = widest((entry) => this.widthOf(entry))
    const wording = pitch >= widest((entry) => this.fullWidthOf(entry)) ? 'full' : pitch >= number ? 'number' : 'first'
    for (const [index, entry] of columns.entries()) {
      const isFull = index === 0 && wording === 'number' && 2 * pitch >= this.fullWidthOf(entry) + number
      entry.wording = isFull ? 'full' : wording
    }
  }

  private isWorthNaming(entry: Entry): boolean {
    const {
      screen,
      inView,
      size,
      subject: { kind, name, place },
    } = entry
    if (screen === null || !inView || this.tooSmall.has(entry)) return false
    if (kind === 'column') return entry.wording !== 'first' || screen.right - screen.left >= LEAST_COLUMN
    if (entry.wording === 'number' && place !== null && screen.right - screen.left < LEAST_BLOCK) return false
    const every = this.everyOf.get(entry) ?? 1
    if (kind === 'whole' && place !== null && every > 1) return every <= SPARSEST && place % every === 0
    const standing = this.standingOf(name)
    if (standing === 'chosen') return true
    if (standing === 'shown') return size >= LEAST_SHOWN
    // Where one is: that is said, quietly, of the largest parts in any case.
    if (standing === 'receding' && kind !== 'whole') return false
    const isFar = this.families.size > 1 && place === null
    if (kind === 'whole' && place === null && !isFar) return size >= LEAST_END
    return size >= (isFar ? AMONG_TOWERS : 1) * LEAST_SIZE[kind] && size >= LEAST_SHARE[kind] * this.widthOf(entry)
  }

  private standingOf(name: string): Standing {
    return this.standings.get(name) ?? 'plain'
  }

  /** The width of its title; that of all its text is measured along with it. */
  private widthOf(entry: Entry): number {
    const { kind, title, detail } = entry.subject
    if (entry.titleWidth === null) {
      entry.titleWidth = this.measure(title, `600 ${kind === 'tensor' ? 13 : 14}px ${this.font}`) + PADDING
      const isNumbered = kind === 'column' || entry.subject.place !== null
      const besides = this.measure(detail, isNumbered ? `600 14px ${this.font}` : `400 12px ${this.font}`) + 7
      entry.fullWidth = entry.titleWidth + (detail === '' ? 0 : besides)
    }
    return entry.wording === 'first'
      ? this.measure(entry.subject.title.split('–')[0] ?? '', `600 14px ${this.font}`) + PADDING
      : entry.titleWidth
  }

  /** The width of its title with what is said besides. */
  private fullWidthOf(entry: Entry): number {
    this.widthOf(entry)
    return entry.fullWidth
  }

  private priority({ size, subject, shown }: Entry, moving: boolean): number {
    // While the camera moves, what is shown already wins over its equals, so that labels do not take turns; at rest a view always has
    // the same ones.
    return RANK[this.standingOf(subject.name)] + size * WEIGHT[subject.kind] * (moving && shown ? 1.3 : 1)
  }

  private measure(text: string, font: string): number {
    const key = `${font} ${text}`
    let width = this.widths.get(key)
    if (width === undefined) {
      this.ruler.font = font
      width = Math.ceil(this.ruler.measureText(text).width)
      this.widths.set(key, width)
    }
    return width
  }
}

/** With what stands directly under a tower: the letters at its exit. */
function withFeet(tower: Rectangle, taken: readonly Rectangle[]): Rectangle {
  const feet = taken.filter(
    ({ left, right, top }) => left < tower.right && right > tower.left && Math.abs(top - tower.bottom) < NEAR_FEET,
  )
  return { ...tower, bottom: Math.max(tower.bottom, ...feet.map(({ bottom }) => bottom)) }
}

/** From one of a series to the next one below it in the same column, in pixels. */
function fall(entry: Entry, next: Entry | undefined): number {
  if (!entry.screen || !next?.screen || next.subject.place !== (entry.subject.place as number) + 1) return Infinity
  return Math.abs(next.screen.top - entry.screen.top)
}

/** From one column that is in view to the next, in pixels, at least. */
function pitchOf(columns: readonly Entry[]): number {
  return beside(columns, (one, other) => Math.abs(other.left + other.right - one.left - one.right) / 2)
}

/** The width that is free between two columns. */
function gutterOf(columns: readonly Entry[]): number {
  return beside(columns, (one, other) => Math.max(other.left - one.right, one.left - other.right))
}

function beside(columns: readonly Entry[], measure: (one: Rectangle, other: Rectangle) => number): number {
  const screens = columns.flatMap(({ screen }) => screen ?? [])
  return Math.min(...screens.slice(1).map((other, index) => measure(screens[index] as Rectangle, other)))
}

/**
 * Whether a part of it is before the eye and a part behind: then bounds have no outline on the screen. Through a long lens, from far away, only
 * what is around the eye counts: the plane of the eye cuts half a large model there, and next to nothing of that is in view.
 */
function isCut(view: View, bounds: Bounds): boolean {
  return isCutByPlane(view, bounds) && (view.stretch <= 1 || isAround(bounds, view.eye))
}

function isAround({ min, size }: Bounds, eye: Vector): boolean {
  return eye.every((place, axis) => {
    const extent = size[axis] as number
    return place > (min[axis] as number) - extent && place < (min[axis] as number) + 2 * extent + 100
  })
}

function isCutByPlane({ eye, forward }: View, { min, size }: Bounds): boolean {
  let [nearest, farthest] = [0, 0]
  for (let axis = 0; axis < 3; axis++) {
    const along = forward[axis] as number
    const low = ((min[axis] as number) - (eye[axis] as number)) * along
    const high = low + (size[axis] as number) * along
    nearest += Math.min(low, high)
    farthest += Math.max(low, high)
  }
  return nearest <= 0 && farthest > 0
}

/** Of what is partly behind the eye. */
function nearOutline(view: View, bounds: Bounds): Rectangle | null {
  if (!isCut(view, bounds)) return null
  const points = outlineOf(view, bounds)
  const outline = points.length === 0 ? null : around(points)
  return outline !== null && overlap(outline, { left: 0, top: 0, right: view.width, bottom: view.height }) > 0
    ? outline
    : null
}

/** The size on the screen of one matrix: a slanted row looks large in its rectangle and is not. */
function faceSize(view: View, { min, size }: Bounds): number {
  const middle: Vector = [min[0] + size[0] / 2, min[1] + size[1] / 2, min[2] + size[2]]
  const { depth } = project(view, middle)
  return depth > 0 ? (Math.sqrt(size[0] * size[1]) * view.focal) / depth : 0
}

/** What a box covers of the screen: where it lies aslant, the rectangle around all of it covers much that it does not. */
function slicesOf(view: View, { min, size }: Bounds, whole: Rectangle): Rectangle[] {
  const front = (x: number, y: number) => project(view, [min[0] + x * size[0], min[1] + y * size[1], min[2] + size[2]])
  const [start, along, upwards] = [front(0, 1), front(1, 1), front(0, 0)]
  const falls = [Math.abs(along.y - start.y), Math.abs(upwards.x - start.x)]
  const axis = (falls[0] as number) > (falls[1] as number) ? 0 : 1
  const length = axis === 0 ? whole.right - whole.left : whole.bottom - whole.top
  const isAslant = (falls[axis] as number) > LEAST_FALL && start.depth > 0 && along.depth > 0 && upwards.depth > 0
  const count = isAslant ? Math.min(MOST_SLICES, Math.ceil(length / SLICE)) : 1
  if (count === 1) return []
  const step = (size[axis] as number) / count
  return Array.from({ length: count }, (_, place) => {
    const [low, extent]: [Vector, Vector] = [[...min], [...size]]
    low[axis] = (min[axis] as number) + place * step
    extent[axis] = step
    const found = screenBounds(view, { min: low, size: extent }, 0)
    return found === null ? [] : [cutTo(view, found)]
  }).flat()
}

function cutTo(view: View, { left, top, right, bottom }: Rectangle): Rectangle {
  return {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    right: Math.min(right, view.width),
    bottom: Math.min(bottom, view.height),
  }
}
