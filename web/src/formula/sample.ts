/**
 * The distribution of the next token, and choosing from it, as Python's run/generate.py does: temperature divides the logits; top-k
 * keeps the k likeliest tokens; top-p the fewest whose probabilities reach p, in that order, over the full vocabulary.
 */
import { uniform } from './chance'

/** No temperature, or 0, takes the likeliest token; a top-k of 0 and a top-p of 1 cut nothing away. */
export interface Sampling {
  readonly temperature?: number | null
  readonly top_k?: number
  readonly top_p?: number
  readonly seed?: number
}

function isGreedy({ temperature }: Sampling): boolean {
  return temperature == null || temperature === 0
}

export interface Distribution {
  /** After temperature, by token. */
  readonly probabilities: Float64Array
  /** Which tokens top-k and top-p keep. */
  readonly kept: readonly boolean[]
}

export interface Chosen extends Distribution {
  readonly token: number
}

export function distribution(logits: ArrayLike<number>, sampling: Sampling): Distribution {
  const { top_k = 0, top_p = 1 } = sampling
  const temperature = isGreedy(sampling) ? 1 : sampling.temperature!
  const largest = Array.from(logits).reduce((most, one) => Math.max(most, one), -Infinity)
  // The largest is taken away first of all, so that no temperature is too low to divide by.
  const exponentials = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature))
  const total = exponentials.reduce((sum, one) => sum + one, 0)
  const probabilities = exponentials.map((one) => one / total)
  const kept = Array.from(probabilities, () => true)
  if (top_k === 0 && top_p === 1) return { probabilities, kept }
  const order = [...probabilities.keys()].sort((one, other) => probabilities[other]! - probabilities[one]!)
  if (top_k > 0) for (const token of order.slice(top_k)) kept[token] = false
  if (top_p < 1) {
    const all = order.reduce((sum, token) => sum + (kept[token] ? probabilities[token]! : 0), 0)
    let upTo = 0
    for (const token of order) {
      const share = kept[token] ? probabilities[token]! / all : 0
      upTo += share
      if (upTo - share >= top_p) kept[token] = false
    }
  }
  return { probabilities, kept }
}

/** One token from the logits of one position. `position` is the number of tokens before it, so that a text can go on anywhere. */
export function choose(logits: ArrayLike<number>, sampling: Sampling, position: number): Chosen {
  const found = distribution(logits, sampling)
  if (isGreedy(sampling)) return { ...found, token: likeliest(logits) }
  return { ...found, token: drawn(found, uniform(sampling.seed ?? 0, position)) }
}

/** The first of the largest. */
export function likeliest(logits: ArrayLike<number>): number {
  return Array.from(logits).reduce((best, logit, token) => (logit > logits[best]! ? token : best), 0)
}

/** The first token up to which the kept probabilities exceed that share of them all. */
export function drawn({ probabilities, kept }: Distribution, share: number): number {
  let upTo = 0
  const cumulative = probabilities.map((probability, token) => (upTo += kept[token] ? probability : 0))
  return cumulative.findIndex((one) => one > share * upTo)
}
