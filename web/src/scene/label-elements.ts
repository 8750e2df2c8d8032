/**
 * The elements that names are written in, and the lines that lead from them to what they name: made when first shown, moved, faded out.
 */
import type { Bounds } from '../protocol/types'
import type { LabelKind, Place } from './label-places'
import type { Side } from './label-sides'
import { overlap, type Rectangle } from './rectangles'

export interface LabelSubject {
  name: string
  kind: LabelKind
  bounds: Bounds
  title: string
  /** Axes and shape of a tensor; how large a model is; of one in a series, what stands before its number. */
  detail: string
  /** A model's: how many parameters it has, which is written under its name where there are several. */
  count?: string
  /** A tensor's: on which side its name stands, and on which where that is out of view. */
  sides: readonly Side[]
  /** A tensor's: the parts of its box that hold no numbers. */
  blanks?: readonly Bounds[]
  /** Its place in a series of parts that are alike (blocks), or in the column of it that it stands in; null: it is in none. */
  place: number | null
}

/** 'full' with the word before a number, 'number' without it, 'first' with the first number of several alone. */
export type Wording = 'full' | 'number' | 'first'

export interface Entry {
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
  /** How much of its text is written, where that depends on those beside it. */
  wording: Wording
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

/** A tower's name that stands closer than this needs no line. */
const LEAST_LEADER = 9
const SPECK = 6
/** How far from the end of such a name its line begins. */
const LEADER_INSET = 8

export function entryFor(subject: LabelSubject): Entry {
  return {
    subject,
    element: null,
    leader: null,
    titleWidth: null,
    fullWidth: 0,
    shown: false,
    isReceding: false,
    wording: 'full',
    transform: '',
    place: null,
    screen: null,
    inView: false,
    size: 0,
  }
}

/** Its subject has gone. */
export function removeElements({ element, leader }: Entry): void {
  element?.remove()
  leader?.remove()
}

export class LabelElements {
  constructor(private readonly layer: HTMLElement) {}

  /** `isAlone`: there is no other tower to be told from; otherwise the size of each is written under its name. */
  show(entry: Entry, place: Place, isReceding: boolean, isAlone: boolean): void {
    entry.element ??= this.make(entry.subject)
    const transform = `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`
    if (transform !== entry.transform) entry.element.style.transform = entry.transform = transform
    entry.element.classList.toggle('inside', entry.subject.place !== null && entry.wording === 'number')
    entry.element.classList.toggle('first', entry.wording === 'first')
    if (place.withDetail !== entry.place?.withDetail) entry.element.classList.toggle('detailed', place.withDetail)
    entry.place = place
    if (isReceding !== entry.isReceding) entry.element.classList.toggle('receding', (entry.isReceding = isReceding))
    if (entry.subject.kind === 'tower') {
      this.tell(entry.element, entry.subject, isAlone)
      this.leadToTower(entry, place, isAlone)
    } else this.lead(entry, place.line === null ? null : middleLine(place.line))
    if (!entry.shown) {
      entry.element.classList.remove('leaving')
      entry.element.classList.add('shown')
    }
    entry.shown = true
  }

  /** What is said of a tower beside its name, or among others under it. */
  private tell(element: HTMLElement, { detail, count = '' }: LabelSubject, isAlone: boolean): void {
    if (element.classList.contains('among') !== isAlone) return
    element.classList.toggle('among', !isAlone)
    const said = element.lastElementChild as HTMLElement
    said.textContent = isAlone ? detail : count
  }

  /** Fades out, or goes at once where another label has come: two texts must not lie on one another. */
  hide(entry: Entry, placed: readonly Rectangle[]): void {
    const { element, place } = entry
    const gone = place === null || placed.some((other) => overlap(place, other) > 0)
    if (entry.leader !== null) entry.leader.hidden = true
    element?.classList.remove('shown')
    element?.classList.toggle('leaving', !gone)
    entry.shown = false
  }

  /** Draws the line between a tower's foot and its name below, where there are other towers. */
  private leadToTower(entry: Entry, { left, top, right, bottom }: Rectangle, isAlone: boolean): void {
    const screen = entry.screen as Rectangle
    const [x, y] = [(screen.left + screen.right) / 2, Math.min(screen.bottom, top)]
    const [fromX, fromY] = [Math.min(right - LEADER_INSET, Math.max(left + LEADER_INSET, x)), Math.min(bottom, top)]
    const isNeeded = Math.hypot(x - fromX, y - fromY) >= LEAST_LEADER && !isAlone
    this.lead(entry, isNeeded ? [fromX, fromY, x, y] : null)
  }

  /** Draws a line from a point to another; null: none. */
  private lead(entry: Entry, line: readonly [number, number, number, number] | null): void {
    if (line === null && entry.leader === null) return
    if (entry.leader === null) {
      entry.leader = document.createElement('div')
      entry.leader.className = 'stage-leader'
      entry.leader.dataset.name = entry.subject.name
      this.layer.append(entry.leader)
    }
    entry.leader.hidden = line === null
    if (line === null) return
    entry.leader.classList.toggle('speck', isSpeck(entry))
    const [fromX, fromY, x, y] = line
    entry.leader.style.width = `${Math.hypot(x - fromX, y - fromY).toFixed(1)}px`
    entry.leader.style.transform = `translate(${fromX.toFixed(1)}px, ${fromY.toFixed(1)}px) rotate(${Math.atan2(y - fromY, x - fromX).toFixed(4)}rad)`
  }

  private make(subject: LabelSubject): HTMLElement {
    const element = document.createElement('div')
    const isNumbered = subject.place !== null || subject.kind === 'column'
    element.className = `stage-label ${subject.kind}${isNumbered ? ' numbered' : ''}`
    element.dataset.name = subject.name
    const title = document.createElement('b')
    const [first = '', rest = ''] = subject.kind === 'column' ? subject.title.split(/(?=–)/) : [subject.title]
    title.textContent = first
    if (rest !== '') title.append(Object.assign(document.createElement('i'), { textContent: rest }))
    const detail = document.createElement('span')
    detail.textContent = subject.detail
    element.append(...(isNumbered ? [detail, title] : [title, detail]))
    this.layer.append(element)
    return element
  }
}

/** Whether a tower is so small that a line to it would seem to lead nowhere. */
function isSpeck({ subject, screen }: Entry): boolean {
  return subject.kind === 'tower' && screen !== null && screen.bottom - screen.top < SPECK
}

/** Along the middle of a thin rectangle. */
function middleLine({ left, top, right, bottom }: Rectangle): [number, number, number, number] {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  return right - left > bottom - top ? [left, y, right, y] : [x, top, x, bottom]
}
