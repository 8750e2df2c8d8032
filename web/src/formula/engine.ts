/**
 * A model that computes where it is: runs, with interventions and gradients, explanations of their cells, and next tokens, from a graph,
 * its weights and tokens alone. It works in a page, in a worker and in Node alike.
 */
import type { Explanation } from '../protocol/types'
import { Computation, inputsOf, type Weights } from './compute'
import type { Operand } from './evaluation'
import { explain, given } from './explain'
import { hooksOf, offsetOf, type Taken } from './interventions'
import { choose, type Chosen, type Sampling } from './sample'
import type { Graph, GraphOp, GraphTensor, Question } from './types'

/** How many lengths of text keep their plans and arrays. */
const LENGTHS_KEPT = 8

/** The tensors of a run, one behind the other in one buffer, and where each lies: it can be handed over without copying. */
export interface RunResult {
  readonly buffer: ArrayBuffer
  readonly index: Readonly<Record<string, Placed>>
}

export interface Placed {
  readonly shape: readonly number[]
  /** In numbers, not bytes. */
  readonly offset: number
}

export interface NextResult extends Chosen {
  readonly logits: Float32Array
}

interface Current {
  readonly computation: Computation
  /** The question that it has just answered; null while it is between two. */
  question: string | null
}

export class Engine {
  private readonly tensors: ReadonlyMap<string, GraphTensor>
  private readonly makers: ReadonlyMap<string, GraphOp>
  /** By the length of the text, the one asked for last at the end. */
  private readonly computations = new Map<number, Current>()

  constructor(
    readonly graph: Graph,
    private readonly weights: Weights,
  ) {
    this.tensors = new Map(graph.tensors.map((tensor) => [tensor.name, tensor]))
    this.makers = new Map(graph.ops.map((op) => [op.output, op]))
  }

  /** Every tensor that can be computed but the weights, or those named. */
  run(question: Question, keep?: readonly string[]): RunResult {
    const computation = this.computed(question, keep)
    const names = keep ?? this.graph.tensors.filter(({ kind }) => kind !== 'weight').map(({ name }) => name)
    const found = names.flatMap((name) => {
      const data = computation.data(name)
      return data === null ? [] : [{ name, data }]
    })
    const all = new Float32Array(found.reduce((sum, { data }) => sum + data.length, 0))
    const index: Record<string, Placed> = {}
    let offset = 0
    for (const { name, data } of found) {
      all.set(data, offset)
      index[name] = { shape: computation.shape(name), offset }
      offset += data.length
    }
    return { buffer: all.buffer, index }
  }

  /** Everything that a run is computed from and has computed, by name; what was computed is in arrays of its own. */
  values(question: Question): Map<string, Float32Array> {
    const { buffer, index } = this.run(question)
    const made = Object.entries(index).map(([name, { shape, offset }]): [string, Float32Array] => [
      name,
      new Float32Array(
        buffer,
        4 * offset,
        shape.reduce((product, length) => product * length, 1),
      ),
    ])
    return new Map([...this.weights, ...made])
  }

  /** The weights alone, by name. */
  get parameters(): Weights {
    return this.weights
  }

  /** How one cell of the run comes about. */
  explain(question: Question, tensor: string, index: readonly number[]): Explanation {
    const op = this.makers.get(tensor)
    const output = this.find(tensor)
    const computation = this.computed(question, op ? [tensor, ...Object.values(op.inputs)] : [tensor])
    const value = (): number => this.operand(computation, tensor, '').data[offsetOf(index, computation.shape(tensor))]!
    if (computation.isTouched(tensor, offsetOf(index, computation.shape(tensor)))) {
      return given(output, index, value(), 'changed by hand', this.find)
    }
    if (op === undefined) {
      return given(output, index, value(), output.kind === 'weight' ? 'learned in training' : 'given', this.find)
    }
    const roles = new Map(Object.entries(op.inputs).map(([role, name]) => [name, role]))
    const operands = Object.values(op.inputs).map((name) => this.operand(computation, name, roles.get(name)!))
    return explain(op, output, index, operands, computation.sizes, this.find)
  }

  /** The token that follows: the likeliest, or one that is drawn. */
  next(question: Question, sampling: Sampling = {}): NextResult {
    const name = this.graph.outputs!.logits
    const computation = this.computed(question, [name])
    const [positions, tokens] = computation.shape(name) as [number, number]
    const logits = computation.data(name)!.slice((positions - 1) * tokens, positions * tokens)
    return { ...choose(logits, sampling, question.tokens.length), logits }
  }

  private readonly find = (name: string): GraphTensor => {
    const tensor = this.tensors.get(name)
    if (tensor === undefined) throw new Error(`this graph has no tensor ${name}`)
    return tensor
  }

  private operand(computation: Computation, tensor: string, role: string): Operand {
    const { axes, kind } = this.find(tensor)
    const data = computation.data(tensor)
    if (data === null) throw new Error(`${tensor} cannot be computed from what is given`)
    return { role, tensor, axes, isInput: kind === 'input', shape: computation.shape(tensor), data }
  }

  /** The computation whose arrays hold the answer: the last one, where nothing else was asked since. */
  private computed(question: Question, keep?: readonly string[]): Computation {
    const asked = JSON.stringify([question.tokens, question.interventions ?? [], question.targets ?? null], spelledOut)
    const current = this.current(question.tokens.length)
    const { computation } = current
    if (current.question === asked && keep?.every((name) => computation.data(name) !== null)) return computation
    const hooks = hooksOf(question.interventions ?? [], (name, tokens) => this.elsewhere(question, name, tokens))
    current.question = null
    computation.run(inputsOf(this.graph.inputs, question, question.tokens.length), keep, hooks)
    current.question = asked
    return computation
  }

  /** A tensor of another run, whose numbers are in an array of their own. */
  private elsewhere({ tokens, targets }: Question, name: string, other: readonly number[] | null): Taken {
    const question = { tokens: other ?? tokens, ...(targets && { targets }) }
    const computation = this.computed(question, [name])
    return { data: computation.data(name)!.slice(), shape: computation.shape(name) }
  }

  private current(positions: number): Current {
    const found = this.computations.get(positions)
    const current = found ?? {
      computation: new Computation(this.graph, this.tensors, this.weights, positions),
      question: null,
    }
    this.computations.delete(positions)
    this.computations.set(positions, current)
    const [oldest] = this.computations.keys()
    if (this.computations.size > LENGTHS_KEPT && oldest !== undefined) this.computations.delete(oldest)
    return current
  }
}

/** JSON has no infinities, which a cell can be set to. */
function spelledOut(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
