/** What a model for a text of the reader's own was taught: the text is kept with the model, and cut again when it is wanted. */
import { corpusOf, type Kind } from './corpus'
import type { Teaching } from './teaching'

/** A text, and all but that of what it takes to teach it. */
export interface Lesson {
  readonly base: Teaching
  readonly kind: Kind
  readonly text: string
  readonly context: number
}

export function teachingOf({ base, kind, text, context }: Lesson): Teaching {
  const { taught, reading } = corpusOf(kind, text, context)
  return { ...base, taught, reading }
}
