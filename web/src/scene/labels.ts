/**
 * The names of things, as HTML over the canvas. Each frame the most important ones are placed where they overlap neither
 * each other nor much of what is drawn; the rest is hidden. A thing is named once it is about as large as its name,
 * and its shape is added once there is room for that too. What recedes is not named, and what the reader is to look at is named in any
 * case: where there is no room beside it, farther off, with a line to it.
 */
import type { Bounds, Vector } from '../protocol/types'
import { asDetailed, places, placesAside, withRulers, type Candidate, type LabelKind, type Place } from './label-places'
import type { Standing } from './looks'
import type { Obstacles } from './obstacles'
import { project, screenBounds, type View } from './projection'
import { areaOf, overlap, type Rectangle, type Strip } from './rectangles'

export interface LabelSubject {
  name: string
  kind: LabelKind
  bounds: Bounds
  title: string
  /** Axes and shape of a tensor; how large a model is. */
  detail: string
}

/** Subjects that stand together: where all of them are out of view or tiny, they are passed over in one step. */
export interface LabelFamily {
  /** Around all of them; null: they are always looked at. */
  bounds: Bounds | null
  subjects: readonly LabelSubject[]
}

interface Entry {
  subject: LabelSubject
  /** Made when first shown. */
  element: HTMLElement | null
  /** The line from a name that stands aside to what it names. */
  leader: HTMLElement | null
  /** Measured when first large enough to be named. */
  titleWidth: number | null
  fullWidth: number
  shown: boolean
  isReceding: boolean
  /** What the element's transform says. */
  transform: string
  /** Where it was last shown. */
  place: Place | null
  /** The part of the screen that it covers. */
  screen: Rectangle | null
  inView: boolean
  /** What it measures on the screen, in pixels: the root of an area. */
  size: number
}

interface Family {
  bounds: Bounds | null
  entries: Entry[]
  inView: boolean
}

const HEIGHT = { tower: 24, whole: 22, part: 22, tensor: 20 }
/** Between one label and the next. */
const APART = 2
/** A thing is named when its size is at least this share of its label's width ... */
const LEAST_SHARE = { tower: 0, whole: 0.3, part: 0.4, tensor: 0.32 }
/** ... and at least so many pixels. */
const LEAST_SIZE = { tower: 0, whole: 24, part: 36, tensor: 22 }
/** ... and when so much of it is in view, or it fills so much of the view. */
const LEAST_VISIBLE = { tower: 0.3, whole: 0.35, part: 0.35, tensor: 0.2 }
const LEAST_FILLED = 0.2
/** Of several models beside one another, parts and tensors are named only when one is nearer: at so many times the least size. */
const AMONG_TOWERS = 5
/** A family is passed over when it is smaller than this, in pixels. */
const LEAST_FAMILY = 20
/** What is to be looked at is named from this size on, in pixels. */
const LEAST_SHOWN = 8
const MOST_LABELS = 60
/** A label may cover so much of what it does not name; being near to it counts too, because it might seem to name that. */
const COVER_LIMIT = { tower: 1, whole: 0.2, part: 0.2, tensor: 0.2 }
const NEAR = 4
/** What covering a ribbon counts, where covering a box counts 1. */
const RIBBON_WEIGHT = { tower: 0.1, whole: 0.1, part: 0.1, tensor: 3 }
/** How much it matters that a box can be seen: see Obstacles. */
const STANDING_WEIGHT: Record<Standing, number> = { chosen: 4, shown: 4, lit: 4, plain: 1, receding: 0.2 }
/** What comes first, whatever its size. */
const RANK: Record<Standing, number> = { chosen: 2e6, shown: 1e6, lit: 0, plain: 0, receding: -1e6 }
/** How far a label is from its best place counts against what it covers so much. */
const COVER_COST = 2
/** Names of what recedes lie on nothing; those with a line may lie on a little more than others, and those for which there is no room on most. */
const COVER_LIMIT_OF = { receding: 0.03, aside: 0.35, pressed: 1.5 }
/** What lying on the box that it names counts, where lying on another one counts 1. */
const OWN_COVER: Record<Standing, number> = { chosen: 0.5, shown: 0.5, lit: 0.5, plain: 0.02, receding: 0 }
/** What a label's size counts against others. */
const WEIGHT = { tower: 4, whole: 2, part: 2, tensor: 1 }
/** How large a tower is at least taken to be, in pixels, so that the smallest one is named too. */
const SMALLEST_TOWER = 40
/** A tower's name that stands closer than this needs no line. */
const LEAST_LEADER = 9
/** In shares of the view's height: from nearer one sees a part and not a tower, unless there are several to be told apart. */
const LARGEST_TOWER = 1.3
const LARGEST_OF_TOWERS = 8

export class Labels {
  private readonly families = new Map<object, Family[]>()
  private font = ''
  private shown: ReadonlySet<Entry> = new Set()
  private standings: ReadonlyMap<string, Standing> = new Map()
  /** Most texts of a large model occur in every block. */
  private readonly widths = new Map<string, number>()
  private readonly ruler: CanvasRenderingContext2D

  constructor(private readonly layer: HTMLElement) {
    layer.classList.add('stage-labels')
    const context = document.createElement('canvas').getContext('2d')
    if (context === null) throw new Error('The browser gives no 2D canvas to measure text with.')
    this.ruler = context
  }

  /** The names of one thing on the stage (a model); an empty list when it has gone. */
  setFamilies(owner: object, families: readonly LabelFamily[]): void {
    for (const { entries } of this.families.get(owner) ?? []) {
      for (const { element, leader } of entries) {
        element?.remove()
        leader?.remove()
      }
    }
    this.shown = new Set([...this.shown].filter(({ element }) => element?.isConnected))
    this.font = getComputedStyle(this.layer).fontFamily
    if (families.length === 0) this.families.delete(owner)
    else
      this.families.set(
        owner,
        families.map(({ bounds, subjects }) => ({ bounds, inView: false, entries: subjects.map(entryFor) })),
      )
  }

  /** What things are to the reader at the moment; those that are not in it are plain. */
  setStandings(standings: ReadonlyMap<string, Standing>): void {
    this.standings = standings
  }

  /** Where things stand in this view; what is large enough to matter is added to the obstacles. */
  locate(view: View, obstacles: Obstacles): void {
    for (const family of this.allFamilies()) {
      const inView =
        family.bounds === null ||
        screenBounds(view, family.bounds, LEAST_FAMILY) !== null ||
        isAround(family.bounds, view.eye)
      if (inView) for (const entry of family.entries) this.locateEntry(entry, view, obstacles)
      else if (family.inView) for (const entry of family.entries) entry.screen = null
      family.inView = inView
    }
  }

  private locateEntry(entry: Entry, view: View, obstacles: Obstacles): void {
    const { bounds, kind, name } = entry.subject
    const whole = screenBounds(view, bounds, kind === 'tower' ? 0 : 4)
    entry.screen = whole === null ? null : cutTo(view, whole)
    if (whole === null || entry.screen === null) return
    if (kind === 'tensor') obstacles.add(entry.screen, 'box', name, STANDING_WEIGHT[this.standingOf(name)])
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
    const candidates = this.allFamilies()
      .filter(({ inView }) => inView)
      .flatMap((family) => family.entries)
      .filter((entry) => this.isWorthNaming(entry))
      .sort((left, right) => this.priority(right, moving) - this.priority(left, moving))
    const placed = [...taken, ...rulers]
    const shown = new Set<Entry>()
    const put = (entry: Entry, place: Place | null) => {
      if (place === null || shown.size === MOST_LABELS) return
      placed.push(widened(place, APART))
      if (place.line !== null) placed.push(place.line)
      shown.add(entry)
      this.show(entry, place)
    }
    const isInsisted = ({ subject }: Entry) => subject.kind === 'tensor' && isFavourite(this.standingOf(subject.name))
    const insisted = candidates.filter(isInsisted)
    for (const entry of insisted) put(entry, this.findPlace(entry, placed, rulers, obstacles, view))
    // Smaller ones are the more hemmed in.
    for (const entry of insisted.filter((one) => !shown.has(one)).reverse())
      put(entry, this.findPlaceAside(entry, placed, rulers, obstacles, view))
    for (const entry of candidates)
      if (!isInsisted(entry)) put(entry, this.findPlace(entry, placed, rulers, obstacles, view))
    for (const entry of this.shown) if (!shown.has(entry)) this.hide(entry, placed)
    this.shown = shown
    return shown.size
  }

  dispose(): void {
    for (const owner of [...this.families.keys()]) this.setFamilies(owner, [])
    this.layer.classList.remove('stage-labels')
  }

  private allFamilies(): Family[] {
    return [...this.families.values()].flat()
  }

  private isWorthNaming(entry: Entry): boolean {
    const {
      screen,
      inView,
      size,
      subject: { kind, name },
    } = entry
    if (screen === null || !inView) return false
    const standing = this.standingOf(name)
    if (standing === 'chosen') return true
    if (standing === 'shown') return size >= LEAST_SHOWN
    // Where one is: that is said, quietly, of the largest parts in any case.
    if (standing === 'receding' && kind !== 'whole') return false
    const least = this.families.size > 1 ? AMONG_TOWERS * LEAST_SIZE[kind] : LEAST_SIZE[kind]
    return size >= least && size >= LEAST_SHARE[kind] * this.widthOf(entry)
  }

  private standingOf(name: string): Standing {
    return this.standings.get(name) ?? 'plain'
  }

  /** Of its title; that of all its text is measured along with it. */
  private widthOf(entry: Entry): number {
    const { kind, title, detail } = entry.subject
    if (entry.titleWidth === null) {
      entry.titleWidth = this.measure(title, `600 ${kind === 'tensor' ? 13 : 14}px ${this.font}`) + 11
      entry.fullWidth = entry.titleWidth + (detail === '' ? 0 : this.measure(detail, `400 12px ${this.font}`) + 7)
    }
    return entry.titleWidth
  }

  private priority({ size, subject, shown }: Entry, moving: boolean): number {
    // While the camera moves, what is shown already wins over its equals, so that labels do not take turns; at rest a view always has
    // the same ones.
    return RANK[this.standingOf(subject.name)] + size * WEIGHT[subject.kind] * (moving && shown ? 1.3 : 1)
  }

  /** Beside what it names, or null where it would cover too much there. */
  private findPlace(
    entry: Entry,
    placed: readonly Rectangle[],
    rulers: readonly Strip[],
    obstacles: Obstacles,
    view: View,
  ): Place | null {
    const titleWidth = this.widthOf(entry)
    const {
      subject: { kind, name },
      fullWidth,
    } = entry
    const standing = this.standingOf(name)
    const screen = entry.screen as Rectangle
    const outer = withRulers(screen, rulers, name)
    const withDetail = fullWidth > titleWidth && (isFavourite(standing) || entry.size >= LEAST_SHARE[kind] * fullWidth)
    const near = places(screen, outer, titleWidth, HEIGHT[kind], kind, view)
    if (withDetail) near.push(...places(screen, outer, fullWidth, HEIGHT[kind], kind, view).map(asDetailed))
    return this.best(
      entry,
      near,
      standing === 'receding' ? COVER_LIMIT_OF.receding : COVER_LIMIT[kind],
      placed,
      obstacles,
    )
  }

  /** Farther off, with a line to it; where there is no room either, beside it, over most other things. */
  private findPlaceAside(
    entry: Entry,
    placed: readonly Rectangle[],
    rulers: readonly Strip[],
    obstacles: Obstacles,
    view: View,
  ): Place | null {
    const { kind, name } = entry.subject
    const [width, height] = [this.widthOf(entry), HEIGHT[kind]]
    const screen = entry.screen as Rectangle
    const outer = withRulers(screen, rulers, name)
    return (
      this.best(entry, placesAside(outer, width, height, view), COVER_LIMIT_OF.aside, placed, obstacles) ??
      this.best(entry, places(screen, outer, width, height, kind, view), COVER_LIMIT_OF.pressed, placed, obstacles)
    )
  }

  private best(
    entry: Entry,
    candidates: readonly Candidate[],
    limit: number,
    placed: readonly Rectangle[],
    obstacles: Obstacles,
  ): Place | null {
    const { kind, name } = entry.subject
    const screen = entry.screen as Rectangle
    const ownCover = kind === 'tensor' ? OWN_COVER[this.standingOf(name)] : 0
    let best: Place | null = null
    let least = Infinity
    for (const candidate of candidates) {
      const { line } = candidate
      if (placed.some((other) => overlap(candidate, other) > 0 || (line !== null && overlap(line, other) > 0))) continue
      const cover =
        obstacles.covered(widened(candidate, NEAR), name, RIBBON_WEIGHT[kind]) +
        (ownCover * overlap(candidate, screen)) / areaOf(candidate)
      if (cover > limit) continue
      const crossed = line === null ? 0 : obstacles.covered(line, name, RIBBON_WEIGHT[kind])
      const cost = candidate.cost + COVER_COST * cover + 0.1 * crossed
      if (cost < least) [best, least] = [candidate, cost]
    }
    return best
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

  private show(entry: Entry, place: Place): void {
    entry.element ??= this.make(entry.subject)
    const transform = `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`
    if (transform !== entry.transform) entry.element.style.transform = entry.transform = transform
    if (place.withDetail !== entry.place?.withDetail) entry.element.classList.toggle('detailed', place.withDetail)
    entry.place = place
    const isReceding = this.standingOf(entry.subject.name) === 'receding'
    if (isReceding !== entry.isReceding) entry.element.classList.toggle('receding', (entry.isReceding = isReceding))
    if (entry.subject.kind === 'tower') this.leadToTower(entry, place)
    else
      this.lead(
        entry,
        place.line === null ? null : [place.line.left + 0.5, place.line.top, place.line.left + 0.5, place.line.bottom],
      )
    if (!entry.shown) {
      entry.element.classList.remove('leaving')
      entry.element.classList.add('shown')
    }
    entry.shown = true
  }

  /** Fades out, or goes at once where another label has come: two texts must not lie on one another. */
  private hide(entry: Entry, placed: readonly Rectangle[]): void {
    const { element, place } = entry
    const gone = place === null || placed.some((other) => overlap(place, other) > 0)
    if (entry.leader !== null) entry.leader.hidden = true
    element?.classList.remove('shown')
    element?.classList.toggle('leaving', !gone)
    entry.shown = false
  }

  /** Draws the line between a tower's top and its name, where that stands off it and there are other towers. */
  private leadToTower(entry: Entry, { left, top, right, bottom }: Rectangle): void {
    const screen = entry.screen as Rectangle
    const [x, y] = [(screen.left + screen.right) / 2, screen.top]
    const [fromX, fromY] = [Math.min(right, Math.max(left, x)), Math.min(bottom, Math.max(top, y))]
    const isNeeded = Math.hypot(x - fromX, y - fromY) >= LEAST_LEADER && this.families.size > 1
    this.lead(entry, isNeeded ? [fromX, fromY, x, y] : null)
  }

  /** Draws a line from a point to another; null: none. */
  private lead(entry: Entry, line: readonly [number, number, number, number] | null): void {
    if (line === null && entry.leader === null) return
    if (entry.leader === null) {
      entry.leader = document.createElement('div')
      entry.leader.className = 'stage-leader'
      this.layer.append(entry.leader)
    }
    entry.leader.hidden = line === null
    if (line === null) return
    const [fromX, fromY, x, y] = line
    entry.leader.style.width = `${Math.hypot(x - fromX, y - fromY).toFixed(1)}px`
    entry.leader.style.transform = `translate(${fromX.toFixed(1)}px, ${fromY.toFixed(1)}px) rotate(${Math.atan2(y - fromY, x - fromX).toFixed(4)}rad)`
  }

  private make(subject: LabelSubject): HTMLElement {
    const element = document.createElement('div')
    element.className = `stage-label ${subject.kind}`
    element.dataset.name = subject.name
    const title = document.createElement('b')
    title.textContent = subject.title
    const detail = document.createElement('span')
    detail.textContent = subject.detail
    element.append(title, detail)
    this.layer.append(element)
    return element
  }
}

function entryFor(subject: LabelSubject): Entry {
  return {
    subject,
    element: null,
    leader: null,
    titleWidth: null,
    fullWidth: 0,
    shown: false,
    isReceding: false,
    transform: '',
    place: null,
    screen: null,
    inView: false,
    size: 0,
  }
}

/** Whether the eye stands within or near: then bounds have no outline on the screen. */
function isAround({ min, size }: Bounds, eye: Vector): boolean {
  return eye.every((place, axis) => {
    const extent = size[axis] as number
    return place > (min[axis] as number) - extent && place < (min[axis] as number) + 2 * extent + 100
  })
}

/** Of one matrix: a slanted row looks large in its rectangle and is not. */
function faceSize(view: View, { min, size }: Bounds): number {
  const middle: Vector = [min[0] + size[0] / 2, min[1] + size[1] / 2, min[2] + size[2]]
  const { depth } = project(view, middle)
  return depth > 0 ? (Math.sqrt(size[0] * size[1]) * view.focal) / depth : 0
}

function cutTo(view: View, { left, top, right, bottom }: Rectangle): Rectangle {
  return {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    right: Math.min(right, view.width),
    bottom: Math.min(bottom, view.height),
  }
}

function widened({ left, top, right, bottom }: Rectangle, by: number): Rectangle {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by }
}

function isFavourite(standing: Standing): boolean {
  return standing === 'chosen' || standing === 'shown'
}
