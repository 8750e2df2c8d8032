/**
 * The reader's letters read by a model with other weights than its own: computed in the page, a moment for a small model.
 */
import { Engine } from '../formula/engine'
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Description } from '../protocol/types'
import { tensorsOf } from '../source/local'

/** What the trace says of the letters stays; its numbers are those that these weights give. */
export function rehearse({ graph }: Description, weights: ReadonlyMap<string, TensorView>, read: Trace): Trace {
  const numbers = new Map([...weights].map(([name, { data }]) => [name, data as Float32Array]))
  return { ...read, tensors: tensorsOf(new Engine(graph, numbers).run({ tokens: [...read.tokens] })) }
}
