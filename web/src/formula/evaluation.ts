/**
 * A formula's numbers at one cell of an op's output, in double precision; it remembers which cells were read.
 */
import { axisOf, COMPARISONS, FUNCTIONS, isBinary, isComparison, lengthOf, lettersOver, OPERATIONS } from './nodes'
import type { Numbers } from './typeset'
import type { CellNode, Formula, ReadCell, Reduction, Span } from './types'

/** What an op reads: whose cell, in which role, and the array at hand. */
export interface Operand {
  readonly role: string
  readonly tensor: string
  readonly axes: readonly string[]
  readonly isInput: boolean
  readonly shape: readonly number[]
  readonly data: Float32Array
}

interface Found {
  readonly operand: Operand
  readonly index: readonly number[]
  readonly value: number
}

export class Evaluation implements Numbers {
  private readonly at: Record<string, number>
  private readonly shapes: readonly (readonly number[])[]
  /** What was read, by operand and offset in one number. */
  private read = new Map<number, Found>()

  constructor(
    private readonly operands: readonly Operand[],
    private readonly sizes: Readonly<Record<string, number>>,
    at: Readonly<Record<string, number>>,
  ) {
    this.at = { ...at }
    this.shapes = operands.map(({ shape }) => shape)
  }

  value(node: Formula): number {
    switch (node[0]) {
      case 'number':
        return Number(node[1])
      case 'size':
        return this.sizes[axisOf(node[1])]!
      case 'place':
        return this.at[node[1]]!
      case 'cell':
        return this.cell(node)
      case 'sum':
        return exactSum(this.all(node))
      case 'max':
        return this.all(node).reduce((most, one) => (one > most ? one : most))
      case 'step':
        return this.value(node[2])
      case 'choose':
        return this.value(node[this.value(node[1]) === 0 ? 3 : 2])
    }
    if (isBinary(node)) return OPERATIONS[node[0]](this.value(node[1]), this.value(node[2]))
    if (isComparison(node)) return Number(COMPARISONS[node[0]](this.value(node[1]), this.value(node[2])))
    return FUNCTIONS[node[0]](this.value(node[1]))
  }

  private all(node: Reduction): number[] {
    const found: number[] = []
    this.each(node, () => found.push(this.value(node[2])))
    return found
  }

  private cell([, place, indices]: CellNode): number {
    const { data, shape } = this.operands[place]!
    const index = indices.map((one, axis) => {
      const found = typeof one === 'string' ? this.at[one]! : Math.trunc(this.value(one))
      return found < 0 ? found + shape[axis]! : found
    })
    const offset = index.reduce((before, one, axis) => before * shape[axis]! + one, 0)
    const key = offset * this.operands.length + place
    let found = this.read.get(key)
    if (found === undefined) {
      found = { operand: this.operands[place]!, index, value: data[offset]! }
      this.read.set(key, found)
    }
    return found.value
  }

  /** Goes through all indices that a sum or maximum runs over; the letters are then set to them. */
  each(node: Reduction, visit: () => void): void {
    const letters = lettersOver(node)
    const lengths = letters.map((letter) => lengthOf(letter, node, this.shapes, this.sizes))
    const outer = letters.map((letter) => this.at[letter])
    const go = (place: number): void => {
      if (place === letters.length) return visit()
      for (let index = 0; index < lengths[place]!; index++) {
        this.at[letters[place]!] = index
        go(place + 1)
      }
    }
    go(0)
    for (const [place, letter] of letters.entries()) this.at[letter] = outer[place]!
  }

  /** Where the letters that a sum or maximum runs over stand just now: `c=3, d=2`. */
  label(node: Reduction): string {
    return lettersOver(node)
      .map((letter) => `${letter}=${this.at[letter]}`)
      .join(', ')
  }

  /** A node's value and the cells it was made of; a cell stands before those that say where it lies. */
  reading(node: Formula): { value: number; cells: ReadCell[] } {
    const before = this.read
    this.read = new Map()
    const value = this.value(node)
    const found = [...this.read.values()]
    for (const [key, one] of this.read) before.set(key, one)
    this.read = before
    const [pointers, pointed] = [true, false].map((isInput) => found.filter((one) => one.operand.isInput === isInput))
    return { value, cells: [...pointed!, ...pointers!].map(readCell) }
  }

  /** The range of what was read of a tensor; empty along every axis where nothing was. */
  region({ tensor, axes }: Operand): Span[] {
    const found = [...this.read.values()].filter((one) => one.operand.tensor === tensor)
    return axes.map((_, axis): Span => {
      const places = found.map(({ index }) => index[axis]!)
      return found.length === 0 ? [0, 0] : [least(places), -least(places.map((place) => -place)) + 1]
    })
  }
}

/** No spread of arguments: there can be more than a call takes. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((found, one) => (one < found ? one : found), Infinity)
}

function readCell({ operand: { role, tensor, axes }, index, value }: Found): ReadCell {
  return { role, tensor, index: indexed(axes, index), value }
}

export function indexed(axes: readonly string[], index: readonly number[]): Record<string, number> {
  return Object.fromEntries(axes.map((axis, place) => [axis, index[place]!]))
}

/** The sum, rounded once (Shewchuk 1997), as Python's math.fsum has it: its partial sums do not overlap. */
export function exactSum(terms: readonly number[]): number {
  const partials: number[] = []
  for (const term of terms) {
    if (!Number.isFinite(term)) return terms.reduce((sum, one) => sum + one, 0)
    let carried = term
    let kept = 0
    for (let partial of partials) {
      if (Math.abs(carried) < Math.abs(partial)) [carried, partial] = [partial, carried]
      const sum = carried + partial
      const lost = partial - (sum - carried)
      if (lost !== 0) partials[kept++] = lost
      carried = sum
    }
    partials.length = kept
    partials.push(carried)
  }
  return roundedOnce(partials)
}

function roundedOnce(partials: number[]): number {
  let sum = partials.pop() ?? 0
  while (partials.length > 0) {
    const before = sum
    const partial = partials.pop()!
    sum = before + partial
    const lost = partial - (sum - before)
    if (lost === 0) continue
    // Halfway between two numbers the next partial sum decides.
    const next = partials.at(-1) ?? 0
    if ((lost < 0 && next < 0) || (lost > 0 && next > 0)) {
      const doubled = lost * 2
      const other = sum + doubled
      if (other - sum === doubled) sum = other
    }
    break
  }
  return sum
}
