/**
 * The keys of a page. Fields keep their own keys, and a control that the keyboard has reached keeps Space and Enter. Where several
 * pages share a document, each takes the keys that are pressed in it, and the one that owns the document those pressed outside of all.
 */
import { turnComparison } from './against'
import type { Page } from '../page.svelte'

type Direction = readonly [number, number, number]

/** Directions as one sees the box from the front: to the right, up, towards the eye. */
export const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowRight: [1, 0, 0],
  ArrowLeft: [-1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1],
}

/** What keydown says of keys that an input method takes. */
const COMPOSING = 229
/** Keys that go by the sign they write, on whatever keyboard. */
const SIGNS: ReadonlySet<string> = new Set(['[', ']', '/', '?', ',', '.', '<', '>'])

export class Keyboard {
  /** Whether it has brought the focus to where it is: only then does Space belong to the control under it. */
  #hasReached = false

  constructor(private readonly page: Page) {}

  handlePointer = (): void => {
    this.#hasReached = false
  }

  handleKey = (event: KeyboardEvent): void => {
    const { page } = this
    if (!isMeant(event, page) || isComposing(event)) return
    if (event.key === 'Tab') this.#hasReached = true
    if (isSearchKey(event)) {
      event.preventDefault()
      page.dialog = 'search'
      return
    }
    if (event.defaultPrevented || hasModifier(event) || page.dialog) return
    const target = event.target instanceof HTMLElement ? event.target : null
    if (page.target.querySelector(':popover-open')) return
    if (target?.matches('input:not([type="range"]), textarea, select, [contenteditable]')) {
      if (event.key === 'Escape') target.blur()
      return
    }
    const action = this.#actionFor(event, target)
    if (action === null) return
    event.preventDefault()
    void action()
  }

  #actionFor(event: KeyboardEvent, target: HTMLElement | null): (() => unknown) | null {
    const { page } = this
    const { selection } = page.inspection
    const direction = ARROWS[event.key]
    if (direction)
      return selection && !scrolls(target) && !target?.matches('input') ? () => page.inspection.move(direction) : null
    switch (event.key) {
      case ' ':
        if (this.#hasReached && target?.matches('button, summary, a, [role="button"]')) return null
        return event.shiftKey ? () => reading(page).previous() : () => reading(page).next()
      case 'Backspace':
        return () => reading(page).previous()
      case 'r':
      case 'R':
        if (page.playback.open) return () => page.playback.follow()
        return page.tour.active ? () => page.tour.staging.lead() : null
      case 'Escape':
        if (selection) return () => page.inspection.close()
        if (page.latest !== null) return () => endLatest(page)
        if (page.viewpoint.inset !== null) return () => page.tour.staging.apart.close()
        return page.playback.open ? () => page.playback.close() : null
      case 'Home':
        return target?.matches('input') ? null : () => page.home() // a slider's own key
      case '[':
        return () => page.inspection.step(-1)
      case ']':
        return () => page.inspection.step(1)
      case '/':
        return () => (page.dialog = 'search')
      case '?':
        return () => (page.dialog = 'keys')
      default:
        return stageActionFor(event.key, page)
    }
  }
}

/** Whether a key is this page's. */
function isMeant({ target }: Event, page: Page): boolean {
  if (target instanceof Node && page.target.contains(target)) return true
  return page.ownsDocument && !(target instanceof Element && target.closest('[data-pellucid]'))
}

/** Whether the key belongs to an input method; Safari ends the composition before it tells of the key that did so. */
export function isComposing(event: KeyboardEvent): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it in Safari
  return event.isComposing || event.keyCode === COMPOSING
}

/** Whether a key that is held gives another meaning to this one. Some keyboards write a sign with Option or AltGr: that is its key. */
function hasModifier({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return metaKey || (altKey ? !SIGNS.has(key) : ctrlKey)
}

/** In fields too; the browser's own search box is elsewhere. */
function isSearchKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey && !shiftKey
}

/** Playing and looking. */
function stageActionFor(key: string, page: Page): (() => unknown) | null {
  const { playback, viewpoint } = page
  const playing: Record<string, () => unknown> = {
    ',': () => playback.step(-1),
    '.': () => playback.step(1),
    '<': () => playback.player.change(-1),
    '>': () => playback.player.change(1),
    b: () => playback.player.turn(),
  }
  const looking: Record<string, () => unknown> = {
    p: () => page.attempt(() => playback.toggle()),
    z: () => viewpoint.stage?.framing.undo(),
    Z: () => viewpoint.stage?.framing.redo(),
    o: () => viewpoint.turnLens(),
    g: () => page.flyOut(),
    u: () => takeBack(page),
    c: () => page.attempt(() => turnComparison(page)),
    f: () => page.attempt(() => page.tour.staging.fanning.toggle()),
  }
  return looking[key] ?? looking[key.toLowerCase()] ?? (playback.open ? (playing[key.toLowerCase()] ?? null) : null)
}

/** The comparison, or what a widget of the tour or a training has put on the stage: first what was begun last. */
function endLatest({ latest, other, tour }: Page): Promise<void> {
  return latest === 'comparison' ? other.end() : tour.changing.undo()
}

/** These, or else what was changed last by hand. */
function takeBack(page: Page): Promise<void> {
  const { latest, writing } = page
  if (latest !== null) return endLatest(page)
  const last = writing.changes.at(-1)
  return last === undefined ? Promise.resolve() : writing.undo(last)
}

/** What goes on and back: the tour step by step, which is to be expected first, or else the answer token by token. */
function reading(page: Page): { next(): Promise<void>; previous(): Promise<void> } {
  return page.tour.active || page.description === null ? page.tour : page.writing
}

/** Something long that the arrow keys scroll, once the keyboard is in it. */
function scrolls(target: HTMLElement | null): boolean {
  return (
    target !== null && target.tabIndex >= 0 && target.scrollHeight > target.clientHeight + 1 && target.matches('div')
  )
}
