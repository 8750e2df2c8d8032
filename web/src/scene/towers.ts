/**
 * Where models stand that are shown beside one another: at one scale, on one ground, each to the right of the one before.
 */
import type { Bounds, Vector } from '../protocol/types'

/** Between two models, in shares of the narrower one's width. */
const GAP = 0.5

/** For each of the models that stand beside `first`, where the origin of its scene is put. */
export function shiftsBeside(first: Bounds, others: readonly Bounds[]): Vector[] {
  let right = first.min[0] + first.size[0]
  let width = first.size[0]
  return others.map(({ min, size }) => {
    const left = right + GAP * Math.min(width, size[0])
    const shift: Vector = [Math.round(left - min[0]), Math.round(first.min[1] - min[1]), 0]
    right = left + size[0]
    width = size[0]
    return shift
  })
}

export function moved([x, y, z]: Vector, [right, up, forward]: Vector): Vector {
  return [x + right, y + up, z + forward]
}
