/**
 * The keys of the whole page. Fields keep their own keys, and a control that the keyboard has reached keeps Space and Enter.
 */
import { dialogs } from '../session/dialogs.svelte'
import { page } from '../session/page.svelte'

type Direction = readonly [number, number, number]

/** As one sees the box from the front: to the right, up, towards the eye. */
export const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowRight: [1, 0, 0],
  ArrowLeft: [-1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1],
}

/** Whether the keyboard has brought the focus to where it is: only then does Space belong to the control under it. */
let reachedByKeyboard = false

export function handlePointer(): void {
  reachedByKeyboard = false
}

export function handleKey(event: KeyboardEvent): void {
  if (event.key === 'Tab') reachedByKeyboard = true
  if (isSearchKey(event)) {
    event.preventDefault()
    dialogs.open = 'search'
    return
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialogs.open) return
  const target = event.target instanceof HTMLElement ? event.target : null
  if (document.querySelector(':popover-open')) return
  if (target?.matches('input:not([type="range"]), textarea, select, [contenteditable]')) {
    if (event.key === 'Escape') target.blur()
    return
  }
  const action = actionFor(event, target)
  if (action === null) return
  event.preventDefault()
  void action()
}

/** In fields too; the browser's own search box is elsewhere. */
function isSearchKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey && !shiftKey
}

function actionFor(event: KeyboardEvent, target: HTMLElement | null): (() => unknown) | null {
  const { selection } = page.inspection
  const direction = ARROWS[event.key]
  if (direction) return selection && !scrolls(target) && !target?.matches('input') ? () => page.inspection.move(direction) : null
  switch (event.key) {
    case ' ':
      if (reachedByKeyboard && target?.matches('button, summary, a, [role="button"]')) return null
      return event.shiftKey ? () => reading().previous() : () => reading().next()
    case 'Backspace':
      return () => reading().previous()
    case 'r':
    case 'R':
      if (page.playback.open) return () => page.playback.follow()
      return page.tour.active ? () => page.tour.lead() : null
    case 'Escape':
      if (selection) return () => page.inspection.close()
      return page.playback.open ? () => page.playback.close() : null
    case 'Home':
      return target?.matches('input') ? null : () => page.home() // a slider's own key
    case '[':
      return () => page.inspection.step(-1)
    case ']':
      return () => page.inspection.step(1)
    case '/':
      return () => (dialogs.open = 'search')
    case '?':
      return () => (dialogs.open = 'keys')
    default:
      return stageActionFor(event.key)
  }
}

/** Playing and looking. */
function stageActionFor(key: string): (() => unknown) | null {
  const { playback, stage } = page
  const playing: Record<string, () => unknown> = {
    ',': () => playback.step(-1),
    '.': () => playback.step(1),
    '<': () => playback.player.change(-1),
    '>': () => playback.player.change(1),
    b: () => playback.player.turn(),
  }
  const looking: Record<string, () => unknown> = {
    p: () => page.attempt(() => playback.toggle()),
    z: () => stage?.undoCamera(),
    Z: () => stage?.redoCamera(),
    o: () => page.turnLens(),
  }
  return looking[key] ?? looking[key.toLowerCase()] ?? (playback.open ? (playing[key.toLowerCase()] ?? null) : null)
}

/** What goes on and back: the tour step by step, which is to be expected first, or else the answer token by token. */
function reading(): { next(): Promise<void>; previous(): Promise<void> } {
  return page.tour.active || page.description === null ? page.tour : page.writing
}

/** Something long that the arrow keys scroll, once the keyboard is in it. */
function scrolls(target: HTMLElement | null): boolean {
  return target !== null && target.tabIndex >= 0 && target.scrollHeight > target.clientHeight + 1 && target.matches('div')
}
