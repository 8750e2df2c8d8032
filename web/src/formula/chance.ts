/**
 * Chance, the same in every language: SplitMix64 (Steele, Lea and Flood 2014), read at a place, not run step by step.
 *
 * For a seed (0 or more, taken modulo 2⁶⁴) and a position (from 0), with all arithmetic on whole numbers modulo 2⁶⁴:
 *
 *     z = seed + (position + 1) · 0x9E3779B97F4A7C15
 *     z = (z xor (z >> 30)) · 0xBF58476D1CE4E5B9
 *     z = (z xor (z >> 27)) · 0x94D049BB133111EB
 *     z = z xor (z >> 31)
 *
 * The upper 53 bits of z, divided by 2⁵³, are the number. Python's run/chance.py is the same, to which
 * tests/golden/chance.json holds both.
 */

const INCREMENT = 0x9e3779b97f4a7c15n
const FIRST = 0xbf58476d1ce4e5b9n
const SECOND = 0x94d049bb133111ebn

/** A number from 0 up to, but not including, 1. */
export function uniform(seed: number | bigint, position: number): number {
  let z = BigInt.asUintN(64, BigInt(seed) + BigInt(position + 1) * INCREMENT)
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * FIRST)
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * SECOND)
  z ^= z >> 31n
  return Number(z >> 11n) / 2 ** 53
}
