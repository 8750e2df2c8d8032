/** What a model is taught, as it travels, and how the page goes about it. */
import type { Graph } from '../formula/types'
import type { Recipe, Sequences, Teaching as Told } from '../protocol/lessons'

export type { Recipe, Sequences } from '../protocol/lessons'

export interface Teaching extends Omit<Told, 'graph' | 'taught'> {
  readonly graph: Graph & { readonly loss: string }
  readonly taught: Sequences | Passage
  /** Of a text, which asks nothing that has a right answer. */
  readonly reading?: Reading
}

/** A text of which so many tokens are read at once, from anywhere on. */
export interface Passage {
  readonly text: readonly number[]
  readonly context: number
}

/** What a loss is measured on: some of what was read and what was held out; and what counting letters, and pairs of them, gets there. */
export interface Reading {
  readonly seen: Sequences
  readonly unseen: Sequences
  readonly single: number
  readonly pairs: number
  readonly letters: number
}

/** How many sequences there are to be drawn from. */
export function countOf(taught: Teaching['taught']): number {
  return 'text' in taught ? taught.text.length - taught.context : taught.tokens.length
}

export function sequencesOf(taught: Teaching['taught'], rows: readonly number[]): Sequences {
  if (!('text' in taught))
    return { tokens: rows.map((row) => taught.tokens[row]!), targets: rows.map((row) => taught.targets[row]!) }
  const cut = (first: number): number[][] =>
    rows.map((row) => taught.text.slice(row + first, row + first + taught.context))
  return { tokens: cut(0), targets: cut(1) }
}

/** One thread, in JavaScript, is there sooner with smaller batches and not so high a rate: measured for sorting. */
const BATCH = 16
const STEPS = 140
const RATE_SHARE = 0.625

export function inPage(recipe: Recipe): Recipe {
  if (recipe.batch <= BATCH) return recipe
  return {
    ...recipe,
    batch: BATCH,
    steps: Math.min(recipe.steps, STEPS),
    rate: recipe.rate * RATE_SHARE,
  }
}
