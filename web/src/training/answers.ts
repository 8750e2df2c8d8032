import type { Sequences } from './teaching'

/** How a question is answered: the likeliest token wherever one is asked for, read behind the right ones. */
export interface Answer {
  readonly tokens: readonly number[]
  readonly isRight: boolean
}

/** The answers to questions whose right ones are the targets; `writtenAt` is the likeliest token at a place. */
export function answersTo(
  targets: Sequences['targets'],
  writtenAt: (question: number, position: number) => number,
): Answer[] {
  return targets.map((all, question) => {
    const asked = [...all.entries()].filter(([, target]) => target >= 0)
    const tokens = asked.map(([position]) => writtenAt(question, position))
    return { tokens, isRight: asked.every(([, target], at) => tokens[at] === target) }
  })
}
