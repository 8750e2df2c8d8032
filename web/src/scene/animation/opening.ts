/**
 * The opening: letters go in, become numbers, a pulse goes down through the model and computes it, the answer comes out. A function of
 * the share of its time, as every animation is. And what comes of a token that is written: it goes back in, and its column is filled.
 */
import type { Vector } from '../../protocol/types'
import { AT_REST, type GateMoment } from '../gates'
import type { Scenery } from '../scenery'
import { gently, share } from './motion'
import type { Pulse } from './pulse'

/** In seconds. */
export const OPENING_SECONDS = 4.6
export const RETURN_SECONDS = 0.85

/** When its parts begin and end, as shares of the whole. */
const ENTER = [0, 0.22] as const
const COUNT = [0.24, 0.44] as const
const PULSE = [0.38, 0.84] as const
const LEAVE = [0.8, 1] as const
/** The same of a token that goes back in. */
const CARRY = [0, 0.55] as const
const FILL = [0.45, 1] as const

export interface OpeningMoment {
  gates: GateMoment
  scenery: Scenery
  /** Where the numbers are being computed; null: nowhere. */
  pulse: Vector | null
}

export function openingAt(pulse: Pulse, time: number): OpeningMoment {
  const pulsed = share(time, ...PULSE)
  return {
    gates: {
      entered: share(time, ...ENTER),
      counted: share(time, ...COUNT),
      left: share(time, ...LEAVE),
      returned: 1,
    },
    scenery: pulse.at(pulsed),
    pulse: pulsed > 0 && pulsed < 1 ? pulse.middle(pulsed) : null,
  }
}

export function returnAt(pulse: Pulse, time: number): Omit<OpeningMoment, 'pulse'> {
  return {
    gates: { ...AT_REST, returned: gently(share(time, ...CARRY)) },
    scenery: pulse.at(share(time, ...FILL)),
  }
}
