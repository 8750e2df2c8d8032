/**
 * A token is chosen: its probability leaves the output and becomes the next number that the model reads.
 */
import type { Description, Op, Vector } from '../../protocol/types'
import type { Animation, Caption, Flyer, Scenery } from '../scenery'
import { ALOFT, around, NEAR } from './act'
import { flown, gently, mix, raised, share } from './motion'
import type { Places } from './places'

export interface Choice {
  /** The tensor and the cell that the token is chosen by. */
  from: { tensor: string; index: readonly number[] }
  /** Where it is read next; null where there is no room any more. */
  to: { tensor: string; index: readonly number[] } | null
  token: number
  /** The token and its probability, as they are to be read. */
  words: string
}

/**
 * A token is chosen from the last tensor that is computed, at its last position. It is read next where the rows of a table, one for each
 * token, are looked up.
 */
export function choiceOf(places: Places, { graph }: Description, token: number, words: string): Choice {
  const last = graph.ops.at(-1) as Op
  const { name, axes } = places.tensor(last.output)
  const tokens = axes.at(-1) as string
  const positions = places.shape(name)[0] as number
  const read = graph.ops.flatMap((op) => {
    const operands = places.operands(op)
    const table = operands.find(({ tensor, letters }) =>
      letters.some((letter, axis) => letter.startsWith('@') && tensor.axes[axis] === tokens),
    )
    const pointer = table && operands.find(({ role }) => table.letters.includes(`@${role}`))
    return pointer ? [pointer.tensor] : []
  })[0]
  const hasRoom = read !== undefined && positions < (read.shape[0] as number)
  return {
    from: { tensor: name, index: [positions - 1, token] },
    to: hasRoom ? { tensor: read.name, index: [positions] } : null,
    token,
    words,
  }
}

const SECONDS = 4.5
/** On its long way, where the whole model is in view, it is as large as so many cells. */
const LARGE = 9

export function choiceAnimation(places: Places, { from, to, token, words }: Choice): Animation {
  const start = raised(places.at(from.tensor, from.index), ALOFT)
  const end = to === null ? start : raised(places.at(to.tensor, to.index), ALOFT)
  const probability = { value: places.value(from.tensor, from.index), scale: places.scale(from.tensor) }
  const number = { value: token, scale: to === null ? 1 : Math.max(1, places.scale(to.tensor)) }
  const whole = around([start, end], NEAR)
  const lights = {
    reads: [],
    selection: { tensor: from.tensor, index: from.index },
    played: null,
    pending: new Set<string>(),
  }
  return {
    seconds: to === null ? SECONDS / 2 : SECONDS,
    beats: [1],
    at(position): Scenery {
      const part = to === null ? 0 : gently(share(position, 0.25, 0.85))
      const at: Vector = flown(start, end, part)
      const flyer: Flyer = {
        at,
        size: mix(1.3, LARGE, Math.sin(Math.PI * part)),
        rim: 'followed',
        ...(part < 0.5 ? probability : number),
      }
      const caption: Caption = { at, side: 'right', lines: [words] }
      const focus = position < 0.25 ? around([start], NEAR) : position < 0.75 ? whole : around([end], NEAR)
      return { flyers: [flyer], captions: [caption], focus, lights, progress: new Map() }
    },
  }
}
