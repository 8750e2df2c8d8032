/**
 * What is done to a value, step after step, before its cell: divide, add ε, take the root. Where an operand's number explains a step,
 * its cell goes into the value.
 */
import { formatNumber } from '../../words/numbers'
import type { Step, Vector } from '../../protocol/types'
import { around, FLY, flyer, NEAR, RESULT_SIZE, STEP, type Act, type Cast, type Part } from './act'
import { flown, gently, mix, share } from './motion'
import { wordsOf } from './plain'

/** The value comes from where it was made to before its cell. */
export function arriving(cast: Cast, value: number, from: Vector): Act {
  return {
    seconds: FLY,
    show: (time, picture) => {
      const at = flown(from, cast.hold, gently(time / FLY))
      picture.flyers.push(cast.result(value, at))
      picture.captions.push({ at, side: 'right', lines: [formatNumber(value)] })
      picture.focus = time < 0.6 * FLY ? around([from, cast.hold], NEAR) : around([cast.hold], NEAR)
    },
  }
}

/** `waiting`: the operands that stand beside the value. */
export function stepping(cast: Cast, from: number, steps: readonly Step[], waiting: readonly Part[]): Act[] {
  let value = from
  let left = waiting
  return steps.map((step): Act => {
    const before = value
    value = step.value
    const used = left.find((part) => step.sign != null && part.value === step.operand) ?? null
    left = left.filter((part) => part !== used)
    const [staying, after] = [left, step.value]
    const words = wordsOf(step)
    // A sign alone would read as if it came before the result.
    const said = step.sign === null ? words : `${formatNumber(before)} ${words}`
    const made = step.sign === null ? formatNumber(after) : `= ${formatNumber(after)}`
    return {
      seconds: STEP,
      show: (time, picture) => {
        const done = gently(share(time, 0.15, 0.6))
        for (const part of staying) picture.flyers.push(flyer(part, seat(cast, waiting, part)))
        if (used !== null && done < 1) {
          picture.flyers.push(flyer(used, flown(seat(cast, waiting, used), cast.hold, done), mix(1, 0.6, done)))
        }
        const now = done < 1 ? before : after
        picture.flyers.push(cast.result(now, cast.hold, RESULT_SIZE + 0.2 * Math.sin(Math.PI * share(time, 0.6, 1))))
        picture.captions.push({ at: cast.hold, side: 'above', lines: done < 1 ? [said] : [said, made] })
        picture.focus = around([cast.hold], NEAR)
      },
    }
  })
}

/** Where an operand waits: beside the value, one after another. */
export function seat({ hold: [x, y, z] }: Cast, all: readonly Part[], part: Part): Vector {
  return [x + 1.6 * (all.indexOf(part) + 1), y, z]
}
