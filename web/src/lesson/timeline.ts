/**
 * Clips one after another: what is shown at a time follows from the time alone, so that it can be played forwards and backwards, at any
 * speed, and searched through.
 */
import type { Animation } from '../scene/scenery'

export interface Clip {
  readonly animation: Animation
  /** How long it is shown at usual speed; the animation is stretched to that. */
  readonly seconds: number
}

export interface Moment<Kind extends Clip> {
  clip: Kind
  /** How much of the clip has passed, from 0 to 1. */
  position: number
}

export class Timeline<Kind extends Clip> {
  readonly seconds: number
  private readonly ends: readonly number[]
  /** Times at which something is complete, in order. */
  private readonly beats: readonly number[]

  constructor(readonly clips: readonly Kind[]) {
    let end = 0
    this.ends = clips.map(({ seconds }) => (end += seconds))
    this.seconds = end
    this.beats = clips.flatMap(({ animation, seconds }, index) =>
      animation.beats.map((beat) => this.startOf(index) + beat * seconds),
    )
  }

  at(time: number): Moment<Kind> {
    const found = this.ends.findIndex((end) => time < end)
    const index = found < 0 ? this.clips.length - 1 : found
    const clip = this.clips[index] as Kind
    return { clip, position: Math.min(1, Math.max(0, (time - this.startOf(index)) / clip.seconds)) }
  }

  /** Where a clip begins. */
  startOf(index: number): number {
    return this.ends[index - 1] ?? 0
  }

  /** The next time worth stopping at; the end after the last one. */
  beatAfter(time: number): number {
    return this.beats.find((beat) => beat > time + HAIR) ?? this.seconds
  }

  beatBefore(time: number): number {
    return this.beats.findLast((beat) => beat < time - HAIR) ?? 0
  }
}

/** Times closer than this are the same. */
const HAIR = 1e-4
