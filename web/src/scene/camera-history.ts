/**
 * Where the eye has rested, so that a move can be taken back and made again. Small moves in quick succession count as one.
 */
import type { CameraState } from '../session/camera'

const MOST = 100
/** Moves that follow one another within so many milliseconds are one move. */
const ONE_MOVE = 900

export class CameraHistory {
  private past: CameraState[] = []
  private future: CameraState[] = []
  private restedAt = -Infinity
  /** The place that was just gone back or forward to, which is no new one. */
  private expected: CameraState | null = null

  /** Forgets all that was, and begins with this place. */
  begin(state: CameraState): void {
    this.past = [state]
    this.future = []
    this.restedAt = -Infinity
  }

  /** The eye has come to rest. */
  rested(state: CameraState, now: number): void {
    const here = this.expected ?? this.past.at(-1)
    this.expected = null
    if (here !== undefined && isSame(here, state)) return
    const continues = now - this.restedAt < ONE_MOVE && this.past.length > 1
    this.restedAt = now
    if (continues) this.past.pop()
    this.past.push(state)
    if (this.past.length > MOST) this.past.shift()
    this.future = []
  }

  undo(): CameraState | null {
    const here = this.past.at(-1)
    const before = this.past.at(-2)
    if (here === undefined || before === undefined) return null
    this.past.pop()
    this.future.push(here)
    return this.leave(before)
  }

  redo(): CameraState | null {
    const next = this.future.pop()
    if (next === undefined) return null
    this.past.push(next)
    return this.leave(next)
  }

  private leave(state: CameraState): CameraState {
    this.expected = state
    this.restedAt = -Infinity
    return state
  }
}

function isSame(one: CameraState, other: CameraState): boolean {
  const near = Math.hypot(...one.target.map((value, axis) => value - (other.target[axis] as number)))
  return (
    near < 1e-3 * one.distance &&
    Math.abs(one.distance / other.distance - 1) < 1e-3 &&
    Math.abs(one.azimuth - other.azimuth) < 0.05 &&
    Math.abs(one.elevation - other.elevation) < 0.05 &&
    one.parallel === other.parallel
  )
}
