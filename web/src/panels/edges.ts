/**
 * Where signs stand that point to what is out of sight: at the edge of the stage, towards it, and none over another.
 */
import type { Extent } from './tip'

const MARGIN = 8
const APART = 6

export interface Sign extends Extent {
  /** Where it points to, from the left top corner of the stage; outside of it. */
  x: number
  y: number
}

export interface SignPlace {
  left: number
  top: number
  /** The direction in which it points, in degrees: 0 to the right, 90 downwards. */
  angle: number
}

/** In the order of the signs. */
export function placeSigns(signs: readonly Sign[], room: Extent): SignPlace[] {
  const placed: { left: number; top: number; width: number; height: number }[] = []
  return signs.map(({ x, y, width, height }) => {
    const [across, down] = [x - room.width / 2, y - room.height / 2]
    const [mostAcross, mostDown] = [(room.width - width) / 2 - MARGIN, (room.height - height) / 2 - MARGIN]
    const share = Math.min(mostAcross / Math.max(1e-6, Math.abs(across)), mostDown / Math.max(1e-6, Math.abs(down)))
    const isUpright = Math.abs(across) * mostDown > Math.abs(down) * mostAcross
    const least = { left: MARGIN, top: MARGIN }
    const most = { left: room.width - width - MARGIN, top: room.height - height - MARGIN }
    const box = {
      left: Math.max(least.left, Math.min(most.left, room.width / 2 + across * share - width / 2)),
      top: Math.max(least.top, Math.min(most.top, room.height / 2 + down * share - height / 2)),
      width,
      height,
    }
    // Along the edge, away from those that stand there already, and back where the edge ends.
    const side = isUpright ? 'top' : 'left'
    const length = isUpright ? height : width
    const wanted = box[side]
    for (let step = 1; step < 40 && placed.some((other) => overlaps(box, other)); step++) {
      const away = Math.ceil(step / 2) * (length / 2 + APART) * (step % 2 === 0 ? -1 : 1)
      box[side] = Math.max(least[side], Math.min(most[side], wanted + away))
    }
    placed.push(box)
    return { left: box.left, top: box.top, angle: (Math.atan2(down, across) * 180) / Math.PI }
  })
}

interface Box extends Extent {
  left: number
  top: number
}

function overlaps(one: Box, other: Box): boolean {
  return (
    one.left < other.left + other.width + APART &&
    other.left < one.left + one.width + APART &&
    one.top < other.top + other.height + APART &&
    other.top < one.top + one.height + APART
  )
}
