/**
 * The names of things, as HTML over the canvas. Each frame the most important ones are placed where they overlap neither
 * each other nor much of what they do not name; the rest is hidden.
 */
import type { Bounds } from '../model/types'
import { corners, project, type View } from './camera'
import { around, overlap, type Rectangle } from './rectangles'

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
  width: number
  shown: boolean
  /** What the element's transform says. */
  transform: string
  screen: Rectangle | null
}

const HEIGHT = { group: 22, tensor: 20 }
const GAP = 3
const EDGE = 4
/** The height of a ruler's figures. */
const RULER = 17
/** Smaller than this on the screen, in pixels, a thing gets no name unless the reader points at it. */
const SMALLEST = { group: 44, tensor: 22 }
const MOST_LABELS = 60
/** A label may cover so much of itself with boxes that it does not name. */
const COVER_LIMIT = 0.25

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
    this.entries = subjects.map((subject) => ({
      subject, element: null, width: this.measure(subject, family), shown: false, transform: '', screen: null,
    }))
  }

  /** Tensors whose names come before all others: the selected, the hovered. */
  setFavourites(tensors: ReadonlySet<string>): void {
    this.favourites = tensors
  }

  /** Places the labels for a view, off what is `taken` already; returns how many are shown. */
  update(view: View, taken: readonly Rectangle[]): number {
    for (const entry of this.entries) entry.screen = screenRectangle(entry.subject.bounds, view)
    const boxes = this.entries.filter((entry) => entry.screen !== null && entry.subject.kind === 'tensor')
    const candidates = this.entries
      .filter((entry) => entry.screen !== null && this.isWorthNaming(entry))
      .sort((left, right) => this.priority(right) - this.priority(left))
    const placed: Rectangle[] = [...taken]
    const shown = new Set<Entry>()
    for (const entry of candidates) {
      if (shown.size === MOST_LABELS) break
      const place = this.findPlace(entry, placed, boxes, view)
      if (place === null) continue
      placed.push(place)
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

  private isWorthNaming(entry: Entry): boolean {
    const { left, top, right, bottom } = entry.screen as Rectangle
    const { kind, name } = entry.subject
    return this.favourites.has(name) || Math.max(right - left, bottom - top) >= SMALLEST[kind]
  }

  private priority(entry: Entry): number {
    const { left, top, right, bottom } = entry.screen as Rectangle
    const size = Math.sqrt((right - left) * (bottom - top))
    const favourite = this.favourites.has(entry.subject.name) ? 1e6 : 0
    // What is shown already wins over its equals, so that labels do not take turns while the camera moves.
    return favourite + size * (entry.subject.kind === 'group' ? 1.5 : 1) * (entry.shown ? 1.3 : 1)
  }

  private findPlace(entry: Entry, placed: readonly Rectangle[], boxes: readonly Entry[], view: View): Rectangle | null {
    const height = HEIGHT[entry.subject.kind]
    const favourite = this.favourites.has(entry.subject.name)
    for (const place of places(entry.screen as Rectangle, entry.width, height, entry.subject.kind, view)) {
      if (placed.some((other) => overlap(place, other) > 0)) continue
      if (favourite || covered(place, entry, boxes) <= COVER_LIMIT) return place
    }
    return null
  }

  private measure(subject: LabelSubject, family: string): number {
    this.ruler.font = `600 ${subject.kind === 'group' ? 14 : 13}px ${family}`
    let width = this.ruler.measureText(subject.title).width + 10
    if (subject.detail !== '') {
      this.ruler.font = `400 12px ${family}`
      width += this.ruler.measureText(subject.detail).width + 7
    }
    return Math.ceil(width)
  }

  private show(entry: Entry, place: Rectangle): void {
    entry.element ??= this.make(entry.subject)
    const transform = `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`
    if (transform !== entry.transform) {
      entry.element.style.transform = transform
      entry.transform = transform
    }
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
    element.append(title)
    if (subject.detail !== '') {
      const detail = document.createElement('span')
      detail.textContent = subject.detail
      element.append(detail)
    }
    this.layer.append(element)
    return element
  }
}

/** What the bounds cover of the screen, or null when nothing or when they reach behind the eye. */
function screenRectangle(bounds: Bounds, view: View): Rectangle | null {
  const points = corners(bounds).map((corner) => project(view, corner))
  if (points.some(({ depth }) => depth <= 0)) return null
  const { left, top, right, bottom } = around(points)
  if (right < 0 || left > view.width || bottom < 0 || top > view.height) return null
  return {
    left: Math.max(left, 0), top: Math.max(top, 0), right: Math.min(right, view.width), bottom: Math.min(bottom, view.height),
  }
}

/**
 * Where a label may stand, best first: above its box or, when that is out of view, in its top; above its ruler; at its sides; below.
 * Places that reach out of the view are left out.
 */
function* places(box: Rectangle, width: number, height: number, kind: LabelSubject['kind'], view: View): Generator<Rectangle> {
  const at = (left: number, top: number): Rectangle => ({ left, top, right: left + width, bottom: top + height })
  const fits = ({ left, top, right, bottom }: Rectangle) =>
    left >= EDGE && top >= EDGE && right <= view.width - EDGE && bottom <= view.height - EDGE
  const within = (left: number) => Math.min(view.width - width - EDGE, Math.max(EDGE, left))
  const middle = within((box.left + box.right - width) / 2)
  const level = (box.top + box.bottom - height) / 2
  const above = Math.max(EDGE, box.top - height - GAP)
  const sides = [at(box.left - width - GAP, level), at(box.right + GAP, level)]
  const candidates = kind === 'group'
    ? [sides[0] as Rectangle, at(within(box.left), above)]
    : [at(middle, above), at(middle, above - RULER), ...sides.reverse(), at(middle, box.bottom + GAP)]
  yield* candidates.filter(fits)
}

/** The share of a label that lies over other boxes than its own. */
function covered(place: Rectangle, entry: Entry, boxes: readonly Entry[]): number {
  if (entry.subject.kind === 'group') return 0
  const area = (place.right - place.left) * (place.bottom - place.top)
  let hidden = 0
  for (const box of boxes) if (box !== entry) hidden += overlap(place, box.screen as Rectangle)
  return hidden / area
}
