/** What a cell answers to most, as Python's why/activations.py: the texts in which its numbers, one for each position, are largest. */
import { computedInBatches } from '../formula/batch'
import { inputsOf, type Weights } from '../formula/compute'
import { offsetOf } from '../formula/interventions'
import type { Graph } from '../formula/types'

const TOGETHER = 64

export interface Activation {
  readonly tokens: readonly number[]
  /** The cell's numbers, position by position. */
  readonly values: readonly number[]
  /** Where the largest of them stands. */
  readonly position: number
}

/** Texts of one length; `index` is the cell's in axis order, whatever its position. `wait` lets others have their turn in between. */
export async function topActivations(
  graph: Graph,
  weights: Weights,
  texts: readonly (readonly number[])[],
  { tensor, index }: { tensor: string; index: readonly number[] },
  count: number,
  wait: () => Promise<void>,
): Promise<readonly Activation[]> {
  const length = texts[0]?.length ?? 0
  const computation = computedInBatches(graph, TOGETHER, weights, length)
  const time = graph.tensors.find(({ name }) => name === tensor)!.axes.indexOf('t')
  const found: Activation[] = []
  for (let start = 0; start < texts.length; start += TOGETHER) {
    const rows = Array.from({ length: TOGETHER }, (_, place) => texts[Math.min(start + place, texts.length - 1)]!)
    computation.run(inputsOf(graph.inputs, { tokens: rows.flat() }, length), [tensor])
    const [data, shape] = [computation.data(tensor)!, computation.shape(tensor)]
    for (const [row, tokens] of rows.slice(0, texts.length - start).entries()) {
      const values = Array.from(
        { length },
        (_, position) => data[offsetOf([row, ...index.map((one, axis) => (axis === time ? position : one))], shape)]!,
      )
      const position = values.reduce((best, value, place) => (value > values[best]! ? place : best), 0)
      found.push({ tokens, values, position })
    }
    await wait()
  }
  const largest = ({ values, position }: Activation): number => values[position]!
  return found.sort((one, other) => largest(other) - largest(one)).slice(0, count)
}
