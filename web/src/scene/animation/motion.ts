/**
 * The small mathematics of motion: shares of time and places between places.
 */
import type { Vector } from '../../protocol/types'

/** How far `time` is on the way from `start` to `end`, from 0 to 1. */
export function share(time: number, start: number, end: number): number {
  return end <= start ? (time >= end ? 1 : 0) : Math.min(1, Math.max(0, (time - start) / (end - start)))
}

/** Leaves and arrives gently. */
export function gently(part: number): number {
  return part * part * (3 - 2 * part)
}

export function mix(from: number, to: number, part: number): number {
  return from + (to - from) * part
}

export function raised([x, y, z]: Vector, by: number): Vector {
  return [x, y, z + by]
}

/** Along an arc that rises towards the reader, the more the longer the way is, so that nothing flies through anything. */
export function flown(from: Vector, to: Vector, part: number): Vector {
  const way = Math.hypot(to[0] - from[0], to[1] - from[1])
  const rise = Math.min(14, 0.12 * way) * 4 * part * (1 - part)
  return [mix(from[0], to[0], part), mix(from[1], to[1], part), mix(from[2], to[2], part) + rise]
}
