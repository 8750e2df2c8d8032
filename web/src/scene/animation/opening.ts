/**
 * The opening: letters go in, become numbers, a pulse goes down through the model and computes it, the answer comes out. A function of
 * the share of its time, as every animation is.
 */
import type { Op, Vector } from '../../protocol/types'
import type { GateMoment } from '../gates'
import { union } from '../projection'
import type { Lights, Scenery, TensorProgress } from '../scenery'
import { share } from './motion'
import type { Places } from './places'

/** In seconds. */
export const OPENING_SECONDS = 4.6

/** When its parts begin and end, as shares of the whole. */
const ENTER = [0, 0.22] as const
const COUNT = [0.24, 0.44] as const
const PULSE = [0.38, 0.84] as const
const LEAVE = [0.8, 1] as const
/** How many of all ops are under way at a time, as a share. */
const WIDTH = 0.08

/** How many ops before and behind the present one the light is drawn towards, so that it goes and does not jump. */
const NEAR = 5

const NOTHING: Lights = { reads: [], selection: null, played: null, pending: new Set() }

export interface OpeningMoment {
  gates: GateMoment
  scenery: Scenery
  /** Where the numbers are being computed; null: nowhere. */
  pulse: Vector | null
}

export class Opening {
  private readonly middles: readonly Vector[]
  private readonly positions: readonly number[]

  constructor(
    private readonly places: Places,
    private readonly ops: readonly Op[],
  ) {
    this.middles = ops.map(({ output }) => {
      const { min, size } = places.box(output)
      return min.map((low, axis) => low + (size[axis] as number) / 2) as Vector
    })
    this.positions = ops.map(({ output }) =>
      Math.max(
        0,
        places.tensor(output).axes.findIndex((letter) => places.grows(letter)),
      ),
    )
  }

  at(time: number): OpeningMoment {
    const pulsed = share(time, ...PULSE)
    return {
      gates: { entered: share(time, ...ENTER), counted: share(time, ...COUNT), left: share(time, ...LEAVE) },
      scenery: this.computed(pulsed),
      pulse: pulsed > 0 && pulsed < 1 ? this.middle(pulsed) : null,
    }
  }

  private computed(pulsed: number): Scenery {
    const progress = new Map<string, TensorProgress>()
    this.ops.forEach(({ output }, place) => {
      const begin = (place / this.ops.length) * (1 - WIDTH)
      const done = share(pulsed, begin, begin + WIDTH)
      if (done >= 1) return
      const region = this.places.shape(output).map((length) => [0, length] as const)
      const outer = region.length === 0 ? -1 : (this.positions[place] as number)
      const complete = Math.floor(done * (region[outer]?.[1] ?? 1))
      progress.set(output, { region, outer, inner: -1, complete, cells: 0 })
    })
    const focus = union(this.ops.map(({ output }) => this.places.box(output)))
    return { flyers: [], captions: [], focus, lights: NOTHING, progress }
  }

  private middle(pulsed: number): Vector {
    const along = pulsed * this.middles.length
    const weights = this.middles.map((_, place) => Math.max(0, 1 - Math.abs(place + 0.5 - along) / NEAR))
    const sum = weights.reduce((all, weight) => all + weight, 0)
    const mean = (axis: number) =>
      this.middles.reduce((all, middle, place) => all + (middle[axis] as number) * (weights[place] as number), 0) / sum
    return [mean(0), mean(1), mean(2)]
  }
}
