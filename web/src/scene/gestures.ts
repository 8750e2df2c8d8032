/**
 * The reader's hands: mouse, pen, touch and wheel, turned into camera movements, hovering and clicking.
 *
 * One finger or the left button orbits; two fingers pan and pinch; the right or middle button, or Shift, pans; the wheel zooms.
 * A press that hardly moves is a click; a finger that stays points, as a mouse does without being pressed.
 */
import type { CameraRig } from './camera'
import type { Panes } from './panes'
import type { Point } from './pointer'

export interface GestureHandlers {
  /** An eye was given a new goal. */
  moved(rig: CameraRig): void
  /** The pointer hovers here, or has left. */
  hover(point: Point | null): void
  click(point: Point): void
  doubleClick(x: number, y: number): void
  /** The point in space that a zoom at this place goes to. */
  anchor(x: number, y: number): [number, number, number]
}

const DEGREES_PER_PIXEL = 0.3
/** A press may tremble by so many pixels and still be a click. */
const CLICK_TOLERANCE = { mouse: 4, touch: 10 }
/** A finger that has stayed for so many milliseconds points. */
const STAYS_MS = 400
const ZOOM_PER_PIXEL = 0.0016
const WHEEL_LINE_PIXELS = 16
/** The longest step of one wheel event, so that coarse wheels do not leap. */
const WHEEL_LIMIT = 240

interface Press {
  x: number
  y: number
  startX: number
  startY: number
  pans: boolean
  touch: boolean
  /** The eye through which one saw the place where it began. */
  rig: CameraRig
}

export class Gestures {
  private readonly presses = new Map<number, Press>()
  private readonly abort = new AbortController()
  /** False as soon as a press became a drag or a pinch. */
  private mayClick = false
  /** Whether the finger points, and moves nothing. */
  private points = false
  private staying: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly panes: Panes,
    private readonly handlers: GestureHandlers,
  ) {
    canvas.style.touchAction = 'none'
    const listen = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      handler: (event: HTMLElementEventMap[Name]) => void,
    ) => canvas.addEventListener(name, handler, { signal: this.abort.signal, passive: false })
    listen('pointerdown', (event) => this.down(event))
    listen('pointermove', (event) => this.move(event))
    listen('pointerup', (event) => this.up(event))
    listen('pointercancel', (event) => this.lift(event))
    listen('pointerleave', () => handlers.hover(null))
    listen('wheel', (event) => this.wheel(event))
    listen('dblclick', (event) => handlers.doubleClick(event.offsetX, event.offsetY))
    listen('contextmenu', (event) => event.preventDefault())
  }

  dispose(): void {
    clearTimeout(this.staying)
    this.abort.abort()
  }

  private down(event: PointerEvent): void {
    const touch = event.pointerType === 'touch'
    this.mayClick = this.presses.size === 0 && event.button === 0
    this.presses.set(event.pointerId, {
      x: event.offsetX,
      y: event.offsetY,
      startX: event.offsetX,
      startY: event.offsetY,
      pans: event.button !== 0 || event.shiftKey,
      touch,
      rig: this.panes.at(event.offsetX, event.offsetY).rig,
    })
    this.canvas.setPointerCapture(event.pointerId)
    if (!touch) return
    this.handlers.hover(null)
    const { offsetX: x, offsetY: y } = event
    if (this.mayClick) this.staying = setTimeout(() => this.point({ x, y, finger: true }), STAYS_MS)
  }

  private point(place: Point): void {
    if (!this.mayClick) return
    this.mayClick = false
    this.points = true
    this.handlers.hover(place)
  }

  private move(event: PointerEvent): void {
    const press = this.presses.get(event.pointerId)
    if (press === undefined || this.points) {
      const finger = event.pointerType === 'touch'
      if (!finger || this.points) this.handlers.hover({ x: event.offsetX, y: event.offsetY, finger })
      return
    }
    const tolerance = press.touch ? CLICK_TOLERANCE.touch : CLICK_TOLERANCE.mouse
    if (this.mayClick && Math.hypot(event.offsetX - press.startX, event.offsetY - press.startY) < tolerance) return
    if (this.mayClick) this.handlers.hover(null)
    this.mayClick = false
    const before = [...this.presses.values()].map(({ x, y }) => ({ x, y }))
    const across = event.offsetX - press.x
    const down = event.offsetY - press.y
    press.x = event.offsetX
    press.y = event.offsetY
    const { rig } = press
    if (this.presses.size === 2) this.pinch(rig, before, [...this.presses.values()])
    else if (press.pans) rig.pan(across, down)
    else rig.orbit(across * DEGREES_PER_PIXEL, down * DEGREES_PER_PIXEL)
    this.handlers.moved(rig)
  }

  /** Two fingers: what lies between them moves with their middle and grows with their distance. */
  private pinch(rig: CameraRig, before: { x: number; y: number }[], after: { x: number; y: number }[]): void {
    const measure = (points: { x: number; y: number }[]) => {
      const [first, second] = points as [{ x: number; y: number }, { x: number; y: number }]
      return {
        x: (first.x + second.x) / 2,
        y: (first.y + second.y) / 2,
        spread: Math.max(1, Math.hypot(first.x - second.x, first.y - second.y)),
      }
    }
    const old = measure(before)
    const now = measure(after)
    rig.pan(now.x - old.x, now.y - old.y)
    rig.zoom(old.spread / now.spread, this.handlers.anchor(now.x, now.y))
  }

  private up(event: PointerEvent): void {
    const press = this.presses.get(event.pointerId)
    const { offsetX: x, offsetY: y } = event
    if (press !== undefined && this.mayClick) this.handlers.click({ x, y, finger: press.touch })
    this.lift(event)
  }

  private lift({ pointerId }: PointerEvent): void {
    clearTimeout(this.staying)
    this.presses.delete(pointerId)
    this.mayClick = this.points = false
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault()
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : WHEEL_LINE_PIXELS
    // A pinch on a trackpad arrives as a wheel with Ctrl held, in finer steps.
    const fine = event.ctrlKey ? 5 : 1
    const amount = Math.min(WHEEL_LIMIT, Math.max(-WHEEL_LIMIT, event.deltaY * unit * fine))
    const { rig } = this.panes.at(event.offsetX, event.offsetY)
    rig.zoom(Math.exp(amount * ZOOM_PER_PIXEL), this.handlers.anchor(event.offsetX, event.offsetY))
    this.handlers.moved(rig)
  }
}
