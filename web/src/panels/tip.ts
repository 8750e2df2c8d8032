/**
 * Where the few words stand that go with the pointer: beside it, all of them within the stage, and not under the hand.
 */
export interface Extent {
  width: number
  height: number
}

const BESIDE_MOUSE = 16
const ABOVE_FINGER = 36
const EDGE = 6

/** The left top corner of a box of that size, for a pointer at x, y in a room. */
export function placeTip(
  { x, y, finger }: { x: number; y: number; finger: boolean },
  size: Extent,
  room: Extent,
): { left: number; top: number } {
  const within = (at: number, length: number, whole: number) => Math.max(EDGE, Math.min(whole - length - EDGE, at))
  const below = y + BESIDE_MOUSE
  const fitsBelow = !finger && below + size.height + EDGE <= room.height
  const above = y - size.height - (finger ? ABOVE_FINGER : BESIDE_MOUSE)
  // A finger at the upper edge leaves no room above it: then the words stand aside of it.
  const isAside = !fitsBelow && above < EDGE
  const apart = finger ? ABOVE_FINGER : BESIDE_MOUSE
  const right = x + (isAside ? apart : BESIDE_MOUSE)
  const left = finger && !isAside ? x - size.width / 2 : right
  const fitsRight = left + size.width + EDGE <= room.width
  return {
    left: within(fitsRight || (finger && !isAside) ? left : x - size.width - apart, size.width, room.width),
    top: within(fitsBelow ? below : above, size.height, room.height),
  }
}
