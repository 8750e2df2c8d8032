/**
 * The arithmetic of one cell as a play: what it reads comes together, the value is made before the reader's eyes, and sinks into its
 * cell. All of it follows from the explanation of the cell, whatever the op is.
 */
import { axisOrder } from '../../protocol/cells'
import { formatNumber } from '../../words/numbers'
import type { Explanation, Op, Term } from '../../protocol/types'
import type { Animation, Lights, Scenery, TensorProgress } from '../scenery'
import { AHEAD, around, Cast, NEAR, RESULT_SIZE, type Act, type Picture } from './act'
import { assembling } from './assembly'
import { contest } from './contest'
import { gently, mix, raised, share } from './motion'
import type { Places, Region } from './places'
import { wordsOf } from './plain'
import { arriving, stepping } from './steps'
import { summing } from './sum'

const CLOSE = 1.4
const LAND = 0.6
const REST = 0.6

/** `region`: what counts as not computed before the result is there; the cell is the first of it. */
export function cellAnimation(places: Places, op: Op, explanation: Explanation, region: Region): Animation {
  const cast = new Cast(places, op, explanation)
  const acts = [...making(cast), resting(cast)]
  const ends = acts.map((_, index) => acts.slice(0, index + 1).reduce((sum, { seconds }) => sum + seconds, 0))
  const seconds = ends.at(-1) as number
  const output = places.tensor(explanation.tensor)
  const lights: Lights = {
    reads: explanation.reads,
    selection: { tensor: output.name, index: axisOrder(output, explanation.index) },
    played: output.name,
    pending: new Set(),
  }
  const inner = region.findIndex(([begin, end]) => end - begin > 1)
  const missing: TensorProgress = { region, outer: -1, inner, complete: 0, cells: 0 }
  const progress = [new Map([[output.name, missing]]), new Map([[output.name, { ...missing, cells: 1 }]])] as const
  return {
    seconds,
    beats: [...new Set(ends)].map((end) => end / seconds),
    at(position): Scenery {
      const time = position * seconds
      const index = ends.findIndex((end) => time < end)
      const act = acts[index] ?? (acts.at(-1) as Act)
      const picture: Picture = { flyers: [], captions: [], focus: around([cast.hold], NEAR) }
      act.show(index < 0 ? act.seconds : time - (ends[index - 1] ?? 0), picture)
      return { ...picture, lights, progress: progress[time < seconds - REST ? 0 : 1] }
    },
  }
}

function making(cast: Cast): Act[] {
  const { combine, terms, steps } = cast.explanation
  if (terms.length === 0) return [closing(cast)]
  // Terms of one kind are made of the same operands: the products of a sum, but not the bias that is added to them.
  const kind = ({ cells }: Term) => cells.map(({ role }) => role).join()
  const kinds = terms.map(kind)
  const usual = kinds.find((one) => kinds.filter((other) => other === one).length > 1)
  const alike = terms.filter((term) => kind(term) === usual)
  if (alike.length === 0) return [...assembling(cast), landing(cast)]
  if (combine === 'max') return [...contest(cast, alike), landing(cast)]
  const { acts, value, place } = summing(
    cast,
    alike,
    terms.filter((term) => !alike.includes(term)),
  )
  const after = steps[0] !== undefined && isNear(steps[0].value, value) ? steps.slice(1) : steps
  return [...acts, arriving(cast, value, place), ...stepping(cast, value, after, []), landing(cast)]
}

/** Nothing is read: the cell closes. */
function closing(cast: Cast): Act {
  const { value, steps } = cast.explanation
  const last = steps.at(-1)
  const words = last ? [wordsOf(last)] : []
  return {
    seconds: CLOSE,
    show: (time, picture) => {
      const part = gently(share(time, 0.2, 1.1))
      picture.flyers.push(cast.result(value, raised(cast.target, mix(AHEAD, 0.1, part)), mix(0.1, 1, part)))
      picture.captions.push({ at: cast.target, side: 'right', lines: [...words, formatNumber(value)] })
    },
  }
}

function landing(cast: Cast): Act {
  const { value } = cast.explanation
  return {
    seconds: LAND,
    show: (time, picture) => {
      const part = gently(time / LAND)
      picture.flyers.push(cast.result(value, raised(cast.target, mix(AHEAD, 0.1, part)), mix(RESULT_SIZE, 1, part)))
      picture.captions.push({ at: cast.target, side: 'right', lines: [formatNumber(value)] })
    },
  }
}

function resting(cast: Cast): Act {
  const { value } = cast.explanation
  return {
    seconds: REST,
    show: (_, picture) => picture.captions.push({ at: cast.target, side: 'right', lines: [formatNumber(value)] }),
  }
}

function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-5 * Math.max(1, Math.abs(one), Math.abs(other))
}
