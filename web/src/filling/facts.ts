/**
 * What a lesson can say beside the cells of tensors, by the names that Python's lessons/facts.py gives: the letters, the answer, the
 * model's size and its accuracy. What is not known is not a number.
 */
import type { Consequence } from '../protocol/lessons'
import type { Description } from '../protocol/types'
import { MISSING } from './print'

/** What the lessons say of a model that follows from no run. */
export type Subject = Pick<
  Description,
  'name' | 'parameters' | 'context' | 'sizes' | 'training' | 'task' | 'vocabulary' | 'accuracy'
>

/** What has to be known of a moment. */
interface Moment {
  readonly lens: {
    readonly question: readonly number[]
    readonly right: readonly number[] | null
    readonly model: { readonly subject: Subject }
  }
  readonly letters: readonly string[]
  readonly tokens: readonly number[]
  /** The whole answer. */
  readonly written: readonly number[]
  readonly isCorrect: boolean
  /** The position that predicts the answer's first letter, and how many letters of the answer have been fed back in. */
  readonly answer: number
  readonly generated: number
  readonly loss: number
  /** That of the reader's own question. */
  readonly own: Moment
  /** That of a question which the changes of the step break. */
  readonly broken: Moment | null
  readonly consequence: Consequence
}

type Fact = (moment: Moment) => number | string | boolean

/** Letters with spaces between; token numbers where the model has no letters. */
function spaced({ letters }: Moment, tokens: readonly number[] | null): string {
  return tokens === null ? MISSING : tokens.map((token) => letters[token] ?? String(token)).join(' ')
}

/** What is to be said of the question that the changes of the step break. */
function ofBroken(find: (broken: Moment) => string): Fact {
  return ({ own }) => (own.broken === null ? MISSING : find(own.broken))
}

function accuracy(name: 'trained_correct' | 'trained_total' | 'heldout_correct' | 'heldout_total' | 'questions'): Fact {
  return ({ lens }) => lens.model.subject.accuracy?.[name] ?? NaN
}

/**
 * The position whose prediction is the answer's first wrong letter, as far as it has been written; where nothing is wrong, or the right
 * answer is not known, the one that predicts the first.
 */
function firstWrong({ answer, generated, lens: { right }, written }: Moment): number {
  const place = written
    .slice(0, generated + 1)
    .findIndex((token, at) => right?.[at] !== undefined && right[at] !== token)
  return answer + Math.max(0, place)
}

function training(name: string): Fact {
  return ({ lens }) => lens.model.subject.training[name] ?? NaN
}

export const FACTS: Readonly<Record<string, Fact>> = {
  letters: (moment) => spaced(moment, moment.lens.question),
  numbers: ({ lens }) => lens.question.join(' '),
  read_letters: (moment) => spaced(moment, moment.tokens),
  answer_letters: (moment) => spaced(moment, moment.written),
  right_letters: (moment) => spaced(moment, moment.lens.right),
  alphabet: ({ letters }) => letters.join(' ') || MISSING,
  correct: ({ isCorrect }) => isCorrect,
  first_wrong: firstWrong,
  length: ({ lens }) => lens.question.length,
  answer_length: ({ written }) => written.length,
  'own.letters': ({ own }) => spaced(own, own.lens.question),
  'own.answer': ({ own }) => spaced(own, own.written),
  'own.correct': ({ own }) => own.isCorrect,
  broken: ({ own }) => own.broken !== null,
  'broken.letters': ofBroken((broken) => spaced(broken, broken.lens.question)),
  'broken.answer': ofBroken((broken) => spaced(broken, broken.written)),
  'broken.right': ofBroken((broken) => spaced(broken, broken.lens.right)),
  still_right: ({ own }) => (own.lens.model.subject.task === null ? NaN : own.consequence.right),
  still_asked: ({ own }) => (own.lens.model.subject.task === null ? NaN : own.consequence.asked),
  loss: ({ loss }) => loss,
  'model.name': ({ lens }) => lens.model.subject.name,
  'model.parameters': ({ lens }) => lens.model.subject.parameters,
  'model.layers': ({ lens }) => lens.model.subject.sizes.find(({ name }) => name === 'layers')?.value ?? NaN,
  'model.context': ({ lens }) => lens.model.subject.context,
  'training.steps': training('steps'),
  'training.batch': training('batch'),
  'training.rate': training('rate'),
  'training.first_scored': ({ lens }) => (lens.model.subject.task?.length ?? NaN) - 1,
  'accuracy.trained_correct': accuracy('trained_correct'),
  'accuracy.trained_total': accuracy('trained_total'),
  'accuracy.heldout_correct': accuracy('heldout_correct'),
  'accuracy.heldout_total': accuracy('heldout_total'),
  'accuracy.questions': accuracy('questions'),
}
