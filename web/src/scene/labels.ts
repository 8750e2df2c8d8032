/**
 * The names of things, as HTML over the canvas. Each frame the most important ones are placed where they overlap neither
 * each other nor much of what is drawn; the rest is hidden. A thing is named once it is about as large as its name,
 * and its shape is added once there is room for that too.
 */
import type { Bounds } from '../model/types'
import type { Obstacles } from './obstacles'
import { screenBounds, type View } from './projection'
import { overlap, type Rectangle } from './rectangles'

export interface LabelSubject {
  name: string
  kind: 'group' | 'tensor'
  bounds: Bounds
  title: string
  /** Axes and shape. */
  detail: string
}

interface Entry {
  subject: LabelSubject
  /** Made when first shown. */
  element: HTMLElement | null
  titleWidth: number
  fullWidth: number
  shown: boolean
  /** What the element's transform says. */
  transform: string
  withDetail: boolean
  screen: Rectangle | null
}

interface Place extends Rectangle {
  withDetail: boolean
}

const HEIGHT = { group: 22, tensor: 20 }
const GAP = 3
/** Between one label and the next. */
const APART = 2
const EDGE = 4
/** The height of a ruler's figures. */
const RULER = 17
/** A thing is named when its width, or half its height, is at least this share of its label's width ... */
const LEAST_SHARE = { group: 0.4, tensor: 0.45 }
/** ... and at least so many pixels. */
const LEAST_SIZE = { group: 36, tensor: 20 }
const MOST_LABELS = 60
/** A label may cover so much of what it does not name, if it must; this little is as good as nothing. */
const COVER_LIMIT = { group: 0.16, tensor: 0.2 }
const CLEAR = 0.04

export class Labels {
  private entries: Entry[] = []
  private favourites: ReadonlySet<string> = new Set()
  private readonly ruler: CanvasRenderingContext2D

  constructor(private readonly layer: HTMLElement) {
    layer.classList.add('stage-labels')
    const context = document.createElement('canvas').getContext('2d')
    if (context === null) throw new Error('The browser gives no 2D canvas to measure text with.')
    this.ruler = context
  }

  setSubjects(subjects: readonly LabelSubject[]): void {
    for (const entry of this.entries) entry.element?.remove()
    const family = getComputedStyle(this.layer).fontFamily
    this.entries = subjects.map((subject) => {
      const titleWidth = this.measure(subject.title, `600 ${subject.kind === 'group' ? 14 : 13}px ${family}`) + 11
      const detailWidth = subject.detail === '' ? 0 : this.measure(subject.detail, `400 12px ${family}`) + 7
      return {
        subject, element: null, titleWidth, fullWidth: titleWidth + detailWidth,
        shown: false, transform: '', withDetail: false, screen: null,
      }
    })
  }

  /** Tensors whose names come before all others: the selected, the hovered. */
  setFavourites(tensors: ReadonlySet<string>): void {
    this.favourites = tensors
  }

  /** Where things stand in this view; what is large enough to matter is added to the obstacles. */
  locate(view: View, obstacles: Obstacles): void {
    for (const entry of this.entries) {
      entry.screen = screenBounds(view, entry.subject.bounds, 4)
      if (entry.screen !== null && entry.subject.kind === 'tensor') obstacles.add(entry.screen, entry.subject.name, 1)
    }
  }

  /** Places the labels, off what is `taken` already; returns how many are shown. `locate` comes first. */
  place(view: View, obstacles: Obstacles, taken: readonly Rectangle[]): number {
    const candidates = this.entries
      .filter((entry) => this.isWorthNaming(entry))
      .sort((left, right) => this.priority(right) - this.priority(left))
    const placed = [...taken]
    const shown = new Set<Entry>()
    for (const entry of candidates) {
      if (shown.size === MOST_LABELS) break
      const place = this.findPlace(entry, placed, obstacles, view)
      if (place === null) continue
      placed.push(widened(place))
      shown.add(entry)
      this.show(entry, place)
    }
    for (const entry of this.entries) if (entry.shown && !shown.has(entry)) this.hide(entry)
    return shown.size
  }

  dispose(): void {
    this.setSubjects([])
    this.layer.classList.remove('stage-labels')
  }

  private isWorthNaming({ screen, subject: { kind, name }, titleWidth }: Entry): boolean {
    if (screen === null) return false
    return this.favourites.has(name) || sizeOf(screen) >= Math.max(LEAST_SIZE[kind], LEAST_SHARE[kind] * titleWidth)
  }

  private priority({ screen, subject, shown }: Entry): number {
    const { left, top, right, bottom } = screen as Rectangle
    const size = Math.sqrt((right - left) * (bottom - top))
    const favourite = this.favourites.has(subject.name) ? 1e6 : 0
    // What is shown already wins over its equals, so that labels do not take turns while the camera moves.
    return favourite + size * (subject.kind === 'group' ? 2 : 1) * (shown ? 1.3 : 1)
  }

  private findPlace(entry: Entry, placed: readonly Rectangle[], obstacles: Obstacles, view: View): Place | null {
    const { subject: { kind, name }, titleWidth, fullWidth } = entry
    const screen = entry.screen as Rectangle
    const favourite = this.favourites.has(name)
    const roomForDetail = fullWidth > titleWidth && (favourite || sizeOf(screen) >= LEAST_SHARE[kind] * fullWidth)
    for (const width of roomForDetail ? [fullWidth, titleWidth] : [titleWidth]) {
      const free = places(screen, width, HEIGHT[kind], kind, view)
        .filter((place) => placed.every((other) => overlap(place, other) === 0))
        .map((place) => ({ place, cover: obstacles.covered(place, name) }))
      const least = Math.max(CLEAR, Math.min(...free.map(({ cover }) => cover)))
      const best = free.find(({ cover }) => cover <= least)
      if (best !== undefined && (favourite || least <= COVER_LIMIT[kind])) {
        return { ...best.place, withDetail: width > titleWidth }
      }
    }
    return null
  }

  private measure(text: string, font: string): number {
    this.ruler.font = font
    return Math.ceil(this.ruler.measureText(text).width)
  }

  private show(entry: Entry, place: Place): void {
    entry.element ??= this.make(entry.subject)
    const transform = `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`
    if (transform !== entry.transform) entry.element.style.transform = entry.transform = transform
    if (place.withDetail !== entry.withDetail) entry.element.classList.toggle('detailed', place.withDetail)
    entry.withDetail = place.withDetail
    if (!entry.shown) entry.element.classList.add('shown')
    entry.shown = true
  }

  private hide(entry: Entry): void {
    entry.element?.classList.remove('shown')
    entry.shown = false
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

/** Names are wide and flat, so width counts for more. */
function sizeOf({ left, top, right, bottom }: Rectangle): number {
  return Math.max(right - left, (bottom - top) / 2)
}

function widened({ left, top, right, bottom }: Rectangle): Rectangle {
  return { left: left - APART, top: top - APART, right: right + APART, bottom: bottom + APART }
}

/**
 * Where a label may stand, best first. A tensor's: above it or, when that is out of view, in its top; above its ruler; at its sides;
 * below. A group's: at its upper left corner, outside, then along its edges. Places that reach out of the view are left out.
 */
function places(box: Rectangle, width: number, height: number, kind: LabelSubject['kind'], view: View): Rectangle[] {
  const at = (left: number, top: number): Rectangle => ({ left, top, right: left + width, bottom: top + height })
  const within = (left: number) => Math.min(view.width - width - EDGE, Math.max(EDGE, left))
  const middle = within((box.left + box.right - width) / 2)
  const level = (box.top + box.bottom - height) / 2
  const above = Math.max(EDGE, box.top - height - GAP)
  const before = box.left - width - GAP
  const after = box.right + GAP
  const candidates = kind === 'group'
    ? [at(within(box.left), above), at(before, box.top), at(before, level), at(middle, above), at(within(box.right - width), above),
      at(after, box.top), at(after, level), at(within(box.left), box.bottom + GAP), at(within(box.left), box.top + GAP)]
    : [at(middle, above), at(middle, above - RULER), at(after, level), at(before, level), at(middle, box.bottom + GAP),
      at(middle, box.bottom + GAP + RULER)]
  return candidates.filter(({ left, top, right, bottom }) =>
    left >= EDGE && top >= EDGE && right <= view.width - EDGE && bottom <= view.height - EDGE)
}
