/**
 * How sharp the picture is: as the screen allows, but coarser on a machine that cannot keep up, for as long as things move.
 */
const MAX_PIXEL_RATIO = 2
/** After so many frames that took longer than this, the picture gets coarser until the movement ends. */
const SLOW_FRAME_MS = 60
const SLOW_FRAMES = 3
const COARSE = 0.5

export class Sharpness {
  /** The share of the full resolution that is drawn. */
  private share = 1
  private slowFrames = 0
  private movedAt: number | null = null

  /** Device pixels per CSS pixel. */
  get pixelRatio(): number {
    return Math.min(window.devicePixelRatio, MAX_PIXEL_RATIO) * this.share
  }

  /** Whether the picture is coarser than the screen allows. */
  get isCoarse(): boolean {
    return this.share < 1
  }

  /** A frame is about to be drawn. True when the pixel ratio has changed. */
  adapt(now: number, moving: boolean): boolean {
    const slow = this.movedAt !== null && now - this.movedAt > SLOW_FRAME_MS
    this.slowFrames = moving ? Math.max(0, this.slowFrames + (slow ? 1 : -1)) : 0
    this.movedAt = moving ? now : null
    const before = this.share
    if (!moving) this.share = 1
    else if (this.slowFrames >= SLOW_FRAMES) this.share = COARSE
    return this.share !== before
  }
}
