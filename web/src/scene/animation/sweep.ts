/**
 * A whole tensor, or a part of it, as a play: line after line in the order of the positions, all heads at once. What an op does to one
 * cell it does here to many, so only what travels is shown: rows that glide over matrices and drop a number at each column, columns
 * that fall together into one number, cells that go to their own place. Never more than some hundreds are in the air.
 */
import type { Op, Tensor, Vector } from '../../protocol/types'
import { union } from '../projection'
import type { Animation, Flyer, Lights, Scenery, TensorProgress } from '../scenery'
import { flown, gently, mix, raised, share } from './motion'
import { summedLetters, type At, type Operand, type Places, type Region } from './places'

/** Before the tensors that they fly over. */
const ALOFT = 1.2
/** So many cells may be in the air for one line. */
const MOST_IN_LINE = 200
/** After the last line. */
const TAIL = 0.12

/** How the cells of the output follow one another. */
interface Order {
  output: Tensor
  region: Region
  /** Axes, by their letters: line after line, cell after cell, and what is done at once. */
  outer: string | null
  inner: string | null
  lines: number
  cells: number
  /** Of the axes that are done at once and of those that are fixed: every combination of their indices. */
  together: readonly At[]
}

/** What flies at a time within a line (from 0 to 1; a little before and after it too), and which of the line's cells are there. */
interface Line {
  seconds: number
  flyers: (line: number, time: number, flyers: Flyer[]) => void
  /** When the cell is there, in shares of the line. */
  landed: (cell: number) => number
}

export function sweepAnimation(places: Places, op: Op, region: Region): Animation {
  const output = places.tensor(op.output)
  const order = orderOf(places, output, region)
  const operands = places.operands(op)
  const line = lineOf(places, order, operands)
  const units = order.lines + TAIL
  const cellsAt = (time: number) =>
    Array.from({ length: order.cells }, (_, cell) => cell).filter((cell) => time >= line.landed(cell)).length
  const axisOf = (letter: string | null) => (letter === null ? -1 : order.output.axes.indexOf(letter))
  const progressAt = remembered((complete: number, cells: number): TensorProgress => ({
    region,
    outer: axisOf(order.outer),
    inner: axisOf(order.inner),
    complete,
    cells,
  }))
  const lights = lightsOf(places, order, operands)
  const focus = union([output, ...operands.map(({ tensor }) => tensor)].map(({ name }) => places.box(name)))
  return {
    seconds: Math.max(1, order.lines * line.seconds),
    beats: Array.from({ length: order.lines }, (_, index) => (index === order.lines - 1 ? 1 : (index + 1) / units)),
    at(position): Scenery {
      const time = position * units
      const at = Math.min(order.lines - 1, Math.floor(time))
      const flyers: Flyer[] = []
      for (const index of [at, at + 1, at - 1]) {
        if (index >= 0 && index < order.lines) line.flyers(index, time - index, flyers)
      }
      const isOver = position >= 1
      const progress = isOver ? new Map() : new Map([[op.output, progressAt(at, cellsAt(time - at))]])
      return { flyers: isOver ? [] : flyers, captions: [], focus, lights, progress }
    },
  }
}

function orderOf(places: Places, output: Tensor, region: Region): Order {
  const box = places.box(output.name)
  const length = (letter: string) => {
    const [begin, end] = region[output.axes.indexOf(letter)] as readonly [number, number]
    return end - begin
  }
  const flat = output.axes.filter((letter) => letter !== box.axes[2])
  const outer = flat.find((letter) => places.grows(letter)) ?? (flat.length > 1 ? (flat[0] as string) : null)
  const inner = flat.findLast((letter) => letter !== outer) ?? null
  const rest = output.axes.filter((letter) => letter !== outer && letter !== inner)
  return {
    output,
    region,
    outer,
    inner,
    lines: outer === null ? 1 : length(outer),
    cells: inner === null ? 1 : length(inner),
    together: combinations(rest.map((letter) => ({ letter, ...rangeOf(output, region, letter) }))),
  }
}

function rangeOf(output: Tensor, region: Region, letter: string): { begin: number; end: number } {
  const [begin, end] = region[output.axes.indexOf(letter)] as readonly [number, number]
  return { begin, end }
}

/** The letters' indices for a cell of a line. Between two cells there are places too. */
function at({ output, region, outer, inner }: Order, others: At, line: number, cell: number): At {
  const indices: Record<string, number> = { ...others }
  if (outer !== null) indices[outer] = rangeOf(output, region, outer).begin + line
  if (inner !== null) indices[inner] = rangeOf(output, region, inner).begin + cell
  return indices
}

function lineOf(places: Places, order: Order, operands: readonly Operand[]): Line {
  const summed = summedLetters(operands, order.output)
  const runs = operands.filter(({ letters }) => letters.some((letter) => summed.includes(letter)))
  const partner = runs.find(({ letters }) => order.inner !== null && letters.includes(order.inner))
  const gliding = runs.filter(({ letters }) => order.inner !== null && !letters.includes(order.inner))
  const made = { places, order, operands, summed: summedAt(places, summed, runs) }
  if (summed.length === 0) return passing(made)
  if (partner !== undefined && gliding.length > 0) return glidingOver(made, gliding, partner)
  return falling(made, runs)
}

interface Made {
  places: Places
  order: Order
  operands: readonly Operand[]
  /** Every combination of what is summed over; empty letters: one combination. */
  summed: readonly At[]
}

function summedAt(places: Places, letters: readonly string[], operands: readonly Operand[]): At[] {
  const ranges = letters.map((letter) => {
    const operand = operands.find((one) => one.letters.includes(letter)) as Operand
    return { letter, begin: 0, end: places.shape(operand.tensor.name)[operand.letters.indexOf(letter)] ?? 1 }
  })
  return combinations(ranges)
}

/** Every so-manieth of them, so that not too many fly at once. */
function thinned<Thing>(things: readonly Thing[], atOnce: number): Thing[] {
  const step = Math.max(1, Math.ceil((things.length * atOnce) / MOST_IN_LINE))
  return things.filter((_, index) => index % step === 0)
}

// ---------------------------------------------------------------- dot products

const APPROACH = 0.14
const GLIDE_END = 0.84
const DROP = 0.12

/** What does not change along the line glides over the matrix from column to column, and at each of them a number drops out. */
function glidingOver({ places, order, operands, summed }: Made, gliding: readonly Operand[], partner: Operand): Line {
  const last = Math.max(1, order.cells - 1)
  const passed = (cell: number) => mix(APPROACH, GLIDE_END, order.cells === 1 ? 0.5 : cell / last)
  const sums = thinned(summed, order.together.length * gliding.length)
  const output = order.output.name
  const drop = (line: number, time: number, others: At, flyers: Flyer[]) => {
    // The cells that are dropping now are those that were passed a short while ago.
    const from = Math.max(0, Math.floor(((time - DROP - APPROACH) / (GLIDE_END - APPROACH)) * last))
    for (let cell = from; cell < order.cells && passed(cell) <= time; cell++) {
      const part = share(time, passed(cell), passed(cell) + DROP)
      if (part >= 1) continue
      const index = at(order, others, line, cell)
      const [start, end] = [endOf(places, partner, index, summed, operands, output), cellOf(places, order, index)]
      flyers.push({
        at: flown(raised(start, ALOFT), raised(end.at, 0.3), gently(part)),
        size: 1,
        value: end.value,
        scale: end.scale,
        rim: 'quiet',
      })
    }
  }
  return {
    seconds: Math.min(1.4, Math.max(0.6, 0.3 + 0.03 * order.cells)),
    landed: (cell) => passed(cell) + DROP,
    flyers(line, time, flyers) {
      if (time < -APPROACH || time > 1) return
      const here = gently(share(time, -APPROACH, APPROACH))
      const size = 0.9 * (1 - share(time, GLIDE_END, GLIDE_END + DROP))
      const along = share(time, APPROACH, GLIDE_END) * (order.cells - 1)
      for (const others of order.together) {
        for (const operand of size > 0 ? gliding : []) {
          for (const sum of sums) {
            const index = { ...at(order, others, line, along), ...sum }
            const source = places.index(operand, index, operands)
            const { name } = operand.tensor
            const over = places.at(partner.tensor.name, places.index(partner, index, operands))
            const place =
              here < 1 ? flown(raised(places.at(name, source), 0.2), raised(over, ALOFT), here) : raised(over, ALOFT)
            flyers.push({ at: place, size, value: places.value(name, source), scale: places.scale(name), rim: 'lit' })
          }
        }
        drop(line, time, others, flyers)
      }
    },
  }
}

/** That end of what is summed over which lies nearest to the output's cell: there the sum comes out. */
function endOf(
  places: Places,
  partner: Operand,
  index: At,
  summed: readonly At[],
  operands: readonly Operand[],
  output: string,
): Vector {
  const target = places.at(
    output,
    places.tensor(output).axes.map((letter) => index[letter] ?? 0),
  )
  const ends = [summed[0], summed.at(-1)].map((sum) =>
    places.at(partner.tensor.name, places.index(partner, { ...index, ...sum }, operands)),
  )
  const distance = ([x, y]: Vector) => Math.hypot(x - target[0], y - target[1])
  return ends.reduce((best, end) => (distance(end) < distance(best) ? end : best))
}

// ---------------------------------------------------------------- many to one

/** What a cell is made of falls together into it. */
function falling({ places, order, operands, summed }: Made, runs: readonly Operand[]): Line {
  const sums = thinned(summed, order.together.length * order.cells * runs.length)
  const single = operands.filter((operand) => !runs.includes(operand))
  const length = 1 / order.cells
  return {
    seconds: 0.55 * order.cells,
    landed: (cell) => (cell + 0.95) * length,
    flyers(line, time, flyers) {
      for (const others of order.together) {
        for (let cell = 0; cell < order.cells; cell++) {
          const part = (time - cell * length) / length
          if (part < 0 || part > 1) continue
          const index = at(order, others, line, cell)
          const end = cellOf(places, order, index)
          const fly = (operand: Operand, here: At, delay: number) => {
            const source = places.index(operand, here, operands)
            const { name } = operand.tensor
            const away = gently(share(part, 0.02 + 0.4 * delay, 0.5 + 0.4 * delay))
            if (away >= 1) return
            const place = flown(
              raised(places.at(name, source), ALOFT * share(part, 0, 0.15)),
              raised(end.at, ALOFT),
              away,
            )
            flyers.push({
              at: place,
              size: mix(0.95, 0.7, away),
              value: places.value(name, source),
              scale: places.scale(name),
              rim: 'quiet',
            })
          }
          runs.forEach((operand) =>
            sums.forEach((sum, place) => fly(operand, { ...index, ...sum }, place / sums.length)),
          )
          single.forEach((operand) => fly(operand, index, 0.5))
          if (part > 0.4) {
            flyers.push({
              at: raised(end.at, mix(ALOFT, 0.2, share(part, 0.85, 1))),
              size: 0.6 + 0.5 * share(part, 0.4, 0.85),
              value: end.value,
              scale: end.scale,
              rim: 'followed',
            })
          }
        }
      }
    },
  }
}

// ---------------------------------------------------------------- each to its own place

const SETTLE = 0.6
const SPREAD = 0.35

/**
 * Cells go to the cells that are made of them; what has no number to give, and is minus infinity all the same, closes. What all of them
 * read goes along with the first that arrives, and what points at them goes there before.
 */
function passing({ places, order, operands }: Made): Line {
  const last = Math.max(1, order.cells - 1)
  const cells = Array.from({ length: order.cells }, (_, cell) => cell)
  const delay = (cell: number) => (SPREAD * cell) / last
  const pointed = operands.flatMap(({ letters }) =>
    letters.filter((letter) => letter.startsWith('@')).map((letter) => letter.slice(1)),
  )
  const varies = ({ letters }: Operand) => order.inner !== null && letters.includes(order.inner)
  const moving = operands.filter((operand) =>
    order.inner === null ? !pointed.includes(operand.role) : varies(operand),
  )
  const shared = operands.filter((operand) => !moving.includes(operand))
  const numberOf = (operand: Operand, index: At) => {
    const source = places.index(operand, index, operands)
    const { name } = operand.tensor
    return { home: places.at(name, source), value: places.value(name, source), scale: places.scale(name) }
  }
  const cellFlight = (cell: number, index: At, time: number, flyers: Flyer[]) => {
    const end = cellOf(places, order, index)
    const away = gently(share(time, delay(cell), SETTLE + delay(cell)))
    if (away >= 1) return
    if (end.value === -Infinity) {
      flyers.push({
        at: raised(end.at, mix(ALOFT, 0.1, away)),
        size: away,
        value: end.value,
        scale: end.scale,
        rim: 'quiet',
      })
      return
    }
    moving.forEach((operand, place) => {
      const { home, value, scale } = numberOf(operand, index)
      const start = raised(home, 0.2 + ALOFT * share(time, 0, delay(cell) + 0.05))
      // Operands come one behind another.
      const over = raised(end.at, 0.3 + 0.5 * place * (1 - away))
      flyers.push({ at: flown(start, over, away), size: 0.92, value, scale, rim: 'quiet' })
    })
  }
  const sharedFlight = (others: At, line: number, time: number, flyers: Flyer[]) => {
    const first = at(order, others, line, 0)
    const front = share(time, SETTLE, SETTLE + SPREAD) * (order.cells - 1)
    const beside = places.at(
      order.output.name,
      order.output.axes.map((letter) => at(order, others, line, front)[letter] ?? 0),
    )
    shared.forEach((operand, place) => {
      const { home, value, scale } = numberOf(operand, first)
      const points = pointed.includes(operand.role)
      const target = points && moving[0] !== undefined ? numberOf(moving[0], first).home : beside
      const there = gently(share(time, 0, points ? 0.25 : SETTLE))
      if (points && there >= 1) return
      flyers.push({
        at: flown(raised(home, ALOFT), raised(target, ALOFT + 0.6 * place), there),
        size: 1,
        value,
        scale,
        rim: 'lit',
      })
    })
  }
  return {
    seconds: 0.7,
    landed: (cell) => SETTLE + delay(cell),
    flyers(line, time, flyers) {
      if (time < 0 || time > 1) return
      for (const others of order.together) {
        for (const cell of thinned(cells, order.together.length * Math.max(1, moving.length))) {
          cellFlight(cell, at(order, others, line, cell), time, flyers)
        }
        if (time < SETTLE + SPREAD) sharedFlight(others, line, time, flyers)
      }
    },
  }
}

// ----------------------------------------------------------------

function cellOf(places: Places, { output }: Order, index: At): { at: Vector; value: number; scale: number } {
  const cell = output.axes.map((letter) => index[letter] ?? 0)
  return { at: places.at(output.name, cell), value: places.value(output.name, cell), scale: places.scale(output.name) }
}

/** A part of a tensor: what it reads is lit. A whole tensor: its frame is, and nothing else recedes. */
function lightsOf(places: Places, order: Order, operands: readonly Operand[]): Lights {
  const { output, region } = order
  const shape = places.shape(output.name)
  const isWhole = region.every(([begin, end], axis) => begin === 0 && end >= (shape[axis] as number))
  const played = output.name
  if (isWhole) return { reads: [], selection: { tensor: output.name, index: null }, played, pending: new Set() }
  const ranges = new Map(output.axes.map((letter, axis) => [letter, region[axis] as readonly [number, number]]))
  const reads = operands.map(({ tensor, letters }) => ({
    tensor: tensor.name,
    region: letters.map((letter, axis): [number, number] => {
      // What is pointed at is known where there is one line only.
      if (letter.startsWith('@') && order.lines === 1) {
        const row = places.index({ role: '', tensor, letters }, at(order, order.together[0] ?? {}, 0, 0), operands)[
          axis
        ] as number
        return [row, row + 1]
      }
      const range = ranges.get(letter)
      return range === undefined ? [0, places.shape(tensor.name)[axis] ?? 1] : [range[0], range[1]]
    }),
  }))
  const itself = { tensor: output.name, region: region.map(([begin, end]): [number, number] => [begin, end]) }
  return { reads: [...reads, itself], selection: null, played, pending: new Set() }
}

function combinations(ranges: readonly { letter: string; begin: number; end: number }[]): At[] {
  return ranges.reduce<At[]>(
    (all, { letter, begin, end }) =>
      all.flatMap((one) => Array.from({ length: end - begin }, (_, index) => ({ ...one, [letter]: begin + index }))),
    [{}],
  )
}

/** The same object for the same two numbers. */
function remembered<Result>(make: (one: number, other: number) => Result): (one: number, other: number) => Result {
  const known = new Map<string, Result>()
  return (one, other) => {
    const key = `${one},${other}`
    const result = known.get(key) ?? make(one, other)
    known.set(key, result)
    return result
  }
}
