/**
 * The exercises of a chapter: which have been answered, and whether rightly.
 */
import { SvelteMap } from 'svelte/reactivity'
import type { Tensor } from '../protocol/types'
import type { ExerciseText } from '../protocol/lessons'
import { holdsCell } from './regions'

export class Exercises {
  /** By step and number: whether the last answer was right. */
  readonly #answers = new SvelteMap<string, boolean>()

  /** Whether the last answer was right; undefined before any. */
  result(step: number, number: number): boolean | undefined {
    return this.#answers.get(`${step} ${number}`)
  }

  /** Takes a cell as an answer to those of a step that are still open, and returns what is said to it; null where none is open. */
  take(step: number, exercises: readonly ExerciseText[], tensor: Tensor, index: readonly number[]): string | null {
    const open = [...exercises.entries()].filter(([number]) => this.result(step, number) !== true)
    const right = open.find(([, { answer }]) => holdsCell(tensor, answer, index))
    const answered = right ?? open[0]
    if (answered === undefined) return null
    const [number, { hint, praise }] = answered
    this.#answers.set(`${step} ${number}`, right !== undefined)
    return right === undefined ? hint : praise
  }

  /** Another chapter begins. */
  clear(): void {
    this.#answers.clear()
  }
}
