/**
 * Dot products, line by line: rows that glide over a matrix and drop a number at each of its columns.
 */
import type { Vector } from '../../protocol/types'
import type { Flyer } from '../scenery'
import { ALOFT, at, cellOf, thinned, type Line, type Made } from './lines'
import { flown, gently, mix, raised, share } from './motion'
import type { At, Operand, Places } from './places'

const APPROACH = 0.14
const GLIDE_END = 0.84
const DROP = 0.12

/** What does not change along the line glides over the matrix from column to column, and at each of them a number drops out. */
export function glidingOver(
  { places, order, operands, summed }: Made,
  gliding: readonly Operand[],
  partner: Operand,
): Line {
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
