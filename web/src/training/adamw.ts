/**
 * AdamW (Loshchilov and Hutter 2019, after Kingma and Ba 2015) over one array that holds every weight, as Python's train/optimiser.py
 * takes its steps.
 */

const EPSILON = 1e-8

export class AdamW {
  readonly first: Float32Array
  readonly second: Float32Array

  /** `decays` is 1 for each weight that the decay makes smaller, and 0 for the others. */
  constructor(
    private readonly weights: Float32Array,
    private readonly betas: readonly [number, number],
    private readonly decay: number,
    private readonly decays: Uint8Array,
  ) {
    this.first = new Float32Array(weights.length)
    this.second = new Float32Array(weights.length)
  }

  /** The step of that number, counted from 1, along the gradient. */
  step(number: number, gradient: Float32Array, rate: number): void {
    const { weights, first, second, decay, decays } = this
    const [one, two] = this.betas
    const root = Math.sqrt(1 - two ** number)
    const scale = (rate * root) / (1 - one ** number)
    const epsilon = EPSILON * root
    for (let place = 0; place < weights.length; place++) {
      const slope = gradient[place]!
      const m = one * first[place]! + (1 - one) * slope
      const v = two * second[place]! + (1 - two) * slope * slope
      first[place] = m
      second[place] = v
      let weight = weights[place]!
      if (decay !== 0 && decays[place] === 1) weight -= rate * decay * weight
      weights[place] = weight - (scale * m) / (Math.sqrt(v) + epsilon)
    }
  }
}

/** Shortens the gradient in place to that norm if it is longer (Pascanu et al. 2013); the norm that it had. */
export function clip(gradient: Float32Array, most: number): number {
  let sum = 0
  for (const one of gradient) sum += one * one
  const norm = Math.sqrt(sum)
  if (norm > most) {
    const share = most / norm
    for (let place = 0; place < gradient.length; place++) gradient[place]! *= share
  }
  return norm
}
