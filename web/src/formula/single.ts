/**
 * Matrix products and sums in single precision, four numbers at once: several times as fast as kernels.ts, for whoever computes
 * thousands of texts and needs no digit of a product beyond the sixth. The functions that do it are written here in the instructions of
 * WebAssembly (webassembly.github.io/spec), since no bundler has to know of them then. They see their own memory alone, so that arrays
 * are made in it as long as there is room. Where a browser has no such instructions, or a page may not compile any, and for arrays
 * elsewhere, everything is done as it is without.
 */
import { multiply, ofFour, type Elementwise, type Product } from './kernels'

/** So many rows and columns are multiplied together: their sums are as many as a processor has places for. */
const ROWS = 4
const COLUMNS = 8

/** Multiplies groups of `ROWS` rows with `COLUMNS` columns: where they lie and where sums go, in bytes; groups, numbers in a row. */
type Multiply = (rows: number, columns: number, sums: number, groups: number, depth: number) => void
/** Does one of the four operations with so many numbers: where the results, the one and the other lie, in bytes. */
type Combine = (out: number, one: number, other: number, length: number) => void

const SIGNS = ['+', '-', '*', '/'] as const
type Sign = (typeof SIGNS)[number]

/** Bytes of a number. */
const BYTES = 4
/** In pages of 64 KiB: more than a step of nano's training needs. A browser takes only what is written to. */
const MEMORY = 2048
/** So many numbers at the beginning of the memory are for what is multiplied together. */
const PACKED = 1_048_576

export class Single {
  readonly #numbers: Float32Array<ArrayBuffer>
  readonly #multiplied: Multiply
  readonly #combine: Readonly<Record<string, Combine>>
  #taken = PACKED

  private constructor(memory: WebAssembly.Memory, exports: WebAssembly.Exports) {
    this.#numbers = new Float32Array(memory.buffer)
    this.#multiplied = exports['multiply'] as Multiply
    this.#combine = exports as Record<string, Combine>
  }

  /** Null where the page cannot have it. */
  static create(): Single | null {
    try {
      const memory = new WebAssembly.Memory({ initial: MEMORY })
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembled()), { page: { memory } })
      return new Single(memory, exports)
    } catch {
      return null
    }
  }

  /** An array of zeros. */
  array(size: number): Float32Array {
    // Four numbers are loaded fastest where their place is a multiple of four.
    const end = this.#taken + 4 * Math.ceil(size / 4)
    if (end > this.#numbers.length) return new Float32Array(size)
    const made = this.#numbers.subarray(this.#taken, this.#taken + size)
    this.#taken = end
    return made
  }

  /** One of the four operations, number by number; the results are those of kernels.ts to the last digit. */
  ofFour(sign: Sign): Elementwise {
    const elsewhere = ofFour(sign)
    return (loop, out, one, other) => {
      const combine = this.#combine[`${sign}${loop.moves.join('')}`]
      if (combine === undefined || ![out, one!, other!].every(({ buffer }) => buffer === this.#numbers.buffer)) {
        elsewhere(loop, out, one!, other!)
        return
      }
      const [outs, ones, others] = loop.starts as [Int32Array, Int32Array, Int32Array]
      const [toOut, toOne, toOther] = [out.byteOffset, one!.byteOffset, other!.byteOffset]
      for (let stretch = 0; stretch < loop.count; stretch++) {
        const [from, with_] = [toOne + BYTES * ones[stretch]!, toOther + BYTES * others[stretch]!]
        combine(toOut + BYTES * outs[stretch]!, from, with_, loop.length)
      }
    }
  }

  multiply(shape: Product, out: Float32Array, left: Float32Array, right: Float32Array): void {
    const { rows, columns, beside, along, depth } = shape
    const groups = Math.ceil(rows.length / ROWS)
    const ofRows = ROWS * groups * depth
    const ofSums = ofRows + COLUMNS * depth
    if (ofSums + ROWS * groups * COLUMNS > PACKED) {
      multiply(shape, out, left, right)
      return
    }
    const numbers = this.#numbers
    const [rowOut, rowLeft] = rows.moves as [number, number]
    const [columnOut, , columnRight] = columns.moves as [number, number, number]
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
        this.#multiplied(0, BYTES * ofRows, BYTES * ofSums, groups, depth)
        for (let row = 0; row < rows.length; row++) {
          let to = toOut + row * rowOut + column * columnOut
          const sum = ofSums + row * COLUMNS
          for (let one = 0; one < there; one++, to += columnOut) out[to] = numbers[sum + one]!
        }
      }
    }
  }
}

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

// The functions, instruction by instruction. What they are given comes first among their locals.

const I32 = 0x7f
const V128 = 0x7b
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const constant = (number: number): number[] => [0x41, ...signed(number)]
const add = (local: number, number: number): number[] => [...get(local), ...constant(number), 0x6a, ...set(local)]
const vector = (instruction: number): number[] => [0xfd, ...unsigned(instruction)]
/** Four numbers, and one number four times, from an address and so many bytes behind it. */
const load = (address: number, offset: number): number[] => [...get(address), ...vector(0x00), 2, offset]
const loadOne = (address: number, offset: number): number[] => [...get(address), ...vector(0x09), 2, offset]
/** What has been computed last goes to the address that was said before it. */
const store = (offset: number): number[] => [...vector(0x0b), 2, offset]
const ZEROS = [...vector(0x0c), ...new Array<number>(16).fill(0)]
/** Of each operation: with four numbers at once, and with one. */
const OPERATIONS: Readonly<Record<Sign, readonly [fourAtOnce: number[], one: number]>> = {
  '+': [vector(0xe4), 0x92],
  '-': [vector(0xe5), 0x93],
  '*': [vector(0xe6), 0x94],
  '/': [vector(0xe7), 0x95],
}

/** Done as often as the number of that local says, which is 0 afterwards; not at all where it is 0. */
function counting(local: number, body: readonly number[]): number[] {
  const again = [...body, ...add(local, -1), ...get(local), 0x0d, 0x00]
  return [...get(local), 0x04, 0x40, 0x03, 0x40, ...again, 0x0b, 0x0b]
}

/** Which of the one and the other are arrays: where one is not, its number is the same for all. */
const MOVES = [
  [1, 1],
  [1, 0],
  [0, 1],
] as const

function assembled(): Uint8Array<ArrayBuffer> {
  const combining = SIGNS.flatMap((sign) => MOVES.map((moves) => ({ name: `${sign}1${moves.join('')}`, sign, moves })))
  const names = ['multiply', ...combining.map(({ name }) => name)]
  const bodies = [multiplying(), ...combining.map(({ sign, moves }) => combined(sign, moves))]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, listed([5, 4].map((given) => [0x60, given, ...new Array<number>(given).fill(I32), 0]))),
    ...section(2, listed([[...text('page'), ...text('memory'), 0x02, 0x00, 1]])),
    ...section(3, listed(names.map((_, place) => [place === 0 ? 0 : 1]))),
    ...section(7, listed(names.map((name, place) => [...text(name), 0x00, place]))),
    ...section(10, listed(bodies.map((body) => [...unsigned(body.length), ...body]))),
  ])
}

/** One of the four operations: four numbers at once, and what is left one by one. */
function combined(sign: Sign, moves: readonly [0 | 1, 0 | 1]): number[] {
  const [out, one, other, length, fours] = [0, 1, 2, 3, 4] as const
  const [fourAtOnce, alone] = OPERATIONS[sign]
  const operands = [one, other].map((address, place) => ({ address, isArray: moves[place] === 1 }))
  const moving = [out, ...operands.flatMap(({ address, isArray }) => (isArray ? [address] : []))]
  const onward = (numbers: number): number[] => moving.flatMap((address) => add(address, BYTES * numbers))
  const loadFour = operands.flatMap(({ address, isArray }) => (isArray ? load : loadOne)(address, 0))
  const loadAlone = operands.flatMap(({ address }) => [...get(address), 0x2a, 2, 0])
  return [
    ...[1, 1, I32],
    ...[...get(length), ...constant(2), 0x76, ...set(fours)],
    ...counting(fours, [...get(out), ...loadFour, ...fourAtOnce, ...store(0), ...onward(4)]),
    ...[...get(length), ...constant(3), 0x71, ...set(length)],
    ...counting(length, [...get(out), ...loadAlone, alone, 0x38, 2, 0, ...onward(1)]),
    0x0b,
  ]
}

function multiplying(): number[] {
  const [rows, columns, sums, groups, depth, column, left] = [0, 1, 2, 3, 4, 5, 6] as const
  const [near, far, one] = [7, 8, 9] as const
  const halves = [near, far] as const
  const sumOf = (row: number, half: number): number => 10 + 2 * row + half
  const each = (said: (row: number) => number[]): number[] => Array.from({ length: ROWS }, (_, row) => said(row)).flat()
  const addProduct = (sum: number, half: number): number[] => [
    ...[...get(one), ...get(half), ...OPERATIONS['*'][0]],
    ...[...get(sum), ...OPERATIONS['+'][0], ...set(sum)],
  ]
  const body = counting(groups, [
    ...[...get(columns), ...set(column), ...get(depth), ...set(left)],
    ...each((row) => halves.flatMap((_, half) => [...ZEROS, ...set(sumOf(row, half))])),
    ...counting(left, [
      ...halves.flatMap((half, place) => [...load(column, 16 * place), ...set(half)]),
      ...each((row) => [
        ...[...loadOne(rows, BYTES * row), ...set(one)],
        ...halves.flatMap((half, place) => addProduct(sumOf(row, place), half)),
      ]),
      ...add(rows, BYTES * ROWS),
      ...add(column, BYTES * COLUMNS),
    ]),
    ...each((row) =>
      halves.flatMap((_, half) => [
        ...get(sums),
        ...get(sumOf(row, half)),
        ...store(BYTES * COLUMNS * row + 16 * half),
      ]),
    ),
    ...add(sums, BYTES * COLUMNS * ROWS),
  ])
  return [2, 2, I32, 3 + 2 * ROWS, V128, ...body, 0x0b]
}

function listed(several: readonly (readonly number[])[]): number[] {
  return [...unsigned(several.length), ...several.flat()]
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
