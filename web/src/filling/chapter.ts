/**
 * A chapter for what somebody has typed: filled in from what travels to the worker, with the worker's engine.
 */
import type { Engine } from '../formula/engine'
import { formatInterventions } from '../protocol/interventions'
import type { Chapter } from '../protocol/lessons'
import { consequenceOf } from './consequences'
import { filled } from './fill'
import type { Filling } from './remote'
import { Lookup } from './tasks'

/** What a change does that nobody has told is found out here, which takes a while. */
export function chapterBy(engine: Engine, { chapter, subject, question, consequences, told }: Filling): Chapter {
  const known = new Map(consequences.map((one) => [one.change, one]))
  const lookup = subject.task && new Lookup(subject.task, told)
  return filled(
    chapter,
    {
      subject,
      engine,
      lookup,
      consequence(interventions) {
        const change = formatInterventions(interventions)
        const found = known.get(change) ?? consequenceOf(engine, lookup!, interventions)
        known.set(change, found)
        return found
      },
    },
    question,
  )
}
