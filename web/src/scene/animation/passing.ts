/**
 * Each to its own place, line by line: cells go to the cells that are made of them.
 */
import type { Flyer } from '../scenery'
import { ALOFT, at, cellOf, thinned, type Line, type Made } from './lines'
import { flown, gently, mix, raised, share } from './motion'
import type { At, Operand } from './places'

const SETTLE = 0.6
const SPREAD = 0.35

/**
 * Cells go to the cells that are made of them; what has no number to give, and is minus infinity all the same, closes. What all of them
 * read goes along with the first that arrives, and what points at them goes there before.
 */
export function passing({ places, order, operands }: Made): Line {
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
