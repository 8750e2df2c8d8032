/**
 * The largest of many: all rise, each as high as it is large; the largest remains and goes to its cell.
 */
import { formatNumber } from '../../words/numbers'
import type { OperandCell, Term, Vector } from '../../protocol/types'
import { ALOFT, around, flyer, NEAR, RESULT_SIZE, type Act, type Cast, type Part } from './act'
import { gently, raised, share } from './motion'
import { arriving } from './steps'

const RISE = 1.6
const FALL = 0.9
/** How high the largest rises, in cells; what is not infinitely small rises by one at least. */
const HIGHEST = 5

export function contest(cast: Cast, terms: readonly Term[]): Act[] {
  const parts = terms.map(({ cells }) => cast.part(cells[0] as OperandCell))
  const finite = parts.map(({ value }) => value).filter(Number.isFinite)
  const [least, most] = [Math.min(...finite), Math.max(...finite)]
  const winner = parts.findIndex(({ value }) => value === most)
  const height = (value: number) =>
    Number.isFinite(value) ? 1 + (HIGHEST - 1) * (most > least ? (value - least) / (most - least) : 1) : 0
  const risen = ({ home: [x, y, z], value }: Part, part: number): Vector =>
    raised([x, y + height(value) * part, z], ALOFT * Math.min(1, 2 * part))
  const all = around(
    parts.map(({ home }) => home),
    NEAR,
  )
  const top = risen(parts[winner] as Part, 1)
  return [
    {
      seconds: RISE,
      show: (time, picture) => {
        const part = gently(share(time, 0, RISE - 0.4))
        for (const one of parts) picture.flyers.push(flyer(one, risen(one, part)))
        picture.focus = all
      },
    },
    {
      seconds: FALL,
      show: (time, picture) => {
        const left = 1 - gently(share(time, 0, FALL - 0.2))
        parts.forEach((one, index) => {
          if (index !== winner && left > 0) picture.flyers.push(flyer(one, risen(one, left), Math.max(0.3, left)))
        })
        picture.flyers.push(cast.result(most, top, RESULT_SIZE))
        picture.captions.push({ at: top, side: 'right', lines: [formatNumber(most)] })
        picture.focus = all
      },
    },
    arriving(cast, most, top),
  ]
}
