/**
 * What a step plays: several animations of the stage one after the other, as one.
 */
import type { Animation } from '../scene/scenery'

/** What comes later is not computed yet, what came before is. */
export function inSequence(parts: readonly Animation[]): Animation | null {
  const [only] = parts
  if (only === undefined) return null
  if (parts.length === 1) return only
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0)
  const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, part) => sum + part.seconds, 0) / seconds)
  const toCome = parts.map((part) => part.at(0).progress)
  return {
    seconds,
    beats: parts.flatMap((part, index) =>
      part.beats.map((beat) => (starts[index] as number) + (beat * part.seconds) / seconds),
    ),
    at(position) {
      const found = starts.findLastIndex((start) => start <= position)
      const index = Math.max(0, found)
      const part = parts[index] as Animation
      const scenery = part.at(Math.min(1, ((position - (starts[index] as number)) * seconds) / part.seconds))
      const progress = new Map(toCome.slice(index + 1).flatMap((later) => [...later]))
      for (const [tensor, state] of scenery.progress) progress.set(tensor, state)
      return { ...scenery, progress }
    },
  }
}
