/**
 * The loops that do the arithmetic. A loop goes over cells of several arrays at once: where it stands in each of them at the start of
 * every stretch comes from a table made beforehand, and along a stretch it moves by one stride for each array. Sums are in double
 * precision, whatever is stored is in single precision.
 */

/** How far apart neighbours along a letter lie in an array; 0 where the array has no such letter. */
export type Strides = ReadonlyMap<string, number>

/** A letter with its length. */
export type Extent = readonly [string, number]

/** Stretches of cells: `count` of them with `length` cells each, and for every array where they start and how they move on. */
export interface Loop {
  readonly count: number
  readonly length: number
  readonly starts: readonly Int32Array[]
  readonly moves: readonly number[]
}

interface Dimension {
  readonly length: number
  readonly moves: readonly number[]
}

/** The letters as dimensions, outermost first; neighbours that lie behind one another in every array become one. */
function dimensions(extents: readonly Extent[], arrays: readonly Strides[]): Dimension[] {
  const merged: Dimension[] = []
  for (const [letter, length] of extents) {
    if (length === 1) continue
    const moves = arrays.map((strides) => strides.get(letter) ?? 0)
    const outer = merged.at(-1)
    if (outer?.moves.every((move, place) => move === length * moves[place]!)) {
      merged[merged.length - 1] = { length: outer.length * length, moves }
    } else merged.push({ length, moves })
  }
  return merged
}

/** Where all combinations of indices lie in every array. */
function table(all: readonly Dimension[], arrays: number): Int32Array[] {
  const count = all.reduce((product, { length }) => product * length, 1)
  return Array.from({ length: arrays }, (_, array) => {
    const starts = new Int32Array(count)
    let filled = 1
    // From the innermost dimension outwards: what is there is repeated, moved on by one more step.
    for (const { length, moves } of all.toReversed()) {
      for (let index = filled; index < filled * length; index++) starts[index] = starts[index - filled]! + moves[array]!
      filled *= length
    }
    return starts
  })
}

export function loopOver(extents: readonly Extent[], arrays: readonly Strides[]): Loop {
  const all = dimensions(extents, arrays)
  const inner = all.pop() ?? { length: 1, moves: arrays.map(() => 0) }
  const starts = table(all, arrays.length)
  return { count: starts[0]!.length, length: inner.length, starts, moves: inner.moves }
}

// Cell by cell.

type Numbers = Float32Array
export type Elementwise = (loop: Loop, out: Numbers, ...inputs: Numbers[]) => void

/** Each of the four operations has a loop of its own: a call for every cell would take several times as long. */
export function ofFour(sign: '+' | '-' | '*' | '/'): Elementwise {
  return ({ count, length, starts, moves }, out, one, other) => {
    const [toOut, toOne, toOther] = moves as [number, number, number]
    const [x, y] = [one!, other!]
    for (let stretch = 0; stretch < count; stretch++) {
      let c = starts[0]![stretch]!
      let a = starts[1]![stretch]!
      let b = starts[2]![stretch]!
      let left = length
      switch (sign) {
        case '+':
          for (; left > 0; left--, c += toOut, a += toOne, b += toOther) out[c] = x[a]! + y[b]!
          break
        case '-':
          for (; left > 0; left--, c += toOut, a += toOne, b += toOther) out[c] = x[a]! - y[b]!
          break
        case '*':
          for (; left > 0; left--, c += toOut, a += toOne, b += toOther) out[c] = x[a]! * y[b]!
          break
        case '/':
          for (; left > 0; left--, c += toOut, a += toOne, b += toOther) out[c] = x[a]! / y[b]!
      }
    }
  }
}

export function ofOne(change: (x: number) => number): Elementwise {
  return ({ count, length, starts, moves }, out, input) => {
    const [toOut, toInput] = moves as [number, number]
    for (let stretch = 0; stretch < count; stretch++) {
      let c = starts[0]![stretch]!
      let a = starts[1]![stretch]!
      for (let left = length; left > 0; left--, c += toOut, a += toInput) out[c] = change(input![a]!)
    }
  }
}

export function ofTwo(combine: (x: number, y: number) => number): Elementwise {
  return ({ count, length, starts, moves }, out, one, other) => {
    const [toOut, toOne, toOther] = moves as [number, number, number]
    for (let stretch = 0; stretch < count; stretch++) {
      let c = starts[0]![stretch]!
      let a = starts[1]![stretch]!
      let b = starts[2]![stretch]!
      for (let left = length; left > 0; left--, c += toOut, a += toOne, b += toOther)
        out[c] = combine(one![a]!, other![b]!)
    }
  }
}

export const chosen: Elementwise = ({ count, length, starts, moves }, out, condition, one, other) => {
  const [toOut, toCondition, toOne, toOther] = moves as [number, number, number, number]
  for (let stretch = 0; stretch < count; stretch++) {
    for (let place = 0; place < length; place++) {
      const holds = condition![starts[1]![stretch]! + place * toCondition]! !== 0
      out[starts[0]![stretch]! + place * toOut] = holds
        ? one![starts[2]![stretch]! + place * toOne]!
        : other![starts[3]![stretch]! + place * toOther]!
    }
  }
}

/** Cells found at computed indices: the second array is read further on by each of the others' numbers times its stride. */
export function gathered(strides: readonly number[], lengths: readonly number[]): Elementwise {
  return ({ count, length, starts, moves }, out, from, ...indices) => {
    for (let stretch = 0; stretch < count; stretch++) {
      for (let place = 0; place < length; place++) {
        let offset = starts[1]![stretch]! + place * moves[1]!
        for (let which = 0; which < indices.length; which++) {
          const index = Math.trunc(indices[which]![starts[which + 2]![stretch]! + place * moves[which + 2]!]!)
          offset += (index < 0 ? index + lengths[which]! : index) * strides[which]!
        }
        out[starts[0]![stretch]! + place * moves[0]!] = from![offset]!
      }
    }
  }
}

// Along axes.

/** For each cell of an output (`over` goes through both arrays), all cells of the input that it gathers. */
export interface Gathering {
  readonly over: Loop
  readonly along: Loop
}

export function gathering(kept: readonly Extent[], along: readonly Extent[], out: Strides, input: Strides): Gathering {
  return { over: loopOver(kept, [out, input]), along: loopOver(along, [input]) }
}

/** The sum or the largest; a NaN among them stays one. */
export function reduce(kind: 'sum' | 'max', { over, along }: Gathering, out: Numbers, input: Numbers): void {
  const [starts, move] = [along.starts[0]!, along.moves[0]!]
  for (let stretch = 0; stretch < over.count; stretch++) {
    for (let place = 0; place < over.length; place++) {
      const from = over.starts[1]![stretch]! + place * over.moves[1]!
      let result = kind === 'sum' ? 0 : -Infinity
      for (let part = 0; part < along.count; part++) {
        let a = from + starts[part]!
        if (kind === 'sum') {
          for (let left = along.length; left > 0; left--, a += move) result += input[a]!
        } else {
          for (let left = along.length; left > 0; left--, a += move) {
            const one = input[a]!
            if (one > result || Number.isNaN(one)) result = one
          }
        }
      }
      out[over.starts[0]![stretch]! + place * over.moves[0]!] = result
    }
  }
}

/** A matrix product: rows from the one array, columns from the other, side by side along what is left of the output. */
export interface Product {
  readonly rows: Dimension
  readonly columns: Dimension
  readonly beside: readonly Int32Array[]
  readonly along: Loop
  /** How many numbers a row is long. */
  readonly depth: number
  /** All rows in pairs, and four columns, in double precision and in the order in which they are read. */
  readonly pairs: Float64Array
  readonly fours: Float64Array
}

/** Where such arrays come from: by a number of their own, at least that long. */
export type Packing = (place: 0 | 1, size: number) => Float64Array

export function product(
  kept: readonly Extent[],
  over: readonly Extent[],
  [out, left, right]: readonly [Strides, Strides, Strides],
  packing: Packing,
): Product {
  const all = dimensions(kept, [out, left, right])
  const take = (suits: (dimension: Dimension) => boolean): Dimension => {
    const found = all.filter(suits).sort((one, other) => other.length - one.length)[0]
    if (found === undefined) return { length: 1, moves: [0, 0, 0] }
    all.splice(all.indexOf(found), 1)
    return found
  }
  const rows = take(({ moves }) => moves[2] === 0)
  const columns = take(({ moves }) => moves[1] === 0)
  const along = loopOver(over, [left, right])
  const depth = along.count * along.length
  const [pairs, fours] = [packing(0, 2 * Math.ceil(rows.length / 2) * depth), packing(1, 4 * depth)]
  return { rows, columns, beside: table(all, 3), along, depth, pairs, fours }
}

/**
 * In blocks of two rows and four columns, whose sums stay in registers. Turning single precision into double takes longer than
 * multiplying, so that is done once for each number beforehand. At an edge a block does its last row or column several times, all alike.
 */
export function multiply(shape: Product, out: Numbers, left: Numbers, right: Numbers): void {
  const { rows, columns, beside, depth, pairs, fours } = shape
  const [lastRow, lastColumn] = [rows.length - 1, columns.length - 1]
  const [rowOut, rowLeft] = rows.moves as [number, number]
  const [columnOut, , columnRight] = columns.moves as [number, number, number]
  for (let place = 0; place < beside[0]!.length; place++) {
    const toOut = beside[0]![place]!
    const toLeft = beside[1]![place]!
    const toRight = beside[2]![place]!
    for (let row = 0; row <= lastRow; row += 2) {
      const next = Math.min(row + 1, lastRow) - row
      packTwo(shape.along, left, toLeft + row * rowLeft, next * rowLeft, pairs, row * depth)
    }
    for (let column = 0; column <= lastColumn; column += 4) {
      const second = Math.min(column + 1, lastColumn)
      const third = Math.min(column + 2, lastColumn)
      const fourth = Math.min(column + 3, lastColumn)
      packFour(
        shape.along,
        right,
        toRight,
        [column, second, third, fourth].map((one) => one * columnRight),
        fours,
      )
      let pair = 0
      for (let row = 0; row <= lastRow; row += 2) {
        let a0 = 0
        let a1 = 0
        let a2 = 0
        let a3 = 0
        let b0 = 0
        let b1 = 0
        let b2 = 0
        let b3 = 0
        for (let four = 0; four < 4 * depth; four += 4, pair += 2) {
          const x = pairs[pair]!
          const y = pairs[pair + 1]!
          const r0 = fours[four]!
          const r1 = fours[four + 1]!
          const r2 = fours[four + 2]!
          const r3 = fours[four + 3]!
          a0 += x * r0
          a1 += x * r1
          a2 += x * r2
          a3 += x * r3
          b0 += y * r0
          b1 += y * r1
          b2 += y * r2
          b3 += y * r3
        }
        const above = toOut + row * rowOut
        const below = toOut + Math.min(row + 1, lastRow) * rowOut
        out[above + column * columnOut] = a0
        out[above + second * columnOut] = a1
        out[above + third * columnOut] = a2
        out[above + fourth * columnOut] = a3
        out[below + column * columnOut] = b0
        out[below + second * columnOut] = b1
        out[below + third * columnOut] = b2
        out[below + fourth * columnOut] = b3
      }
    }
  }
}

/** Two rows, number by number beside each other. */
function packTwo(along: Loop, from: Numbers, first: number, next: number, to: Float64Array, place: number): void {
  const [move] = along.moves as [number]
  let at = place
  for (let part = 0; part < along.count; part++) {
    let source = first + along.starts[0]![part]!
    for (let left = along.length; left > 0; left--, source += move, at += 2) {
      to[at] = from[source]!
      to[at + 1] = from[source + next]!
    }
  }
}

/** Four columns, number by number beside one another. */
function packFour(along: Loop, from: Numbers, first: number, columns: readonly number[], to: Float64Array): void {
  const [, move] = along.moves as [number, number]
  const [one, two, three, four] = columns as [number, number, number, number]
  let at = 0
  for (let part = 0; part < along.count; part++) {
    let source = first + along.starts[1]![part]!
    for (let left = along.length; left > 0; left--, source += move, at += 4) {
      to[at] = from[source + one]!
      to[at + 1] = from[source + two]!
      to[at + 2] = from[source + three]!
      to[at + 3] = from[source + four]!
    }
  }
}
