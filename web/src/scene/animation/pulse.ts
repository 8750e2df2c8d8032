/**
 * A pulse through the model: op after op is computed, from the first position that is not there yet. It is quick, where the forward
 * pass that one plays shows how each cell comes about.
 */
import type { Op, Vector } from '../../protocol/types'
import { union } from '../projection'
import type { Lights, Scenery, TensorProgress } from '../scenery'
import { share } from './motion'
import type { Places } from './places'

/** How many of all ops are under way at a time, as a share. */
const WIDTH = 0.08
/** How many ops before and behind the present one its place is drawn towards, so that it goes and does not jump. */
const NEAR = 5

const NOTHING: Lights = { reads: [], selection: null, played: null, pending: new Set() }

/** What is computed of one op's output, and along which of its axes. */
interface Part {
  output: string
  region: readonly (readonly [number, number])[]
  outer: number
}

export class Pulse {
  private readonly parts: readonly Part[]
  private readonly middles: readonly Vector[]
  private readonly focus

  /** `since`: the first position that is computed. */
  constructor(places: Places, ops: readonly Op[], since: number) {
    this.parts = ops.map(({ output }) => {
      const growing = places.tensor(output).axes.findIndex((letter) => places.grows(letter))
      const region = places
        .shape(output)
        .map((length, axis) => [axis === growing ? Math.min(since, length - 1) : 0, length] as const)
      // One new column is filled cell by cell, many one after another.
      const inner = region.findIndex((_, axis) => axis !== growing)
      const outer = region.length === 0 ? -1 : since > 0 && inner >= 0 ? inner : Math.max(0, growing)
      return { output, region, outer }
    })
    const boxes = ops.map(({ output }) => places.box(output))
    this.middles = boxes.map(({ min, size }) => min.map((low, axis) => low + (size[axis] as number) / 2) as Vector)
    this.focus = union(boxes)
  }

  /** When it has come so far, from 0 to 1. */
  at(pulsed: number): Scenery {
    const progress = new Map<string, TensorProgress>()
    this.parts.forEach(({ output, region, outer }, place) => {
      const begin = (place / this.parts.length) * (1 - WIDTH)
      const done = share(pulsed, begin, begin + WIDTH)
      if (done >= 1) return
      const [first, end] = region[outer] ?? [0, 1]
      progress.set(output, { region, outer, inner: -1, complete: Math.floor(done * (end - first)), cells: 0 })
    })
    return { flyers: [], captions: [], focus: this.focus, lights: NOTHING, progress }
  }

  /** Where in the model it is then. */
  middle(pulsed: number): Vector {
    const along = pulsed * this.middles.length
    const weights = this.middles.map((_, place) => Math.max(0, 1 - Math.abs(place + 0.5 - along) / NEAR))
    const sum = weights.reduce((all, weight) => all + weight, 0)
    const mean = (axis: number) =>
      this.middles.reduce((all, middle, place) => all + (middle[axis] as number) * (weights[place] as number), 0) / sum
    return [mean(0), mean(1), mean(2)]
  }
}
