/** What a model is taught, as it travels, and how the page goes about it. */
import type { Graph } from '../formula/types'
import type { Recipe, Teaching as Told } from '../protocol/lessons'

export type { Recipe, Sequences } from '../protocol/lessons'

export interface Teaching extends Omit<Told, 'graph'> {
  readonly graph: Graph & { readonly loss: string }
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
