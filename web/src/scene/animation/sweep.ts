/**
 * A whole tensor, or a part of it, as a play: line after line in the order of the positions, all heads at once. What an op does to one
 * cell it does here to many, so only what travels is shown: rows that glide over matrices and drop a number at each column, columns
 * that fall together into one number, cells that go to their own place. Never more than some hundreds are in the air.
 */
import type { Op } from '../../protocol/types'
import { union } from '../projection'
import type { Animation, Flyer, Lights, Scenery, TensorProgress } from '../scenery'
import { falling } from './falling'
import { glidingOver } from './gliding'
import { at, combinations, orderOf, type Line, type Order } from './lines'
import { passing } from './passing'
import { summedLetters, type At, type Operand, type Places, type Region } from './places'

/** After the last line. */
const TAIL = 0.12

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

function summedAt(places: Places, letters: readonly string[], operands: readonly Operand[]): At[] {
  const ranges = letters.map((letter) => {
    const operand = operands.find((one) => one.letters.includes(letter)) as Operand
    return { letter, begin: 0, end: places.shape(operand.tensor.name)[operand.letters.indexOf(letter)] ?? 1 }
  })
  return combinations(ranges)
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
