/**
 * A number that is changed by dragging it sideways, or by the arrow keys: on a wide drag it goes on past the edges of its tensor's numbers.
 */
import { stepped } from '../session/altering'

export interface Dragged {
  /** The number now, and how far it goes with a pixel or a key. */
  value: () => number
  step: () => number
  /** `isLast`: it has been let go of. */
  change: (value: number, isLast: boolean) => void
}

/** So many pixels away a press becomes a drag. */
const FIRM = 3
/** With Shift it goes so many times as far. */
const FAR = 10

const KEYS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: FAR, PageDown: -FAR }

export function dragging({ value, step, change }: Dragged): (element: HTMLElement) => () => void {
  return (element) => {
    const ending = new AbortController()
    const { signal } = ending
    let drag: { x: number; from: number; step: number; isFirm: boolean; last: number } | null = null

    element.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0) return
        drag = { x: event.clientX, from: value(), step: step(), isFirm: false, last: value() }
      },
      { signal },
    )
    element.addEventListener(
      'pointermove',
      (event) => {
        if (drag === null || event.buttons === 0) return
        const pixels = event.clientX - drag.x
        if (!drag.isFirm && Math.abs(pixels) < FIRM) return
        if (!drag.isFirm) element.setPointerCapture(event.pointerId)
        drag.isFirm = true
        event.preventDefault()
        const next = stepped(drag.from, Math.round(pixels) * (event.shiftKey ? FAR : 1), drag.step)
        if (next === drag.last) return
        drag.last = next
        change(next, false)
      },
      { signal },
    )
    const end = (): void => {
      if (drag?.isFirm) change(drag.last, true)
      drag = null
    }
    for (const name of ['pointerup', 'pointercancel']) element.addEventListener(name, end, { signal })
    element.addEventListener(
      'keydown',
      (event) => {
        const steps = KEYS[event.key]
        if (steps === undefined || event.ctrlKey || event.metaKey || event.altKey) return
        event.preventDefault()
        event.stopPropagation()
        change(stepped(value(), steps * (event.shiftKey ? FAR : 1), step()), true)
      },
      { signal },
    )
    return () => ending.abort()
  }
}
