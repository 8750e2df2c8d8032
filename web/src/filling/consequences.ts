/**
 * Which questions of its task a model still answers when some of its cells are changed, as Python's tasks/ablation.py finds it: every
 * question is asked once with its right answer behind it, and a few that come out wrong are answered letter by letter.
 */
import type { Engine } from '../formula/engine'
import { formatInterventions, type Intervention } from '../protocol/interventions'
import type { Consequence } from '../protocol/lessons'
import { largestOf, likeliestToken, possibleAt } from './moment'
import type { Lookup } from './tasks'

/** So many questions are looked at more closely for one that a change breaks. */
const MOST_TRIED = 20

/** Which questions are answered rightly when nothing is changed. */
const unchanged = new WeakMap<Engine, boolean[]>()

export function consequenceOf(engine: Engine, lookup: Lookup, interventions: readonly Intervention[]): Consequence {
  const { questions } = lookup
  const before = unchanged.get(engine) ?? questions.map((question) => isRight(engine, lookup, question, []))
  unchanged.set(engine, before)
  const after = questions.map((question) => isRight(engine, lookup, question, interventions))
  const broken = questions.filter((_, place) => before[place] && !after[place])
  return {
    change: formatInterventions(interventions),
    right: after.filter(Boolean).length,
    asked: questions.length,
    broken: firstBroken(engine, lookup, broken, interventions),
  }
}

/** Whether every letter of the answer is the likeliest one after the right ones before it. */
function isRight(
  engine: Engine,
  lookup: Lookup,
  question: readonly number[],
  interventions: readonly Intervention[],
): boolean {
  const answer = lookup.answer(question)
  const logits = engine.graph.outputs!.logits
  const { buffer, index } = engine.run({ tokens: [...question, ...answer.slice(0, -1)], interventions }, [logits])
  const { shape, offset } = index[logits]!
  const width = shape[1]!
  return answer.every((token, step) => {
    const row = offset + (question.length - 1 + step) * width
    return largestOf(new Float32Array(buffer, 4 * row, width)) === token
  })
}

/** The first of the questions, of those that come out wrong with a change, that the model does not write the answer to on its own. */
export function firstBroken(
  engine: Engine,
  lookup: Lookup,
  broken: readonly (readonly number[])[],
  interventions: readonly Intervention[],
): number[] | null {
  const tried = broken.slice(0, MOST_TRIED)
  const first = tried.find((question) => !isWritten(engine, lookup, question, interventions))
  return first === undefined ? null : [...first]
}

/** Whether the model writes the right answer on its own. */
function isWritten(
  engine: Engine,
  lookup: Lookup,
  question: readonly number[],
  interventions: readonly Intervention[],
): boolean {
  const tokens = [...question]
  return lookup.answer(question).every((token) => {
    const written = likeliestToken(engine, { tokens, interventions: possibleAt(interventions, engine, tokens.length) })
    tokens.push(written)
    return written === token
  })
}
