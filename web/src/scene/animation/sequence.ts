/** Animations one after another as one. */
import type { Animation } from '../scenery'

export function inSequence(parts: readonly Animation[]): Animation {
  const ends = parts.map((_, index) => parts.slice(0, index + 1).reduce((sum, { seconds }) => sum + seconds, 0))
  const seconds = ends.at(-1) as number
  return {
    seconds,
    beats: parts.flatMap((part, index) =>
      part.beats.map((beat) => ((ends[index - 1] ?? 0) + beat * part.seconds) / seconds),
    ),
    at(position) {
      const time = position * seconds
      const index = Math.max(
        0,
        ends.findIndex((end) => time < end || end === seconds),
      )
      const part = parts[index] as Animation
      return part.at(Math.min(1, (time - (ends[index - 1] ?? 0)) / part.seconds))
    },
  }
}
