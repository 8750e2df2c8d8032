/**
 * From a formula to loops over arrays, once for given lengths: each node becomes an array of its own, with the letters along which its
 * numbers lie, and a step that fills it. A sum of products is one matrix product; what a formula says twice is computed once.
 */
import {
  chosen,
  gathered,
  gathering,
  loopOver,
  multiply,
  ofFour,
  ofOne,
  ofTwo,
  product,
  reduce,
  type Elementwise,
  type Extent,
  type Packing,
  type Strides,
} from './kernels'
import {
  axisOf,
  cells,
  COMPARISONS,
  factorsOf,
  FUNCTIONS,
  isBinary,
  isComparison,
  lengthOf,
  lettersOver,
  multiplied,
  OPERATIONS,
} from './nodes'
import type { Single } from './single'
import type { Binary, CellNode, Formula, Reduction } from './types'

/** A place for an array: a step reads what lies there when it runs. */
export interface Slot {
  data: Float32Array
}

export interface PlannedTensor {
  readonly slot: Slot
  readonly axes: readonly string[]
  readonly shape: readonly number[]
}

/** The numbers of a node, and the letters along which they lie; a constant is known beforehand. */
interface Part {
  readonly slot: Slot
  readonly strides: Strides
  readonly constant?: number
}

export type Plan = readonly (() => void)[]

/**
 * Arrays for what is computed on the way. No op needs another's, so that every plan takes them from the beginning; the largest that was
 * asked for in a place serves all that are planned later.
 */
export class Scratch {
  private readonly arrays: Float32Array[] = []
  private readonly doubles: Float64Array[] = []

  /** `single`: what matrix products are done by where single precision does; null where sums are to be in double precision. */
  constructor(readonly single: Single | null) {}

  /** An array of zeros for whoever needs one. */
  array(size: number): Float32Array {
    return this.single?.array(size) ?? new Float32Array(size)
  }

  slot(place: number, size: number): Slot {
    if ((this.arrays[place]?.length ?? 0) < size) this.arrays[place] = this.array(size)
    return { data: this.arrays[place]! }
  }

  readonly packing: Packing = (place, size) => {
    if ((this.doubles[place]?.length ?? 0) < size) this.doubles[place] = new Float64Array(size)
    return this.doubles[place]!
  }
}

/** The steps that compute a formula over operands, in the order in which it numbers them, into an output. */
export function plan(
  formula: Formula,
  operands: readonly PlannedTensor[],
  output: PlannedTensor,
  sizes: Readonly<Record<string, number>>,
  scratch: Scratch,
): Plan {
  return new Planner(formula, operands, output, sizes, scratch).steps
}

class Planner {
  readonly steps: (() => void)[] = []
  private readonly known = new Map<string, Part>()
  private readonly lengths = new Map<string, number>()
  private taken = 0

  constructor(
    private readonly formula: Formula,
    private readonly operands: readonly PlannedTensor[],
    output: PlannedTensor,
    private readonly sizes: Readonly<Record<string, number>>,
    private readonly scratch: Scratch,
  ) {
    // The output's letters stand first, so that what is summed over lies together.
    for (const [place, letter] of output.axes.entries()) this.lengths.set(letter, output.shape[place]!)
    for (const letter of cells(formula).flatMap(([, , indices]) => indices)) {
      if (typeof letter === 'string') this.length(letter)
    }
    const whole: Part = {
      slot: output.slot,
      strides: packed(output.axes.map((letter) => [letter, this.length(letter)])),
    }
    const made = this.made(formula, whole)
    if (made !== whole) this.spread(made, whole)
  }

  private length(letter: string): number {
    let length = this.lengths.get(letter)
    if (length === undefined) {
      length = lengthOf(
        letter,
        this.formula,
        this.operands.map(({ shape }) => shape),
        this.sizes,
      )
      this.lengths.set(letter, length)
    }
    return length
  }

  /** The letters of parts, each once, in the order of this plan. */
  private united(...several: Strides[]): Extent[] {
    return [...this.lengths].filter(([letter]) => several.some((strides) => strides.has(letter)))
  }

  private part(node: Formula): Part {
    const key = JSON.stringify(node)
    const part = this.known.get(key) ?? this.made(node)
    this.known.set(key, part)
    return part
  }

  /** A node's numbers, in `into` where they are made anew and have all of its letters. */
  private made(node: Formula, into?: Part): Part {
    switch (node[0]) {
      case 'number':
        return this.constant(Number(node[1]))
      case 'size':
        return this.constant(this.sizes[axisOf(node[1])]!)
      case 'place':
        return {
          slot: { data: Float32Array.from({ length: this.length(node[1]) }, (_, place) => place) },
          strides: new Map([[node[1], 1]]),
        }
      case 'cell':
        return this.cell(node, into)
      case 'step':
        return into ? this.made(node[2], into) : this.part(node[2])
      case 'sum':
        return this.sum(node, into)
      case 'max':
        return this.reduced(node, into)
      case 'choose':
        return this.elementwise(chosen, [this.part(node[1]), this.part(node[2]), this.part(node[3])], into)
    }
    if (isBinary(node)) return this.binary(node, into)
    if (isComparison(node)) {
      const holds = COMPARISONS[node[0]]
      return this.elementwise(
        ofTwo((x, y) => Number(holds(x, y))),
        [this.part(node[1]), this.part(node[2])],
        into,
      )
    }
    const argument = this.part(node[1])
    if (argument.constant !== undefined) return this.constant(FUNCTIONS[node[0]](argument.constant))
    return this.elementwise(ofOne(node[0] === 'tanh' ? quickTanh : FUNCTIONS[node[0]]), [argument], into)
  }

  private constant(value: number): Part {
    const data = this.scratch.array(1)
    data[0] = value
    return { slot: { data }, strides: new Map(), constant: value }
  }

  private cell(node: CellNode, into?: Part): Part {
    const [, operand, indices] = node
    const { slot, shape } = this.operands[operand]!
    const strides = new Map<string, number>()
    const found: { part: Part; stride: number; length: number }[] = []
    let stride = 1
    for (const [place, index] of [...indices.entries()].reverse()) {
      const length = shape[place]!
      if (typeof index === 'string') strides.set(index, (strides.get(index) ?? 0) + stride)
      else found.push({ part: this.part(index), stride, length })
      stride *= length
    }
    if (found.length === 0) return { slot, strides }
    const gather = gathered(
      found.map((one) => one.stride),
      found.map((one) => one.length),
    )
    return this.elementwise(gather, [{ slot, strides }, ...found.map(({ part }) => part)], into)
  }

  private binary([sign, left, right]: Binary, into?: Part): Part {
    const [one, other] = [this.part(left), this.part(right)]
    if (one.constant !== undefined && other.constant !== undefined) {
      return this.constant(OPERATIONS[sign](one.constant, other.constant))
    }
    if (sign !== '^') return this.elementwise(this.ofFour(sign), [one, other], into)
    // Math.pow takes much longer than a product or two.
    if (other.constant !== 2 && other.constant !== 3)
      return this.elementwise(ofTwo(OPERATIONS['^']), [one, other], into)
    const square = this.elementwise(this.ofFour('*'), [one, one], other.constant === 2 ? into : undefined)
    return other.constant === 2 ? square : this.elementwise(this.ofFour('*'), [square, one], into)
  }

  private ofFour(sign: Parameters<typeof ofFour>[0]): Elementwise {
    return this.scratch.single?.ofFour(sign) ?? ofFour(sign)
  }

  private elementwise(kernel: Elementwise, inputs: readonly Part[], into?: Part): Part {
    const strides = inputs.map((input) => input.strides)
    const own = this.united(...strides)
    const out = this.target(own, into)
    const loop = loopOver(own, [out.strides, ...strides])
    const [first, second, third] = inputs.map(({ slot }) => slot)
    const target = out.slot
    if (inputs.length === 1) this.steps.push(() => kernel(loop, target.data, first!.data))
    else if (inputs.length === 2) this.steps.push(() => kernel(loop, target.data, first!.data, second!.data))
    else if (inputs.length === 3)
      this.steps.push(() => kernel(loop, target.data, first!.data, second!.data, third!.data))
    else this.steps.push(() => kernel(loop, target.data, ...inputs.map(({ slot }) => slot.data)))
    return out
  }

  /** What is there already, or lacks some letters of the output, copied into it. */
  private spread({ slot, strides }: Part, into: Part): void {
    const loop = loopOver(this.united(into.strides), [into.strides, strides])
    const copy = ofOne((x) => x)
    this.steps.push(() => copy(loop, into.slot.data, slot.data))
  }

  /** Where numbers with these letters go: straight into the output if it has no other, which would have to be filled too. */
  private target(extents: readonly Extent[], into: Part | undefined): Part {
    if (into?.strides.size === extents.length) return into
    const size = extents.reduce((product, [, length]) => product * length, 1)
    return { slot: this.scratch.slot(this.taken++, size), strides: packed(extents) }
  }

  // Along axes.

  private sum(node: Reduction, into?: Part): Part {
    const factors = factorsOf(node[2]).map(([factor, inverse]) => ({
      factor,
      inverse,
      strides: this.part(factor).strides,
    }))
    const widest = factors.reduce((most, one) => (one.strides.size > most.strides.size ? one : most)).strides
    const isInside = ({ strides }: { strides: Strides }): boolean =>
      [...strides.keys()].every((letter) => widest.has(letter))
    const group = (inside: boolean): [Formula, boolean][] =>
      factors.filter((one) => isInside(one) === inside).map(({ factor, inverse }) => [factor, inverse])
    if (factors.every(isInside)) return this.reduced(node, into)
    const [left, right] = [this.part(multiplied(group(true))), this.part(multiplied(group(false)))]
    const over = lettersOver(node).map((letter): Extent => [letter, this.length(letter)])
    const kept = this.united(left.strides, right.strides).filter(([letter]) => !node[1].includes(letter))
    const out = this.target(kept, into)
    const shape = product(kept, over, [out.strides, left.strides, right.strides], this.scratch.packing)
    const [target, one, other] = [out.slot, left.slot, right.slot]
    const { single } = this.scratch
    if (single) this.steps.push(() => single.multiply(shape, target.data, one.data, other.data))
    else this.steps.push(() => multiply(shape, target.data, one.data, other.data))
    return out
  }

  private reduced(node: Reduction, into?: Part): Part {
    const [kind, , argument] = node
    const over = lettersOver(node).map((letter): Extent => [letter, this.length(letter)])
    const part = this.part(argument)
    const kept = this.united(part.strides).filter(([letter]) => !node[1].includes(letter))
    const out = this.target(kept, into)
    const shape = gathering(kept, over, out.strides, part.strides)
    const [target, input] = [out.slot, part.slot]
    this.steps.push(() => reduce(kind, shape, target.data, input.data))
    return out
  }
}

/** To single precision, and in a fraction of the time of Math.tanh. */
function quickTanh(x: number): number {
  return Math.abs(x) < 1e-4 ? x : 1 - 2 / (Math.exp(2 * x) + 1)
}

/** Letters as axes of an array in this order, the last one lying closest. */
function packed(extents: readonly Extent[]): Strides {
  const strides = new Map<string, number>()
  let stride = 1
  for (const [letter, length] of extents.toReversed()) {
    strides.set(letter, stride)
    stride *= length
  }
  return strides
}
