/**
 * What the expressions of a compiled chapter mean, as Python's lessons/expression.py has it: a value, and which cells it was read from.
 */
import type { CellRegion } from '../protocol/lessons'
import type { Comparison, Expression, LiveCells, Place } from '../protocol/compiled'
import { MISSING } from './print'

/** Many numbers stand one behind the other, in the order of their axes; of comparisons each is 0 or 1. */
export type Value = number | string | boolean | Float64Array

export interface Numbers {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** What has to be known of a model that has read some tokens. */
export interface Known {
  /** The numbers of a tensor, weights included. */
  values(tensor: string): Numbers
  /** The lengths of its axes. */
  shape(tensor: string): readonly number[]
  readonly letters: readonly string[]
  readonly last: number
  readonly answer: number
  readonly onPage: boolean
  fact(name: string): number | string | boolean
}

/** Half-open ranges along the axes of a tensor, in their order; null where the whole axis is meant. */
export interface Found {
  readonly tensor: string
  readonly axes: readonly string[]
  readonly spans: readonly (readonly [number, number] | null)[]
}

/** A chapter that speaks of what the run does not have. */
export class Unfit extends Error {}

/** Numbers count as equal that differ by less than this part of the larger one. */
const ALIKE = 1e-6

export function evaluate(node: Expression, known: Known, reads: CellRegion[]): Value {
  switch (node[0]) {
    case 'number':
    case 'letter':
      return node[1]
    case 'position':
      return node[1] === 'last' ? known.last : known.answer
    case 'number fact':
    case 'text fact':
    case 'truth fact':
      return known.fact(node[1])
    case 'on page':
      return known.onPage
    case 'cells':
      return cellsRead(node, known, reads)
    case 'reduced':
      return REDUCING[node[1]]!(many(evaluate(node[2], known, reads)))
    case 'likeliest letter':
      return known.letters[likeliest(many(evaluate(node[1], known, reads)))] ?? MISSING
    case 'letter of':
      return known.letters[Math.trunc(Number(evaluate(node[1], known, reads)))] ?? MISSING
    case 'cellwise':
      return each(evaluate(node[2], known, reads), CELLWISE[node[1]]!)
    case 'arithmetic':
      return both(evaluate(node[2], known, reads), evaluate(node[3], known, reads), ARITHMETIC[node[1]]!)
    case 'comparison':
      return compared(node, known, reads)
    case 'where':
      return each(evaluate(node[1], known, reads), Number)
    case 'logic':
      return logic(node[1], isTrue(node[2], known, reads), node[3] ? isTrue(node[3], known, reads) : false)
  }
}

export function isTrue(node: Expression, known: Known, reads: CellRegion[]): boolean {
  return Boolean(evaluate(node, known, reads))
}

// Cells.

function cellsRead(node: LiveCells, known: Known, reads: CellRegion[]): Value {
  const [, tensor, axes, places] = node
  const region = regionOf(found(node, known, reads), known)
  reads.push(region)
  const { shape, data } = known.values(tensor)
  const numbers = Float64Array.from(offsets(Object.values(region.at), shape), (offset) => data[offset]!)
  const isOne = axes.every((axis) => places[axis] !== undefined && places[axis][2] == null)
  return isOne ? numbers[0]! : numbers
}

function offsets(spans: readonly (readonly [number, number])[], shape: readonly number[]): number[] {
  return spans.reduce<number[]>(
    (before, [first, end], axis) =>
      before.flatMap((offset) =>
        Array.from({ length: end - first }, (_, step) => offset * shape[axis]! + first + step),
      ),
    [0],
  )
}

/** The cells meant. Throws where the run has none such. */
export function found([, tensor, axes, places]: LiveCells, known: Known, reads: CellRegion[]): Found {
  const shape = known.shape(tensor)
  const spans = axes.map((axis, number) => {
    const place = places[axis]
    if (place === undefined) return null
    const [first, end] = spanOf(place, known, reads)
    if (!(first >= 0 && first < end && end <= shape[number]!)) throw new Unfit(`${tensor} has no such ${axis}`)
    return [first, end] as const
  })
  return { tensor, axes, spans }
}

function spanOf([, first, last]: Place, known: Known, reads: CellRegion[]): [number, number] {
  const begin = indexOf(first, known, reads)
  return [begin, (last == null ? begin : indexOf(last, known, reads)) + 1]
}

function indexOf(node: Expression, known: Known, reads: CellRegion[]): number {
  const value = evaluate(node, known, reads)
  const index = typeof value === 'string' ? known.letters.indexOf(value) : Number(value)
  if (!Number.isInteger(index)) throw new Unfit(`an index is ${index}`)
  return index
}

/** The same with a range for every axis. */
export function regionOf({ tensor, axes, spans }: Found, known: Known): CellRegion {
  const shape = known.shape(tensor)
  const at = axes.map((axis, number): [string, [number, number]] => {
    const [first, end] = spans[number] ?? [0, shape[number]!]
    return [axis, [first, end]]
  })
  return { tensor, at: Object.fromEntries(at) }
}

// Numbers.

function many(value: Value): Float64Array {
  return value instanceof Float64Array ? value : Float64Array.of(Number(value))
}

function each(value: Value, how: (one: number) => number): number | Float64Array {
  return value instanceof Float64Array ? value.map(how) : how(Number(value))
}

function both(
  left: Value,
  right: Value,
  how: (one: number, other: number) => number | boolean,
): number | boolean | Float64Array {
  if (!(left instanceof Float64Array) && !(right instanceof Float64Array)) return how(Number(left), Number(right))
  const at = (value: Value, place: number): number => (value instanceof Float64Array ? value[place]! : Number(value))
  const length = Math.max(...[left, right].map((side) => (side instanceof Float64Array ? side.length : 0)))
  return Float64Array.from({ length }, (_, place) => Number(how(at(left, place), at(right, place))))
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((before, one) => before + one, 0)
}

function mean(numbers: Float64Array): number {
  return sum(numbers) / numbers.length
}

const REDUCING: Readonly<Record<string, (numbers: Float64Array) => number>> = {
  max: (numbers) => numbers.reduce((before, one) => Math.max(before, one), -Infinity),
  min: (numbers) => numbers.reduce((before, one) => Math.min(before, one), Infinity),
  sum,
  mean,
  std: (numbers) => {
    const middle = mean(numbers)
    return Math.sqrt(mean(numbers.map((one) => (one - middle) ** 2)))
  },
  argmax: likeliest,
  count: (numbers) => numbers.filter((one) => one !== 0).length,
}

const CELLWISE: Readonly<Record<string, (one: number) => number>> = {
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
}

export const ARITHMETIC: Readonly<Record<string, (one: number, other: number) => number>> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => one / other,
}

const COMPARISONS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  '==': areAlike,
  '!=': (one, other) => !areAlike(one, other),
  '<=': (one, other) => one < other || areAlike(one, other),
  '>=': (one, other) => one > other || areAlike(one, other),
  '<': (one, other) => one < other && !areAlike(one, other),
  '>': (one, other) => one > other && !areAlike(one, other),
}

function areAlike(one: number, other: number): boolean {
  return one === other || Math.abs(one - other) < ALIKE * Math.max(Math.abs(one), Math.abs(other))
}

/** The place of the first number that counts as the largest. */
function likeliest(numbers: Float64Array): number {
  const largest = numbers.reduce((before, one) => Math.max(before, one), -Infinity)
  return numbers.findIndex((one) => areAlike(one, largest))
}

function compared([, sign, first, second]: Comparison, known: Known, reads: CellRegion[]): Value {
  const [left, right] = [evaluate(first, known, reads), evaluate(second, known, reads)]
  if (typeof left === 'string') return (left === right) === (sign === '==')
  return both(left, right, COMPARISONS[sign]!)
}

function logic(word: 'and' | 'or' | 'not', left: boolean, right: boolean): boolean {
  if (word === 'not') return !left
  return word === 'and' ? left && right : left || right
}
