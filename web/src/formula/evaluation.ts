/**
 * A formula's numbers at one cell of an op's output, in double precision; it remembers which cells were read.
 */
import type { OperandCell, Read } from '../protocol/types'
import { axisOf, COMPARISONS, FUNCTIONS, isBinary, isComparison, lengthOf, lettersOver, OPERATIONS } from './nodes'
import type { Numbers } from './typeset'
import type { CellNode, Formula, Reduction } from './types'

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
  /** The last reading that came upon it. */
  reading: number
}

export class Evaluation implements Numbers {
  private readonly at: Record<string, number>
  private readonly shapes: readonly (readonly number[])[]
  /** What was read, by operand and offset in one number. */
  private readonly read = new Map<number, Found>()
  private readings = 0
  /** What the reading that is going on has come upon; null where none is. */
  private found: Found[] | null = null
  /** Sums and maxima of the whole cell: several steps ask for them. */
  private readonly totals = new Map<Reduction, number>()
  private depth = 0

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
      case 'max':
        return this.total(node)
      case 'step':
        return this.value(node[2])
      case 'choose':
        return this.value(node[this.value(node[1]) === 0 ? 3 : 2])
    }
    // The commonest first: this is what long sums are made of.
    if (node[0] === '*') return this.value(node[1]) * this.value(node[2])
    if (isBinary(node)) return OPERATIONS[node[0]](this.value(node[1]), this.value(node[2]))
    if (isComparison(node)) return Number(COMPARISONS[node[0]](this.value(node[1]), this.value(node[2])))
    return FUNCTIONS[node[0]](this.value(node[1]))
  }

  private total(node: Reduction): number {
    const isWhole = this.depth === 0 && this.found === null
    const known = isWhole ? this.totals.get(node) : undefined
    if (known !== undefined) return known
    const all: number[] = []
    this.each(node, () => all.push(this.value(node[2])))
    const total = node[0] === 'sum' ? exactSum(all) : all.reduce((most, one) => Math.max(most, one))
    if (isWhole) this.totals.set(node, total)
    return total
  }

  private cell([, place, indices]: CellNode): number {
    const operand = this.operands[place]!
    const index: number[] = []
    let offset = 0
    for (let axis = 0; axis < indices.length; axis++) {
      const one = indices[axis]!
      const length = operand.shape[axis]!
      let position = typeof one === 'string' ? this.at[one]! : Math.trunc(this.value(one))
      if (position < 0) position += length
      index.push(position)
      offset = offset * length + position
    }
    const key = offset * this.operands.length + place
    let found = this.read.get(key)
    if (found === undefined) {
      found = { operand, index, value: operand.data[offset]!, reading: 0 }
      this.read.set(key, found)
    }
    if (this.found !== null && found.reading !== this.readings) {
      found.reading = this.readings
      this.found.push(found)
    }
    return found.value
  }

  /** Goes through all indices that a sum or maximum runs over; the letters are then set to them. */
  each(node: Reduction, visit: () => void): void {
    const letters = lettersOver(node)
    const lengths = letters.map((letter) => lengthOf(letter, node, this.shapes, this.sizes))
    const outer = letters.map((letter) => this.at[letter])
    const go = (place: number): void => {
      if (place === letters.length) {
        visit()
        return
      }
      for (let index = 0; index < lengths[place]!; index++) {
        this.at[letters[place]!] = index
        go(place + 1)
      }
    }
    this.depth += 1
    go(0)
    this.depth -= 1
    for (const [place, letter] of letters.entries()) this.at[letter] = outer[place]!
  }

  /** Where the letters that a sum or maximum runs over stand just now: `c=3, d=2`. */
  label(node: Reduction): string {
    return lettersOver(node)
      .map((letter) => `${letter}=${this.at[letter]}`)
      .join(', ')
  }

  /** A node's value and the cells it was made of; a cell stands before those that say where it lies. */
  reading(node: Formula): { value: number; cells: OperandCell[] } {
    const found: Found[] = []
    this.readings += 1
    this.found = found
    const value = this.value(node)
    this.found = null
    const pointers = found.filter(({ operand }) => operand.isInput)
    const inOrder = pointers.length === 0 ? found : [...found.filter(({ operand }) => !operand.isInput), ...pointers]
    return { value, cells: inOrder.map(readCell) }
  }

  /** The range of what was read of a tensor; empty along every axis where nothing was. */
  region({ tensor, axes }: Operand): Read['region'] {
    const found = [...this.read.values()].filter((one) => one.operand.tensor === tensor)
    return axes.map((_, axis): [number, number] => {
      const places = found.map(({ index }) => index[axis]!)
      return found.length === 0 ? [0, 0] : [least(places), -least(places.map((place) => -place)) + 1]
    })
  }
}

/** No spread of arguments: there can be more than a call takes. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((found, one) => (one < found ? one : found), Infinity)
}

function readCell({ operand: { role, tensor, axes }, index, value }: Found): OperandCell {
  return { role, tensor, index: indexed(axes, index), value }
}

export function indexed(axes: readonly string[], index: readonly number[]): Record<string, number> {
  const at: Record<string, number> = {}
  for (let place = 0; place < axes.length; place++) at[axes[place]!] = index[place]!
  return at
}

/** The sum, rounded once (Shewchuk 1997), as Python's math.fsum has it: its partial sums do not overlap. */
export function exactSum(terms: readonly number[]): number {
  const partials: number[] = []
  for (const term of terms) {
    if (!Number.isFinite(term)) return terms.reduce((sum, one) => sum + one, 0)
    let carried = term
    let kept = 0
    for (let partial of partials) {
      if (Math.abs(carried) < Math.abs(partial)) {
        const larger = partial
        partial = carried
        carried = larger
      }
      const sum = carried + partial
      const lost = partial - (sum - carried)
      if (lost !== 0) partials[kept++] = lost
      carried = sum
    }
    partials.length = kept
    partials.push(carried)
  }
  // Zero is never below zero.
  return roundedOnce(partials) + 0
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
