/**
 * A step of a training once more, with every number kept: the loss and each gradient can be opened into the terms that add up to it, and
 * the numbers in these in turn, because gradients are made by formulas as all tensors are.
 */
import { BATCH, inBatches } from '../formula/batch'
import { Computation, inputsOf } from '../formula/compute'
import type { Operand } from '../formula/evaluation'
import { explain } from '../formula/explain'
import { offsetOf } from '../formula/interventions'
import type { Graph, GraphOp, GraphTensor } from '../formula/types'
import type { Explanation } from '../protocol/types'
import type { Sequences, Teaching } from './teaching'
import type { Layout } from './training'

/** One number of the step: of which tensor, and where in it; a number of a question has that question's place in the batch in front. */
export interface Spot {
  readonly tensor: string
  readonly index: readonly number[]
}

export interface Factor extends Spot {
  readonly value: number
  /** Which question of the batch it belongs to; null where it belongs to all. */
  readonly question: number | null
  /** Whether it is made of others; what is not is a weight, or given. */
  readonly isMade: boolean
}

export interface Summand {
  /** Where what is summed over stands, such as `t=5`, and which question it is of. */
  readonly label: string
  readonly question: number | null
  readonly value: number
  readonly factors: readonly Factor[]
  /** The same in plain numbers. */
  readonly plain: string
}

/** A number, the terms that it is made of, and what is done with their sum, if anything is. */
export interface Unfolded {
  readonly value: number
  readonly title: string
  readonly summands: readonly Summand[]
  readonly combine: Explanation['combine']
  readonly steps: Explanation['steps']
  /** Whether every term is the product of its numbers. */
  readonly isProduct: boolean
}

export class Unfolding {
  readonly #computation: Computation
  readonly #tensors: ReadonlyMap<string, GraphTensor>
  readonly #makers: ReadonlyMap<string, GraphOp>
  readonly #gradients: ReadonlyMap<string | null | undefined, string>
  readonly loss: Spot

  /** `weights` are those before the step, as `layout` says; `questions`, what it learned from. */
  constructor(
    { graph }: Pick<Teaching, 'graph'>,
    layout: readonly Layout[],
    weights: Float32Array,
    questions: Sequences,
  ) {
    const batched: Graph = inBatches(graph, questions.tokens.length)
    this.#tensors = new Map(batched.tensors.map((tensor) => [tensor.name, tensor]))
    this.#makers = new Map(batched.ops.map((op) => [op.output, op]))
    this.#gradients = new Map(graph.tensors.map(({ name, gradient_of }) => [gradient_of, name]))
    this.loss = { tensor: graph.loss, index: [] }
    const numbers = new Map(layout.map(({ name, offset, length }) => [name, weights.subarray(offset, offset + length)]))
    const positions = questions.tokens[0]!.length
    const [tokens, targets] = [questions.tokens, questions.targets].map((all) => all.flat())
    this.#computation = new Computation(batched, this.#tensors, numbers, positions)
    this.#computation.run(inputsOf(graph.inputs, { tokens: tokens!, targets: targets! }, positions))
  }

  /** The gradient of a weight; null where the loss does not depend on it. */
  gradient(weight: string, index: readonly number[]): Spot | null {
    const tensor = this.#gradients.get(weight)
    return tensor === undefined ? null : { tensor, index }
  }

  value({ tensor, index }: Spot): number {
    return this.#computation.data(tensor)![offsetOf(index, this.#computation.shape(tensor))]!
  }

  unfold({ tensor, index }: Spot): Unfolded {
    const op = this.#makers.get(tensor)!
    const operands = Object.entries(op.inputs).map(([role, name]) => this.#operand(role, name))
    const find = (name: string): GraphTensor => this.#tensors.get(name)!
    const { sizes } = this.#computation
    const { terms, combine, steps } = explain(op, find(tensor), index, operands, sizes, find)
    const own = this.#questionOf(find(tensor).axes, index)
    const summands = terms.map(({ label, value, cells, plain = '' }): Summand => {
      const factors = cells.map((cell): Factor => {
        const { axes } = find(cell.tensor)
        const place = axes.map((axis) => cell.index[axis]!)
        const isMade = this.#makers.has(cell.tensor)
        return { tensor: cell.tensor, index: place, value: cell.value, question: this.#questionOf(axes, place), isMade }
      })
      const question = own ?? factors.find((factor) => factor.question !== null)?.question ?? null
      return { label: withoutBatch(label), question, value, factors, plain }
    })
    return {
      value: this.value({ tensor, index }),
      title: find(tensor).title,
      summands,
      combine,
      steps,
      isProduct: summands.every(isProduct),
    }
  }

  #questionOf(axes: readonly string[], index: readonly number[]): number | null {
    return axes[0] === BATCH ? (index[0] ?? null) : null
  }

  #operand(role: string, tensor: string): Operand {
    const { axes, kind } = this.#tensors.get(tensor)!
    const data = this.#computation.data(tensor)!
    return { role, tensor, axes, isInput: kind === 'input', shape: this.#computation.shape(tensor), data }
  }

  /** The title of a tensor, and its index without the question, as one reads it: `t=5, h=0`. */
  named({ tensor, index }: Spot): { title: string; place: string } {
    const { title, axes } = this.#tensors.get(tensor)!
    const places = axes.flatMap((axis, place) => (axis === BATCH ? [] : [`${axis}=${index[place]}`]))
    return { title, place: places.join(', ') }
  }
}

/** Products are computed in double precision there and here, in whatever order. */
const ROUNDING = 1e-9

function isProduct({ value, factors }: Summand): boolean {
  const product = factors.reduce((before, factor) => before * factor.value, 1)
  return factors.length < 2 || Math.abs(value - product) <= ROUNDING * Math.abs(product)
}

/** A label speaks of the question in words, not by the letter of the batch. */
function withoutBatch(label: string): string {
  return label
    .split(', ')
    .map((part) => part.replace(new RegExp(`(^|: )${BATCH}=\\d+$`), ''))
    .filter((part) => part !== '')
    .join(', ')
}
