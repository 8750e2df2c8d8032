/**
 * What a small model was taught: the questions on which changes are tried out, and right answers, as Python's package tasks has them. Of
 * the tasks that the page has a rule for it needs to be told nothing, unless there are many questions; of others, all of it.
 */
import type { Questions } from '../protocol/lessons'
import type { Task } from '../protocol/types'

/** Tasks with more questions are tried out on a sample, which only Python knows. */
const FEW = 4096

type Rule = (question: readonly number[]) => readonly number[]
type Asked = Pick<Task, 'name' | 'alphabet' | 'length'>

const RULES: Readonly<Record<string, Rule>> = {
  sort: (question) => [...question].sort((one, other) => one - other),
}

/** Whether the page knows all of a task by itself. */
export function isKnown(task: Asked): boolean {
  return task.name in RULES && countOf(task) <= FEW
}

/** The questions of a task with their answers. */
export class Lookup {
  /** Those on which changes are tried out: all of them in alphabetical order, or some where they are many. */
  readonly questions: readonly (readonly number[])[]
  readonly #answers: ReadonlyMap<string, readonly number[]>
  readonly #rule: Rule | undefined

  /** `told` is what Python says of a task that the page does not know. */
  constructor(
    readonly task: Asked,
    told: Questions | null,
  ) {
    this.#rule = RULES[task.name]
    this.questions = told?.asked ?? (isKnown(task) ? questionsOf(task) : [])
    this.#answers = new Map(told?.asked.map((question, number) => [String(question), told.answers[number]!]))
  }

  answer(question: readonly number[]): readonly number[] {
    const answer = this.#answers.get(String(question)) ?? this.#rule?.(question)
    if (answer === undefined) throw new Error(`nobody has told the answer to ${String(question)}`)
    return answer
  }
}

function countOf({ alphabet, length }: Asked): number {
  return alphabet.length ** length
}

/** All questions, in alphabetical order. */
function questionsOf(task: Asked): number[][] {
  const { alphabet, length } = task
  return Array.from({ length: countOf(task) }, (_, number) =>
    Array.from(
      { length },
      (_, place) => Math.floor(number / alphabet.length ** (length - 1 - place)) % alphabet.length,
    ),
  )
}
