/**
 * Matrix products in single precision, four numbers at once: some three times as fast as `multiply` in kernels.ts, for whoever
 * computes thousands of texts and needs no digit beyond the sixth. The one function that does it is written here in the instructions of
 * WebAssembly (webassembly.github.io/spec), since no bundler has to know of it then; where a browser has no such instructions, or a page
 * may not compile any, products are done as everywhere else.
 */
import type { Product } from './kernels'

/** So many rows and columns are multiplied together: their sums are as many as a processor has places for. */
const ROWS = 4
const COLUMNS = 8

/** Multiplies groups of `ROWS` rows with `COLUMNS` columns: where they lie and where sums go, in bytes; groups, numbers in a row. */
type Multiply = (rows: number, columns: number, sums: number, groups: number, depth: number) => void

export class Single {
  #numbers = new Float32Array(0)

  private constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly multiplied: Multiply,
  ) {}

  /** Null where the page cannot have it. */
  static create(): Single | null {
    try {
      const memory = new WebAssembly.Memory({ initial: 1 })
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembled()), { page: { memory } })
      return new Single(memory, exports['multiply'] as Multiply)
    } catch {
      return null
    }
  }

  multiply(
    { rows, columns, beside, along, depth }: Product,
    out: Float32Array,
    left: Float32Array,
    right: Float32Array,
  ): void {
    const groups = Math.ceil(rows.length / ROWS)
    const [ofRows, ofColumns] = [ROWS * groups * depth, COLUMNS * depth]
    const numbers = this.#room(ofRows + ofColumns + ROWS * groups * COLUMNS)
    const [rowOut, rowLeft] = rows.moves as [number, number]
    const [columnOut, , columnRight] = columns.moves as [number, number, number]
    const ofSums = ofRows + ofColumns
    for (let place = 0; place < beside[0]!.length; place++) {
      const toOut = beside[0]![place]!
      for (let row = 0; row < rows.length; row += ROWS) {
        const from = beside[1]![place]! + row * rowLeft
        pack(along, 0, left, from, rowLeft, numbers, row * depth, ROWS, Math.min(ROWS, rows.length - row))
      }
      for (let column = 0; column < columns.length; column += COLUMNS) {
        const there = Math.min(COLUMNS, columns.length - column)
        const from = beside[2]![place]! + column * columnRight
        pack(along, 1, right, from, columnRight, numbers, ofRows, COLUMNS, there)
        this.multiplied(0, BYTES * ofRows, BYTES * ofSums, groups, depth)
        for (let row = 0; row < rows.length; row++) {
          let to = toOut + row * rowOut + column * columnOut
          const sum = ofSums + row * COLUMNS
          for (let one = 0; one < there; one++, to += columnOut) out[to] = numbers[sum + one]!
        }
      }
    }
  }

  #room(size: number): Float32Array {
    const missing = BYTES * size - this.memory.buffer.byteLength
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE))
    if (this.#numbers.buffer !== this.memory.buffer) this.#numbers = new Float32Array(this.memory.buffer)
    return this.#numbers
  }
}

/** Bytes of a number, and of a page of memory. */
const BYTES = 4
const PAGE = 65_536

/** Several rows or columns, number by number beside one another; what there is no row for is computed with whatever lies there. */
function pack(
  { count, length, starts, moves }: Product['along'],
  which: 0 | 1,
  from: Float32Array,
  first: number,
  apart: number,
  to: Float32Array,
  place: number,
  together: number,
  there: number,
): void {
  const move = moves[which]!
  for (let one = 0; one < there; one++) {
    let at = place + one
    for (let part = 0; part < count; part++) {
      let source = first + one * apart + starts[which]![part]!
      for (let left = length; left > 0; left--, source += move, at += together) to[at] = from[source]!
    }
  }
}

// The function, instruction by instruction.

const I32 = 0x7f
const V128 = 0x7b
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const add = (local: number, number: number): number[] => [...get(local), 0x41, ...signed(number), 0x6a, ...set(local)]
const vector = (instruction: number): number[] => [0xfd, ...unsigned(instruction)]
const load = (address: number, offset: number): number[] => [...get(address), ...vector(0x00), 2, offset]
const loadOne = (address: number, offset: number): number[] => [...get(address), ...vector(0x09), 2, offset]
const store = (address: number, offset: number, value: number): number[] => [
  ...get(address),
  ...get(value),
  ...vector(0x0b),
  2,
  offset,
]
const ZERO = [...vector(0x0c), ...new Array<number>(16).fill(0)]
const MULTIPLY = vector(0xe6)
const ADD = vector(0xe4)
/** What is said again and again until the number of that local is 0; it is at least 1 at first. */
const counting = (local: number, body: readonly number[]): number[] => [
  ...[0x03, 0x40],
  ...body,
  ...add(local, -1),
  ...get(local),
  ...[0x0d, 0x00, 0x0b],
]

function assembled(): Uint8Array<ArrayBuffer> {
  const [rows, columns, sums, groups, depth, column, left] = [0, 1, 2, 3, 4, 5, 6] as const
  const [near, far, one] = [7, 8, 9] as const
  const sumOf = (row: number, half: number): number => 10 + 2 * row + half
  const each = (said: (row: number) => number[]): number[] => Array.from({ length: ROWS }, (_, row) => said(row)).flat()
  const body = counting(groups, [
    ...get(columns),
    ...set(column),
    ...get(depth),
    ...set(left),
    ...each((row) => [...ZERO, ...set(sumOf(row, 0)), ...ZERO, ...set(sumOf(row, 1))]),
    ...counting(left, [
      ...load(column, 0),
      ...set(near),
      ...load(column, 16),
      ...set(far),
      ...each((row) => [
        ...loadOne(rows, BYTES * row),
        ...set(one),
        ...[near, far].flatMap((half, place) => [
          ...get(one),
          ...get(half),
          ...MULTIPLY,
          ...get(sumOf(row, place)),
          ...ADD,
          ...set(sumOf(row, place)),
        ]),
      ]),
      ...add(rows, BYTES * ROWS),
      ...add(column, BYTES * COLUMNS),
    ]),
    ...each((row) => [
      ...store(sums, BYTES * COLUMNS * row, sumOf(row, 0)),
      ...store(sums, BYTES * COLUMNS * row + 16, sumOf(row, 1)),
    ]),
    ...add(sums, BYTES * COLUMNS * ROWS),
  ])
  const locals = [2, 2, I32, 3 + 2 * ROWS, V128]
  const code = [...locals, ...body, 0x0b]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...text('page'), ...text('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('multiply'), 0x00, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ])
}

function section(kind: number, content: readonly number[]): number[] {
  return [kind, ...unsigned(content.length), ...content]
}

function text(name: string): number[] {
  return [name.length, ...new TextEncoder().encode(name)]
}

/** Numbers as the format writes them: seven bits in a byte, the lowest first (LEB128). */
function unsigned(number: number): number[] {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...unsigned(number >>> 7)]
}

function signed(number: number): number[] {
  const isLast = number >= -0x40 && number < 0x40
  return isLast ? [number & 0x7f] : [(number & 0x7f) | 0x80, ...signed(number >> 7)]
}
