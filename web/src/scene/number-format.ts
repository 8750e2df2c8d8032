/**
 * How the numbers of a tensor are written in its cells: all of them alike, with as many decimals as there is room for, so that
 * they can be compared at a glance. What is too small or too large for that has one exponent for the whole tensor. Where all are
 * shares of a whole, none is rounded to nothing or to all of it: "<.01", ">.99".
 */
import { MARK, MARK_LIMIT } from './stored'

/** What the numbers of a tensor have to be written with. */
export interface NumberFacts {
  /** The greatest magnitude. */
  largest: number
  /** Whether there are negative ones. */
  signed: boolean
  /** Whether all are whole numbers. */
  whole: boolean
}

/** In characters. */
export const MOST_ROOM = 8
const MOST_DECIMALS = 4
const MOST_WHOLE_DIGITS = 5

/** Of numbers as the atlas stores them, whose marks say nothing about the others. */
export function factsOf(values: Iterable<number>): NumberFacts {
  const facts = { largest: 0, signed: false, whole: true }
  for (const value of values) {
    if (Math.abs(value) > MARK_LIMIT) continue
    facts.largest = Math.max(facts.largest, Math.abs(value))
    facts.signed ||= value < 0
    facts.whole &&= Number.isInteger(value)
  }
  return facts
}

export class NumberFormat {
  /** How many characters the longest number takes. */
  readonly width: number
  private readonly decimals: number
  private readonly exponent: number
  private readonly isShare: boolean

  /** With as many decimals as fit into `room` characters, and with the fewest that say something where none do. */
  constructor({ largest, signed, whole }: NumberFacts, room: number) {
    this.isShare = !signed && !whole && largest <= 1
    // What is nearly the next power of ten may be rounded up to it.
    const magnitude = largest > 0 ? Math.floor(Math.log10(1.005 * largest)) : 0
    // The largest number has two figures at least.
    const fewest = whole ? 0 : magnitude >= 1 ? 1 : Math.max(2, 1 - magnitude)
    const isPlain = magnitude < (whole ? MOST_ROOM - 1 : MOST_WHOLE_DIGITS) && fewest <= MOST_DECIMALS
    this.exponent = isPlain ? 0 : magnitude
    const ending = isPlain ? 0 : `e${magnitude}`.length
    const start = (signed ? 1 : 0) + (isPlain ? Math.max(1, magnitude + 1) : 1)
    const free = Math.min(room, MOST_ROOM) - start - ending - 1
    const least = isPlain ? fewest : 1
    this.decimals = isPlain && whole ? 0 : Math.max(least, Math.min(free, isPlain ? MOST_DECIMALS : 2))
    const longest = (largest / 10 ** this.exponent).toFixed(this.decimals)
    this.width = (signed ? 1 : 0) + longest.length + ending
  }

  /** A number or mark of the atlas. */
  text(value: number): string {
    if (Math.abs(value) > MARK_LIMIT) {
      return value === MARK.minusInfinity ? '-∞' : value === MARK.infinity ? '∞' : '--'
    }
    const bound = this.isShare && this.exponent === 0 ? this.boundOf(value) : null
    if (bound !== null) return bound
    const digits = (Math.abs(value) / 10 ** this.exponent).toFixed(this.decimals)
    const sign = value < 0 && Number(digits) !== 0 ? '-' : ''
    return sign + digits + (this.exponent === 0 ? '' : `e${this.exponent}`)
  }

  /** What a share is less or more than that is not nothing, or not the whole, but would be rounded to it; as wide as the others. */
  private boundOf(value: number): string | null {
    const rounded = Number(value.toFixed(this.decimals))
    if (rounded === 0 && value > 0) return `<.${'1'.padStart(this.decimals, '0')}`
    if (rounded === 1 && value < 1) return `>.${'9'.repeat(this.decimals)}`
    return null
  }
}
