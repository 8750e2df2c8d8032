/**
 * How sharp the picture is: as the screen allows, but less so on a machine that cannot keep up, for as long as things move.
 */
import { MAX_PIXEL_RATIO } from './context'

interface Level {
  /** Whether edges are smoothed, and cells blended where several share a pixel. */
  readonly isSmooth: boolean
  /** The share of the full resolution that is drawn. */
  readonly share: number
}

/** From the sharpest to the quickest. */
const LEVELS: readonly Level[] = [
  { isSmooth: true, share: 1 },
  { isSmooth: false, share: 1 },
  { isSmooth: false, share: 0.5 },
]

/** What takes longer on average is drawn one level quicker. A screen that shows 30 frames a second stays below it. */
const SLOW_FRAME_MS = 36
/** How much one frame counts in the average. */
const WEIGHT = 0.2
/** Where frames come as quickly as most screens show them, the next movement tries to be one level sharper. */
const QUICK_FRAME_MS = 20
/** So many frames at a level tell how quick it is. */
const ENOUGH_FRAMES = 10
/** A pause of the browser's, such as one of its memory's, is no slow frame: no frame counts as longer. */
const LONGEST_FRAME_MS = 100

export class Sharpness {
  private level = 0
  private averageMs = 0
  /** How many frames were counted at this level. */
  private frames = 0
  /** Where the next movement begins: a machine that was slow in the last one is no quicker now. */
  private start = 0
  private movedAt: number | null = null

  /** Device pixels per CSS pixel. */
  get pixelRatio(): number {
    return Math.min(window.devicePixelRatio, MAX_PIXEL_RATIO) * this.current.share
  }

  get isSmooth(): boolean {
    return this.current.isSmooth
  }

  private get current(): Level {
    return LEVELS[this.level] as Level
  }

  /** A frame is about to be drawn. True when the pixel ratio has changed. */
  adapt(now: number, moving: boolean): boolean {
    const before = this.pixelRatio
    if (!moving) this.rest()
    else if (this.movedAt === null) this.level = this.start
    else this.count(Math.min(now - this.movedAt, LONGEST_FRAME_MS))
    this.movedAt = moving ? now : null
    return this.pixelRatio !== before
  }

  private rest(): void {
    const isQuick = this.frames >= ENOUGH_FRAMES && this.averageMs < QUICK_FRAME_MS
    if (this.movedAt !== null) this.start = isQuick ? Math.max(0, this.level - 1) : this.level
    this.level = this.averageMs = this.frames = 0
  }

  private count(frameMs: number): void {
    this.frames++
    this.averageMs += WEIGHT * (frameMs - this.averageMs)
    if (this.averageMs <= SLOW_FRAME_MS || this.level === LEVELS.length - 1) return
    this.level++
    this.averageMs = this.frames = 0
  }
}
