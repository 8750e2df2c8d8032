/**
 * What a step of the tour tells those who set the stage for it.
 */
import type { Cue, ExerciseText } from '../protocol/lessons'

/** What is told at the moment. */
export interface Telling {
  readonly cue: Cue | null
  /** What the step asks the reader to find on the stage. */
  readonly exercises: readonly ExerciseText[]
  /** Whether the stage is the tour's. */
  readonly active: boolean
  /** Whether what the step plays is over. */
  readonly isOver: boolean
  /** Shows what is told once more. */
  restage(): void
}
