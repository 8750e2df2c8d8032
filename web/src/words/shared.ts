/**
 * The words that the page shares with Python, out of src/pellucid/words: one file a language. A title, label or size that a language
 * has no entry for is said as the graph has it, in English.
 */
import english from '../../../src/pellucid/words/en.json'
import type { ErrorDetails } from './en'

export interface SharedWords {
  /** Parts, tensors, axes and ops, by their English title; `#` is any number. */
  readonly titles: Readonly<Record<string, string>>
  /** The title of a gradient, made of its tensor's. */
  readonly gradient: string
  /** What steps and terms of a cell's arithmetic are called; `#` is what a step is done with. */
  readonly labels: Readonly<Record<string, string>>
  /** Sizes that models are compared by, by their names. */
  readonly measures: Readonly<Record<string, string>>
  /** What measured answers say, with the names of their numbers in braces. */
  readonly why: Readonly<Record<string, string>>
  /** Refusals by code, with the names of their details in braces. */
  readonly errors: Readonly<Record<string, string>>
}

/** The words of a language that is only begun, and those in English that it does not say. */
export function completed(words: Partial<SharedWords>): SharedWords {
  const { titles, gradient, labels, measures, why, errors } = words
  return {
    titles: { ...english.titles, ...titles },
    gradient: gradient ?? english.gradient,
    labels: { ...english.labels, ...labels },
    measures: { ...english.measures, ...measures },
    why: { ...english.why, ...why },
    errors: { ...english.errors, ...errors },
  }
}

/** A number in a title, as in "block 2", is kept. */
export function titleIn(words: SharedWords, key: string): string {
  const number = /\d+/.exec(key)?.[0]
  const found = words.titles[key] ?? (number && words.titles[key.replace(number, '#')]?.replace('#', number))
  if (found !== undefined && found !== '') return found
  const [before = ''] = english.gradient.split('{title}')
  return key.startsWith(before) ? filled(words.gradient, { title: titleIn(words, key.slice(before.length)) }) : key
}

/** "divide", "add ε", or where a term stands: "query bias", "queries: h=0, c=3". */
export function labelIn(words: SharedWords, key: string): string {
  const [first = '', ...rest] = key.split(' ')
  const done = words.labels[key] ?? words.labels[`${first} #`]?.replace('#', rest.join(' '))
  if (done !== undefined && (rest.length > 0 || key in words.labels)) return done
  const [title = '', ...places] = key.split(': ')
  return [titleIn(words, title), ...places].join(': ')
}

export function filled(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''))
}
