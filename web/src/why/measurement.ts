/** What a question about a model is answered with, as Python's why/measurement.py has it: numbers along axes that have names. */
import type { Measured } from './changed'

export interface Measurement {
  readonly axes: readonly string[]
  /** What stands along each axis. */
  readonly labels: readonly (readonly string[])[]
  readonly values: Float64Array
  readonly about: Readonly<Record<string, number>>
}

/** A number and where it stands. */
export interface Place {
  readonly labels: readonly string[]
  readonly value: number
}

/** A token's logit at a position, or its difference from another's. */
export interface Reading {
  readonly logits: string
  readonly token: number
  readonly position: number
  readonly against: number | null
}

/** Every place with its number, in order. */
export function rows({ labels, values }: Measurement): Place[] {
  return Array.from(values, (value, at) => {
    const found: string[] = []
    let rest = at
    for (const along of labels.toReversed()) {
      found.unshift(along[rest % along.length]!)
      rest = Math.floor(rest / along.length)
    }
    return { labels: found, value }
  })
}

/** The places with the numbers furthest from 0. */
export function largest(found: Measurement, count?: number): Place[] {
  return rows(found)
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value))
    .slice(0, count)
}

/** What stands along the positions of a text: each position's number and token. */
export function positionsOf(pieces: readonly string[]): string[] {
  return pieces.map((piece, place) => `${place}:${piece}`)
}

/** What the gradient of that logit begins with, the shape of the logits; and what the logit comes to. */
export function wantedOf(
  reading: Reading,
  logits: Float32Array,
  size: number,
): { weights: Float32Array; value: number } {
  const { token, position, against } = reading
  const weights = new Float32Array(logits.length)
  weights[position * size + token] = 1
  if (against !== null) weights[position * size + against]! -= 1
  const other = against === null ? 0 : logits[position * size + against]!
  return { weights, value: logits[position * size + token]! - other }
}

/** The logit as one writes it. */
export function nameOf({ logits, token, position, against }: Reading): string {
  const one = `${logits}[t=${position},v=${token}]`
  return against === null ? one : `${one} - ${logits}[t=${position},v=${against}]`
}

export function vocabularySize({ graph }: Measured): number {
  return graph.axes['v']!.size
}
