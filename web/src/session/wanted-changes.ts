/**
 * The changes that an address wants, read and checked.
 */
import { formatCells, parseIntervention, type Intervention } from '../protocol/interventions'
import { shapeText } from '../protocol/cells'
import type { Description, Tensor } from '../protocol/types'
import { Refusal, shortened } from '../source/refusal'
import { tensorOf, within } from './changes'

/** So much of what cannot be done is repeated in a sentence. */
const REPEATED = 60

/** The changes that an address spells. Raises Refusal (`unfit-change`). */
export function parseChanges(text: string, description: Description): Intervention[] {
  return text.split(';').map((part) => {
    const found = parseIntervention(part, (name) => tensorOf(description, name))
    if (found === null) {
      throw unfit(part, 'This model has no such cells or no such change: write one as blocks.0.attn.z[h=0]~scale(2).')
    }
    const tensor = tensorOf(description, found.cells.tensor) as Tensor
    const there = within(found.cells, tensor.shape)
    if (there === null || formatCells(there) !== formatCells(found.cells)) {
      throw unfit(part, `${tensor.name} is ${shapeText(tensor, tensor.shape)}.`)
    }
    return found
  })
}

/** That the changes of an address are not made: which, and why. */
export function unfit(change: string, reason: string): Refusal {
  const said = shortened(change, REPEATED)
  return new Refusal('unfit-change', `Nothing is changed, because '${said}' cannot be: ${reason}`, { change: said })
}
