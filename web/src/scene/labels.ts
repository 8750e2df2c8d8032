/**
 * The names of things, as HTML over the canvas. Each frame the most important ones are placed where they overlap neither
 * each other nor much of what is drawn; the rest is hidden. A thing is named once it is about as large as its name,
 * and its shape is added once there is room for that too.
 */
import type { Bounds, Vector } from '../model/types'
import type { Obstacles } from './obstacles'
import { project, screenBounds, type View } from './projection'
import { areaOf, overlap, type Rectangle } from './rectangles'

export interface LabelSubject {
  name: string
  /** A whole model, a part of one, a part of such a part, or a tensor. */
  kind: 'tower' | 'whole' | 'part' | 'tensor'
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
  /** The line to a tower from a name that stands aside. */
  leader: HTMLElement | null
  /** Measured when first large enough to be named. */
  titleWidth: number | null
  fullWidth: number
  shown: boolean
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

interface Place extends Rectangle {
  withDetail: boolean
}

interface Family {
  bounds: Bounds | null
  entries: Entry[]
  inView: boolean
}

const HEIGHT = { tower: 24, whole: 22, part: 22, tensor: 20 }
const GAP = 3
/** Between one label and the next. */
const APART = 2
const EDGE = 4
/** How far a label at a side may stand off the middle. */
const ASIDE = 8
/** The height of a ruler's figures. */
const RULER = 17
/** A thing is named when its size is at least this share of its label's width ... */
const LEAST_SHARE = { tower: 0, whole: 0.3, part: 0.4, tensor: 0.32 }
/** ... and at least so many pixels. */
const LEAST_SIZE = { tower: 0, whole: 24, part: 36, tensor: 22 }
/** ... and when so much of it is in view, or it fills so much of the view. */
const LEAST_VISIBLE = { tower: 0.3, whole: 0.35, part: 0.35, tensor: 0.2 }
const LEAST_FILLED = 0.2
/** A family is passed over when it is smaller than this, in pixels. */
const LEAST_FAMILY = 20
const MOST_LABELS = 60
/** A label may cover so much of what it does not name; being near to it counts too, because it might seem to name that. */
const COVER_LIMIT = { tower: 1, whole: 0.2, part: 0.2, tensor: 0.2 }
const NEAR = 4
/** What showing the shape is worth, in units of cover. */
const DETAIL_GAIN = 0.05
/** What covering a ribbon counts, where covering a box counts 1. */
const RIBBON_WEIGHT = { tower: 0.1, whole: 0.1, part: 0.1, tensor: 0.4 }
/** What a label's size counts against others. */
const WEIGHT = { tower: 4, whole: 2, part: 2, tensor: 1 }
/** How large a tower is at least taken to be, in pixels, so that the smallest one is named too. */
const SMALLEST_TOWER = 40
/** From a tower to a name that stands aside, with a line to it, and from one such name to the next. */
const LEADER = 22
const ROW_GAP = 6
/** A name that stands closer than this needs no line. */
const LEAST_LEADER = 9
/** In shares of the view's height: from nearer one sees a part and not a tower, unless there are several to be told apart. */
const LARGEST_TOWER = 1.3
const LARGEST_OF_TOWERS = 8

export class Labels {
  private readonly families = new Map<object, Family[]>()
  private font = ''
  private shown: ReadonlySet<Entry> = new Set()
  private favourites: ReadonlySet<string> = new Set()
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
    else this.families.set(owner, families.map(({ bounds, subjects }) => ({ bounds, inView: false, entries: subjects.map(entryFor) })))
  }

  /** Tensors whose names come before all others: the selected, the hovered. */
  setFavourites(tensors: ReadonlySet<string>): void {
    this.favourites = tensors
  }

  /** Where things stand in this view; what is large enough to matter is added to the obstacles. */
  locate(view: View, obstacles: Obstacles): void {
    for (const family of this.allFamilies()) {
      const inView = family.bounds === null || screenBounds(view, family.bounds, LEAST_FAMILY) !== null || isAround(family.bounds, view.eye)
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
    if (kind === 'tensor') obstacles.add(entry.screen, 'box', name)
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
  place(view: View, obstacles: Obstacles, taken: readonly Rectangle[], moving: boolean): number {
    const candidates = this.allFamilies()
      .filter(({ inView }) => inView)
      .flatMap((family) => family.entries)
      .filter((entry) => this.isWorthNaming(entry))
      .sort((left, right) => this.priority(right, moving) - this.priority(left, moving))
    const placed = [...taken]
    const shown = new Set<Entry>()
    for (const entry of candidates) {
      if (shown.size === MOST_LABELS) break
      const place = this.findPlace(entry, placed, obstacles, view)
      if (place === null) continue
      placed.push(widened(place, APART))
      shown.add(entry)
      this.show(entry, place)
    }
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
    const { screen, inView, size, subject: { kind, name } } = entry
    if (screen === null || !inView || (size < LEAST_SIZE[kind] && !this.favourites.has(name))) return false
    return size >= LEAST_SHARE[kind] * this.widthOf(entry) || this.favourites.has(name)
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
    const favourite = this.favourites.has(subject.name) ? 1e6 : 0
    // While the camera moves, what is shown already wins over its equals, so that labels do not take turns; at rest a view always has
    // the same ones.
    return favourite + size * WEIGHT[subject.kind] * (moving && shown ? 1.3 : 1)
  }

  private findPlace(entry: Entry, placed: readonly Rectangle[], obstacles: Obstacles, view: View): Place | null {
    const titleWidth = this.widthOf(entry)
    const { subject: { kind, name }, fullWidth } = entry
    const screen = entry.screen as Rectangle
    const favourite = this.favourites.has(name)
    const withDetail = fullWidth > titleWidth && (favourite || entry.size >= LEAST_SHARE[kind] * fullWidth)
    const candidates = places(screen, titleWidth, HEIGHT[kind], kind, view).map((candidate) => ({ ...candidate, withDetail: false }))
    if (withDetail) {
      for (const { place, cost } of places(screen, fullWidth, HEIGHT[kind], kind, view)) {
        candidates.push({ place, cost: cost - DETAIL_GAIN, withDetail: true })
      }
    }
    const best = candidates
      .filter(({ place }) => placed.every((other) => overlap(place, other) === 0))
      .map((candidate) => ({ ...candidate, cover: obstacles.covered(widened(candidate.place, NEAR), name, RIBBON_WEIGHT[kind]) }))
      .filter(({ cover }) => favourite || cover <= COVER_LIMIT[kind])
      .sort((one, other) => one.cost + one.cover - other.cost - other.cover)[0]
    return best === undefined ? null : { ...best.place, withDetail: best.withDetail }
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
    if (entry.subject.kind === 'tower') this.lead(entry, place)
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

  /** Draws the line between a tower's top and its name. */
  private lead(entry: Entry, { left, top, right, bottom }: Rectangle): void {
    const screen = entry.screen as Rectangle
    const [x, y] = [(screen.left + screen.right) / 2, screen.top]
    const [fromX, fromY] = [Math.min(right, Math.max(left, x)), Math.min(bottom, Math.max(top, y))]
    const length = Math.hypot(x - fromX, y - fromY)
    const isNeeded = length >= LEAST_LEADER && this.families.size > 1
    if (!isNeeded && entry.leader === null) return
    if (entry.leader === null) {
      entry.leader = document.createElement('div')
      entry.leader.className = 'stage-leader'
      this.layer.append(entry.leader)
    }
    entry.leader.hidden = !isNeeded
    entry.leader.style.width = `${length.toFixed(1)}px`
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
    subject, element: null, leader: null, titleWidth: null, fullWidth: 0, shown: false, transform: '', place: null, screen: null, inView: false, size: 0,
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
    left: Math.max(left, 0), top: Math.max(top, 0), right: Math.min(right, view.width), bottom: Math.min(bottom, view.height),
  }
}

function widened({ left, top, right, bottom }: Rectangle, by: number): Rectangle {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by }
}

interface Candidate {
  place: Rectangle
  /** How much worse it is than the best place, in units of cover. */
  cost: number
}

/**
 * Where a label may stand. A tensor's: above it or, when that is out of view, in its top; above its ruler; at its sides; in its corner,
 * when it is large; below. A part's: at its upper left corner, above or within, then along its edges; a part of the whole rather
 * beside it. Places that reach out of the view are left out.
 */
function places(box: Rectangle, width: number, height: number, kind: LabelSubject['kind'], view: View): Candidate[] {
  const at = (left: number, top: number, cost: number): Candidate =>
    ({ place: { left, top, right: left + width, bottom: top + height }, cost })
  const within = (left: number) => Math.min(view.width - width - EDGE, Math.max(EDGE, left))
  const start = within(box.left)
  const middle = within((box.left + box.right - width) / 2)
  const level = (box.top + box.bottom - height) / 2
  const above = Math.max(EDGE, box.top - height - GAP)
  const below = box.bottom + GAP
  const before = box.left - width - GAP
  const after = box.right + GAP
  const large = box.bottom - box.top > 3 * height && box.right - box.left > 1.3 * width
  const candidates = {
    tower: [
      at(middle, above, 0), at(start, above, 0.01), at(middle, box.top - height - GAP, 0.02),
      ...[0, 1, 2, 3, 4, 5].flatMap((row) => {
        const top = Math.max(EDGE, box.top) + row * (height + ROW_GAP) + GAP
        return [at(before - LEADER, top, 0.05 + 0.02 * row), at(after + LEADER, top, 0.06 + 0.02 * row)]
      }),
      at(middle, below, 0.4),
    ],
    tensor: [
      at(middle, above, 0), at(start, above, 0.01), at(middle, above - RULER, 0.02),
      at(middle, above - 2 * RULER, 0.03), at(after, level, 0.04), at(before, level, 0.08),
      at(after, level + ASIDE, 0.05), at(after, level - ASIDE, 0.05), at(before, level + ASIDE, 0.09), at(before, level - ASIDE, 0.09),
      ...(large ? [at(start + GAP, box.top + GAP, 0.1)] : []), at(middle, below, 0.1), at(middle, below + RULER, 0.12),
    ],
    part: [
      at(start, above, 0), at(start, box.top + GAP, 0.02), at(middle, above, 0.04), at(within(box.right - width), above, 0.06),
      at(before, box.top, 0.08), at(after, box.top, 0.08), at(start, below, 0.1),
    ],
    whole: [
      at(before, box.top, 0), at(before, level, 0.02), at(start, above, 0.04), at(start, box.top + GAP, 0.06),
      at(after, box.top, 0.08), at(start, below, 0.1),
    ],
  }
  return candidates[kind].filter(({ place: { left, top, right, bottom } }) =>
    left >= EDGE && top >= EDGE && right <= view.width - EDGE && bottom <= view.height - EDGE)
}
