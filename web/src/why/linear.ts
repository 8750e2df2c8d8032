/**
 * A pass as a linear one, as Python's why/linear.py has it: with attention patterns, deviations and gates held as they were, every logit
 * is a sum over what heads and MLPs write to the residual stream, and over what these read from it in turn.
 */
import { Computation } from '../formula/compute'
import type { Measured } from './changed'
import { cells, isReduction, walk } from '../formula/nodes'
import type { Formula, Graph, GraphOp, GraphTensor } from '../formula/types'
import { backward, gradientOf, opOf, readBy, slopes, withGradients } from './backward'

/** The kind of op by which something joins the residual stream. */
const ADDITION = 'add'
const HEADS = 'h'
const TIME = 't'

/**
 * What adds itself to the residual stream: its tensor, and what that is a linear map of, in parts that can be told apart: heads, or
 * channels of an MLP. A writer without parts stands for itself.
 */
export interface Writer {
  readonly tensor: GraphTensor
  readonly op: GraphOp | null
  readonly inner: GraphTensor
  readonly part: string | null
  readonly parts: number
}

/** There is no residual stream that a page could tell apart. */
export class NoStream extends Error {}

export class LinearPass {
  readonly graph: Graph
  readonly values: Map<string, Float32Array>
  readonly tensors: Map<string, GraphTensor>
  readonly writers: readonly Writer[]
  private readonly ops: readonly GraphOp[]
  private readonly constants = new Map<string, Float32Array>()
  private readonly inwards = new Map<string, Computation>()

  constructor(
    engine: Measured,
    readonly tokens: readonly number[],
  ) {
    this.graph = engine.graph
    this.values = engine.values({ tokens })
    this.tensors = withGradients(engine.graph)
    this.ops = this.linearised()
    this.writers = this.writersOf()
    if (this.writers.length === 0) throw new NoStream('this model adds nothing to a residual stream')
  }

  get length(): number {
    return this.tokens.length
  }

  /** Computes with these ops, from everything that the run knows but what is left out. */
  computation(ops: readonly GraphOp[], without: string): Computation {
    const known = new Map([...this.values].filter(([name]) => name !== without))
    return new Computation({ ...this.graph, ops }, this.tensors, known, this.length)
  }

  /** What varies with the text and is linear, up to the logits; gates are added to the values on the way. */
  private linearised(): GraphOp[] {
    const varying = new Set<string>()
    return ancestors(this.graph, this.graph.outputs!.logits).flatMap((op) => {
      const operands = Object.values(op.inputs)
      const read = operands.filter((name) => varying.has(name))
      const isFixed = (name: string): boolean => ['weight', 'input'].includes(this.tensors.get(name)!.kind)
      if (read.length === 0) {
        // Where a text enters: its rows of a table.
        if (operands.every(isFixed) && this.tensors.get(op.output)!.kind === 'activation') varying.add(op.output)
        return []
      }
      if (this.isLinear(op, read)) {
        varying.add(op.output)
        return [op]
      }
      const bent = this.bends(op, [...new Set(read)])
      if (bent === null) return []
      varying.add(op.output)
      return [this.gated(op, bent)]
    })
  }

  /** Whether the output is a sum of multiples of what varies, and of a constant. */
  private isLinear(op: GraphOp, read: readonly string[]): boolean {
    const found = slopesOrNone(op, this.tensors)
    if (found === null) return false
    const names = readBy(op)
    const moved = new Set([op.output, ...read])
    return read.every(
      (name) => found.has(name) && cells(found.get(name)!).every(([, operand]) => !moved.has(names[operand]!)),
    )
  }

  /** The operand that the op bends number by number, as activation functions do; null where it does something else. */
  private bends({ rule, output }: GraphOp, read: readonly string[]): GraphTensor | null {
    if (read.length !== 1 || walk(rule).some(isReduction)) return null
    const [operand, made] = [this.tensors.get(read[0]!)!, this.tensors.get(output)!]
    const isSame = (axes: readonly unknown[]): boolean => String(axes) === String(operand.axes)
    const isOwn = isSame(made.axes) && made.kind === 'activation'
    return isOwn && cells(rule).every(([, , indices]) => isSame(indices)) ? operand : null
  }

  /** The same numbers as a product of the operand and a gate. */
  private gated(op: GraphOp, operand: GraphTensor): GraphOp {
    const name = `${op.output}.gate`
    const [before, after] = [this.values.get(operand.name)!, this.values.get(op.output)!]
    this.values.set(
      name,
      after.map((number, place) => (before[place] === 0 ? 0 : number / before[place]!)),
    )
    this.tensors.set(name, { ...operand, name, kind: 'input' })
    const [own, gate] = [0, 1].map((number): Formula => ['cell', number, [...operand.axes]])
    return { ...opOf(op.output, ['*', own!, gate!], [operand.name, name]), kind: 'gate' }
  }

  /** Who adds to the residual stream, in order. */
  private writersOf(): Writer[] {
    const makers = new Map(this.ops.map((op) => [op.output, op]))
    return this.ops.flatMap(({ kind, inputs, output }) => {
      if (kind !== ADDITION || this.tensors.get(output)!.residual !== true) return []
      const added = Object.values(inputs).filter((name) => this.tensors.get(name)!.residual !== true)
      return added.map((name) => this.writerOf(makers.get(name), this.tensors.get(name)!))
    })
  }

  private writerOf(op: GraphOp | undefined, tensor: GraphTensor): Writer {
    for (const name of Object.values(op?.inputs ?? {})) {
      const inner = this.tensors.get(name)!
      const merged = inner.axes.filter((axis) => !tensor.axes.includes(axis))
      if (inner.kind !== 'activation' || merged.length === 0) continue
      const part = merged.includes(HEADS) ? HEADS : merged[0]!
      return { tensor, op: op!, inner, part, parts: inner.shape[inner.axes.indexOf(part)]! }
    }
    return { tensor, op: null, inner: tensor, part: null, parts: 1 }
  }

  /** What computes a tensor from the state of the residual stream that it reads. */
  reader(tensor: string): Reader {
    const needed: GraphOp[] = []
    const wanted = new Set([tensor])
    let stream: string | null = null
    for (const op of this.ops.toReversed()) {
      if (!wanted.has(op.output)) continue
      if (this.tensors.get(op.output)!.residual === true && op.output !== tensor) {
        stream = op.output
        continue
      }
      needed.push(op)
      for (const name of Object.values(op.inputs)) wanted.add(name)
    }
    if (stream === null) throw new NoStream(`${tensor} does not read the residual stream`)
    return new Reader(this, tensor, stream, needed.reverse())
  }

  /** From the gradient at what a writer writes to that at what this is made of. */
  inward({ op, inner, tensor }: Writer, gradient: Float32Array): Float32Array {
    if (op === null) return gradient
    let computation = this.inwards.get(tensor.name)
    if (computation === undefined) {
      const formula = slopes(op, this.tensors).get(inner.name)!
      computation = this.computation([opOf(gradientOf(inner.name), formula, readBy(op))], gradientOf(tensor.name))
      this.inwards.set(tensor.name, computation)
    }
    computation.run(new Map([[gradientOf(tensor.name), gradient]]), [gradientOf(inner.name)])
    return computation.data(gradientOf(inner.name))!.slice()
  }

  /** What a writer writes whatever it reads, position by channel: its bias. */
  constant({ op, inner, tensor }: Writer): Float32Array {
    const known = this.constants.get(tensor.name)
    if (known !== undefined) return known
    const nothing = new Float32Array(this.values.get(inner.name)!.length)
    let found = new Float32Array(this.values.get(tensor.name)!.length)
    if (op !== null) {
      const computation = this.computation([op], inner.name)
      computation.run(new Map([[inner.name, nothing]]), [tensor.name])
      found = computation.data(tensor.name)!.slice()
    }
    this.constants.set(tensor.name, found)
    return found
  }

  /** What a writer's parts contribute, each at each position, and what its bias does, given the gradient at what it writes. */
  contributions(writer: Writer, gradient: Float32Array): { parts: Float64Array; bias: number } {
    const parts = this.told(writer, this.inward(writer, gradient))
    return { parts, bias: dot(this.constant(writer), gradient) }
  }

  /** The inner numbers times such a gradient, added up for each part and position: part by part. */
  told(writer: Writer, inward: Float32Array): Float64Array {
    const found = new Float64Array(writer.parts * this.length)
    const numbers = this.values.get(writer.inner.name)!
    const places = this.placesOf(writer)
    for (let at = 0; at < numbers.length; at++) found[places[at]!]! += numbers[at]! * inward[at]!
    return found
  }

  private readonly placed = new Map<string, Int32Array>()

  /** For each of a writer's inner numbers, to which part and position it belongs, as one number. */
  placesOf({ inner, part }: Writer): Int32Array {
    const known = this.placed.get(inner.name)
    if (known !== undefined) return known
    const strideOf = (letter: string): { stride: number; length: number } => {
      const place = inner.axes.indexOf(letter)
      const length = (axis: number): number => (inner.axes[axis] === TIME ? this.length : inner.shape[axis]!)
      let stride = 1
      for (let axis = inner.axes.length - 1; axis > place; axis--) stride *= length(axis)
      return { stride, length: length(place) }
    }
    const time = strideOf(TIME)
    const own = part === null ? null : strideOf(part)
    const places = Int32Array.from(this.values.get(inner.name)!, (_, at) => {
      const t = Math.floor(at / time.stride) % time.length
      return (own === null ? 0 : Math.floor(at / own.stride) % own.length) * this.length + t
    })
    this.placed.set(inner.name, places)
    return places
  }
}

/** Ops that compute a tensor from one state of the residual stream, and how they are linear in it. */
export class Reader {
  private readonly back: Computation
  private bare: Float32Array | null = null

  constructor(
    private readonly linear: LinearPass,
    private readonly tensor: string,
    private readonly stream: string,
    private readonly ops: readonly GraphOp[],
  ) {
    this.back = linear.computation(backward(ops, tensor, stream, linear.tensors), gradientOf(tensor))
  }

  /** The gradient at the stream of the tensor's cells times these weights. */
  gradient(weights: Float32Array): Float32Array {
    this.back.run(new Map([[gradientOf(this.tensor), weights]]), [gradientOf(this.stream)])
    return this.back.data(gradientOf(this.stream))!.slice()
  }

  /** What the tensor's cells times these weights come to where the stream is zero: all biases on the way. */
  constant(weights: Float32Array): number {
    if (this.bare === null) {
      const computation = this.linear.computation(this.ops, this.stream)
      const nothing = new Float32Array(this.linear.values.get(this.stream)!.length)
      computation.run(new Map([[this.stream, nothing]]), [this.tensor])
      this.bare = computation.data(this.tensor)!.slice()
    }
    return dot(this.bare, weights)
  }
}

/** The ops that lead to a tensor, in order of computing. */
export function ancestors({ ops }: Graph, tensor: string): GraphOp[] {
  const wanted = new Set([tensor])
  const found = ops.toReversed().filter(({ inputs, output }) => {
    if (!wanted.has(output)) return false
    for (const name of Object.values(inputs)) wanted.add(name)
    return true
  })
  return found.reverse()
}

export function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0
  for (let place = 0; place < one.length; place++) sum += one[place]! * other[place]!
  return sum
}

function slopesOrNone(op: GraphOp, tensors: ReadonlyMap<string, GraphTensor>): ReadonlyMap<string, Formula> | null {
  try {
    return slopes(op, tensors)
  } catch {
    // Only some powers cannot be differentiated; what has them is held.
    return null
  }
}
