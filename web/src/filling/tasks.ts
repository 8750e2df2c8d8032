/**
 * What a small model was taught: the questions there are, and their right answers, as Python's package tasks has them.
 */
import type { Task } from '../protocol/types'

/** Tasks with more questions are tried out on a sample, which only Python knows. */
const FEW = 4096

const ANSWERS: Readonly<Record<string, (question: readonly number[]) => number[]>> = {
  sort: (question) => [...question].sort((one, other) => one - other),
}

/** Whether the page knows what is a right answer. */
export function isKnown(task: Pick<Task, 'name'>): boolean {
  return task.name in ANSWERS
}

export function answerOf(task: Pick<Task, 'name'>, question: readonly number[]): number[] {
  const answer = ANSWERS[task.name]
  if (answer === undefined) throw new Error(`the page does not know the task ${task.name}`)
  return answer(question)
}

/** All questions, in alphabetical order. */
export function questionsOf({ alphabet, length }: Pick<Task, 'alphabet' | 'length'>): number[][] {
  const count = alphabet.length ** length
  if (count > FEW) throw new Error(`${count} questions are too many to be asked in the page`)
  return Array.from({ length: count }, (_, number) =>
    Array.from(
      { length },
      (_, place) => Math.floor(number / alphabet.length ** (length - 1 - place)) % alphabet.length,
    ),
  )
}
