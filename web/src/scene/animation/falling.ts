/**
 * Many to one, line by line: what a cell is made of falls together into it.
 */
import { ALOFT, at, cellOf, thinned, type Line, type Made } from './lines'
import { flown, gently, mix, raised, share } from './motion'
import type { At, Operand } from './places'

export function falling({ places, order, operands, summed }: Made, runs: readonly Operand[]): Line {
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
