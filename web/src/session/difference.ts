/**
 * How far two runs are apart, tensor by tensor: this one less the other, cell by cell.
 */
import { indexAt } from '../formula/interventions'
import { colourScale, colouredFrom, type TensorView } from '../protocol/tensors'
import { difference } from './comparison'

/** Differences of less than this part of a tensor's own numbers are never coloured as strongly as if they were large. */
const FAINT = 1e-4

export interface Gap {
  readonly tensor: string
  /** The largest difference, with its sign, and its cell. */
  readonly largest: number
  readonly index: readonly number[]
  /** The mean of the differences, each without its sign. */
  readonly mean: number
  /** The largest, by the largest of the numbers themselves. */
  readonly share: number
}

/** Null where they do not have the same cells. */
export function differenceOf(own: TensorView, other: TensorView): TensorView | null {
  if (own.shape.join() !== other.shape.join()) return null
  const data = new Float32Array(own.data.length)
  for (let place = 0; place < data.length; place++)
    data[place] = difference(Number(other.data[place]), Number(own.data[place]))
  return colouredFrom({ shape: own.shape, data }, FAINT * colourScale(own))
}

/** What is told of a tensor's differences. */
export function gapOf(tensor: string, differences: TensorView, own: TensorView): Gap {
  const { data, shape } = differences
  let [place, size, sum] = [0, 0, 0]
  for (let at = 0; at < data.length; at++) {
    const magnitude = Math.abs(Number(data[at]))
    sum += magnitude
    if (magnitude > size) [place, size] = [at, magnitude]
  }
  return {
    tensor,
    largest: Number(data[place] ?? 0),
    index: indexAt(place, shape),
    mean: data.length === 0 ? 0 : sum / data.length,
    share: size / colourScale(own),
  }
}
