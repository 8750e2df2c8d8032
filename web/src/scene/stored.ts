/**
 * How numbers are stored for the shaders: what is not a finite number is one of a few marks, because comparing with infinity or NaN is not
 * dependable there.
 */

/** Stored instead of a number; shaders call everything beyond ±1e38 a mark. */
export const MARK = {
  notComputed: Math.fround(-3e38),
  minusInfinity: Math.fround(3e38),
  infinity: Math.fround(2.4e38),
  notANumber: Math.fround(1.8e38),
} as const
/** What is stored beyond this is a mark. */
export const MARK_LIMIT = 1e38

/** A number as it is stored: itself, or a mark for what is no finite number. */
export function storable(value: number): number {
  if (Math.abs(value) < MARK_LIMIT) return value
  if (Number.isNaN(value)) return MARK.notANumber
  return value < 0 ? MARK.minusInfinity : MARK.infinity
}
