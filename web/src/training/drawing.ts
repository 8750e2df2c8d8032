/** Numbers by chance, one after the other: the same for the same seed and stream, in every browser. */
import { uniform } from '../formula/chance'

/** Seeds lie so far apart that no stream of one reaches another's: a training of a trillion steps draws from as many. */
const STREAMS = 1n << 40n

export class Drawing {
  readonly #seed: bigint
  #position = 0

  constructor(seed: number, stream = 0) {
    // The numbers of neighbouring seeds would be alike but for their places: what is drawn from the seed itself is not.
    this.#seed = BigInt(Math.floor(uniform(BigInt(seed) * STREAMS + BigInt(stream), 0) * 2 ** 53)) << 11n
  }

  /** From 0 up to, but not including, 1. */
  uniform(): number {
    return uniform(this.#seed, this.#position++)
  }

  /** Normal, of deviation 1 (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }
}
