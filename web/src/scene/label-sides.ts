/**
 * On which side of its box the name of a tensor stands: where there is the most room for it in the layout. Tensors of one title, such as
 * the queries of every block, have one side, from wherever they are seen; it is looked for once per model.
 */
import type { Box, Tensor } from '../protocol/types'

export type Side = 'above' | 'right' | 'left' | 'below'

/** So many cells of room are as good as any more, above or below a box and beside it: a name is wide. */
const ENOUGH = { above: 8, below: 8, right: 24, left: 24 }
/** Where there is as much room, names stand rather above, then below, then to the right. */
const HANDICAP = { above: 0, below: 0.06, right: 0.1, left: 0.16 }
const SIDES: readonly Side[] = ['above', 'right', 'left', 'below']
/** The first ones of a title tell how all of them stand: blocks are alike. */
const LOOKED_AT = 2

/** By title, the best side first. */
export function sidesOf(boxes: readonly Box[], tensors: ReadonlyMap<string, Tensor>): Map<string, readonly Side[]> {
  const alike = new Map<string, Box[]>()
  for (const box of boxes) {
    const title = tensors.get(box.tensor)?.title ?? ''
    const found = alike.get(title) ?? []
    if (found.length < LOOKED_AT) alike.set(title, [...found, box])
  }
  const worth = (some: readonly Box[], side: Side) =>
    Math.min(...some.map((box) => roomBeside(box, side, boxes))) / ENOUGH[side] - HANDICAP[side]
  return new Map(
    [...alike].map(([title, some]) => {
      const byWorth = SIDES.map((side) => ({ side, worth: worth(some, side) }))
      return [title, byWorth.sort((one, other) => other.worth - one.worth).map(({ side }) => side)]
    }),
  )
}

/** From a box to the nearest one on that side, in cells, as seen from the front. */
function roomBeside(box: Box, side: Side, boxes: readonly Box[]): number {
  const along = side === 'above' || side === 'below' ? 1 : 0
  const across = 1 - along
  const forwards = side === 'above' || side === 'right'
  let room = ENOUGH[side]
  for (const other of boxes) {
    if (other === box || low(other, across) >= high(box, across) || high(other, across) <= low(box, across)) continue
    const gap = forwards ? low(other, along) - high(box, along) : low(box, along) - high(other, along)
    // What reaches past the box's own edge on that side takes all the room.
    const isBeyond = forwards ? high(other, along) > high(box, along) : low(other, along) < low(box, along)
    if (isBeyond) room = Math.min(room, Math.max(0, gap))
  }
  return room
}

function low({ min }: Box, axis: number): number {
  return min[axis] as number
}

function high({ min, size }: Box, axis: number): number {
  return (min[axis] as number) + (size[axis] as number)
}
