/**
 * A chapter for what somebody has typed: filled in from what travels to the worker, with the worker's engine.
 */
import type { Engine } from '../formula/engine'
import { formatInterventions } from '../protocol/interventions'
import type { Chapter } from '../protocol/lessons'
import { consequenceOf } from './consequences'
import { filled } from './fill'
import type { Filling } from './remote'

/** What a change does that nobody has told is found out here, which takes a while. */
export function chapterBy(engine: Engine, { chapter, subject, question, consequences }: Filling): Chapter {
  const told = new Map(consequences.map((one) => [one.change, one]))
  return filled(
    chapter,
    {
      subject,
      engine,
      consequence(interventions) {
        const change = formatInterventions(interventions)
        const known = told.get(change) ?? consequenceOf(engine, subject.task!, interventions)
        told.set(change, known)
        return known
      },
    },
    question,
  )
}
