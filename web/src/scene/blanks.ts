/**
 * The parts of a tensor's box that no token has filled yet: nothing is read there, so that its name may stand on them.
 */
import type { Bounds, Box, Tensor } from '../protocol/types'
import { project, type View } from './projection'
import type { Rectangle } from './rectangles'

/** Beside, above and below the numbers, on the front of the box. `shape`: how many of them there are along each axis of the tensor. */
export function blanksOf(box: Box, { axes }: Tensor, shape: readonly (number | null)[]): Bounds[] {
  return ([0, 1] as const).flatMap((direction) => {
    const letter = box.axes[direction]
    const [cells, pitch] = [box.cells[direction], box.pitch[direction]]
    const filled = letter === null ? cells : (shape[axes.indexOf(letter)] ?? cells)
    if (filled >= cells) return []
    const taken = filled * Math.abs(pitch)
    const blank: Bounds = { min: [...box.min], size: [...box.size] }
    if (pitch > 0) blank.min[direction] += taken
    blank.size[direction] -= taken
    return [blank]
  })
}

/** Into how many pieces such a part is also cut: the slanted front of a long one has hardly an upright rectangle in it. */
const PIECES = 6

/** Upright rectangles of the screen that lie within the front of such a part; none where it is behind the eye. */
export function uprights(view: View, blank: Bounds): Rectangle[] {
  const pieces = ([0, 1] as const).flatMap((direction) =>
    Array.from({ length: PIECES }, (_, place) => {
      const piece: Bounds = { min: [...blank.min], size: [...blank.size] }
      piece.size[direction] /= PIECES
      piece.min[direction] += (direction === 1 ? PIECES - 1 - place : place) * piece.size[direction]
      return piece
    }),
  )
  return [blank, ...pieces].flatMap((piece) => upright(view, piece) ?? [])
}

function upright(view: View, { min: [x, y, z], size: [width, height, depth] }: Bounds): Rectangle | null {
  const corner = (across: number, up: number) => project(view, [x + across, y + up, z + depth])
  const corners = [corner(0, height), corner(width, height), corner(0, 0), corner(width, 0)] as const
  if (corners.some((point) => point.depth <= 0)) return null
  const [topLeft, topRight, bottomLeft, bottomRight] = corners
  const rectangle = {
    left: Math.max(topLeft.x, bottomLeft.x),
    right: Math.min(topRight.x, bottomRight.x),
    top: Math.max(topLeft.y, topRight.y),
    bottom: Math.min(bottomLeft.y, bottomRight.y),
  }
  return rectangle.left < rectangle.right && rectangle.top < rectangle.bottom ? rectangle : null
}
