/**
 * The reader's letters read by a model with other weights than its own: computed in the page, a moment for a small model.
 */
import { Engine } from '../formula/engine'
import { parseInterventions } from '../protocol/interventions'
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Description } from '../protocol/types'
import { tensorsOf, tokenOf } from '../source/local'
import type { Question, Source } from '../source/source'

/** What the trace says of the letters stays; its numbers are those that these weights give. */
export function rehearse({ graph }: Description, weights: ReadonlyMap<string, TensorView>, read: Trace): Trace {
  const numbers = new Map([...weights].map(([name, { data }]) => [name, data as Float32Array]))
  return { ...read, tensors: tensorsOf(new Engine(graph, numbers).run({ tokens: [...read.tokens] })) }
}

/** Whoever answers with other weights than the model's, and with what is changed besides: of the runs of a page, a source. */
export function rehearsing(
  description: Description,
  weights: ReadonlyMap<string, TensorView>,
): Pick<Source, 'run' | 'next' | 'numbers'> {
  const { graph, vocabulary } = description
  const numbers = new Map([...weights].map(([name, { data }]) => [name, data as Float32Array]))
  const engine = new Engine(graph, numbers)
  const known = new Map(graph.tensors.map((tensor) => [tensor.name, tensor]))
  const asked = ({ prompt, change }: Question) => ({
    tokens: prompt as readonly number[],
    interventions: parseInterventions(change, (name) => known.get(name)) ?? [],
  })
  const run = (question: Question): Trace => {
    const { tokens } = asked(question)
    const pieces = tokens.map((token) => vocabulary?.[token] ?? String(token))
    return { tokens, pieces, tensors: tensorsOf(engine.run(asked(question))) }
  }
  return {
    run: (question) => Promise.resolve(run(question)),
    next: (question) => Promise.resolve(tokenOf(engine.next(asked(question)), asked(question).tokens, description)),
    numbers: (_model, tensor, question) =>
      Promise.resolve((weights.get(tensor) ?? (question && run(question).tensors.get(tensor))) as TensorView),
  }
}
