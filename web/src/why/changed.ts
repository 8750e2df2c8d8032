/**
 * A run with changes as one without: what is changed in a tensor is written into the graph, as an op that keeps or multiplies what the
 * tensor's own op has made, as Python's why/changed.py has it, and adds what was put there. So all that is asked of a model can be asked
 * of such a run; what was put in counts as given, like a bias, and nothing is traced back behind it, nor behind a mean of other cells.
 */
import { Computation, type Weights } from '../formula/compute'
import type { Engine } from '../formula/engine'
import { hooksOf } from '../formula/interventions'
import type { Formula, Graph, GraphOp, GraphTensor } from '../formula/types'
import type { Intervention } from '../protocol/interventions'

/** What questions are asked of: a model, or a run of it with changes, whatever text is at hand. */
export type Measured = Pick<Engine, 'graph' | 'parameters' | 'values'>

export function withChanges(
  engine: Engine,
  tokens: readonly number[],
  interventions: readonly Intervention[],
): Measured {
  if (interventions.length === 0) return engine
  const question = { tokens, interventions }
  const tensors = new Map(engine.graph.tensors.map((tensor) => [tensor.name, tensor]))
  const changed = new Set(interventions.map(({ cells }) => cells.tensor))
  const values = engine.values(question)
  const parameters = new Map(engine.parameters)
  const weights = [...changed].filter((name) => parameters.has(name))
  for (const [name, numbers] of numbersOf(engine, question, weights)) {
    values.set(name, numbers)
    parameters.set(name, numbers)
  }
  const ops = engine.graph.ops.flatMap((op): GraphOp[] => {
    const tensor = tensors.get(op.output)!
    const numbers = values.get(op.output)
    if (!changed.has(op.output) || numbers === undefined) return [op]
    const names = [`${op.output} before`, `${op.output} kept`, `${op.output} put`] as const
    const [before, kept, put] = names
    const { own, shape } = madeBy(engine.graph, op, tensors, values, tokens.length)
    const factors = factorsOf(interventions, tensor, shape)
    values.set(before, own)
    values.set(kept, factors)
    values.set(
      put,
      numbers.map((number, place) => {
        const left = factors[place] === 0 ? 0 : Math.fround(factors[place]! * own[place]!)
        return number === left ? 0 : number - left
      }),
    )
    tensors.set(before, { ...tensor, name: before, residual: false })
    for (const name of [kept, put]) tensors.set(name, { ...tensor, name, kind: 'input', residual: false })
    const cellOf = (number: number): Formula => ['cell', number, [...tensor.axes]]
    const rule: Formula = ['+', ['*', cellOf(0), cellOf(1)], cellOf(2)]
    const inputs = { before, kept, put }
    return [
      { ...op, output: before },
      { ...op, kind: 'change', combine: 'single', formula: '', rule, inputs },
    ]
  })
  const graph: Graph = { ...engine.graph, tensors: [...tensors.values()], ops }
  return { graph, parameters, values: () => new Map(values) }
}

/** Weights as a question has changed them. */
function numbersOf(
  engine: Engine,
  question: Parameters<Engine['run']>[0],
  names: readonly string[],
): [string, Float32Array][] {
  const { buffer, index } = engine.run(question, names)
  return names.map((name) => {
    const { shape, offset } = index[name]!
    const length = shape.reduce((product, one) => product * one, 1)
    return [name, new Float32Array(buffer, 4 * offset, length)]
  })
}

/** What an op makes of the numbers of the run, before they are changed. */
function madeBy(
  graph: Graph,
  op: GraphOp,
  tensors: ReadonlyMap<string, GraphTensor>,
  values: Weights,
  positions: number,
): { own: Float32Array; shape: readonly number[] } {
  const read = new Map(Object.values(op.inputs).map((name) => [name, values.get(name)!]))
  const needed = new Map([...read.keys(), op.output].map((name) => [name, tensors.get(name)!]))
  const computation = new Computation({ ...graph, ops: [op] }, needed, read, positions)
  computation.run(new Map(), [op.output])
  return { own: computation.data(op.output)!.slice(), shape: computation.shape(op.output) }
}

/** How many times each cell that the op has made counts in what stands there after all changes. */
function factorsOf(
  interventions: readonly Intervention[],
  tensor: GraphTensor,
  shape: readonly number[],
): Float32Array {
  const factors = new Float32Array(shape.reduce((product, one) => product * one, 1)).fill(1)
  const scaling = interventions
    .filter(({ cells, change }) => cells.tensor === tensor.name && change.kind !== 'add')
    .map(({ cells, change }): Intervention => ({ cells, change: change.kind === 'scale' ? change : { kind: 'zero' } }))
  hooksOf(scaling, () => ({ data: factors, shape })).get(tensor.name)?.(factors, shape, tensor)
  return factors
}
