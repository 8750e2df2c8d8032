/**
 * The changes that an address wants, read and checked.
 */
import { formatCells, parseCells, parseIntervention, type Intervention } from '../protocol/interventions'
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
    if (found === null) throw unfit(part, whyNot(part, description))
    const tensor = tensorOf(description, found.cells.tensor) as Tensor
    const there = within(found.cells, tensor.shape)
    if (there === null || formatCells(there) !== formatCells(found.cells)) {
      throw unfit(part, `${tensor.name} is ${shapeText(tensor, tensor.shape)}.`)
    }
    return found
  })
}

/** What of it is not understood, and what to write. */
function whyNot(text: string, description: Description): string {
  const tilde = text.indexOf('~')
  const cells = (tilde < 0 ? text : text.slice(0, tilde)).trim()
  const name = /^[^[\]:;]*/.exec(cells)?.[0].trim() ?? ''
  const tensor = tensorOf(description, name)
  if (tensor === undefined) {
    const reason = /^(?:grad\.|loss$)/.test(name)
      ? 'gradients and the loss cannot be changed'
      : 'this model has no such tensor'
    return `${reason}; write a change as blocks.0.attn.z[h=0]~scale(2).`
  }
  if (parseCells(cells, (other) => tensorOf(description, other)) === null) {
    const axes = tensor.axes.map((axis) => `${axis}=0`).join(',')
    return `these are no cells of ${tensor.name}: write whole numbers, such as ${tensor.name}[${axes}].`
  }
  return `~${shortened(text.slice(tilde + 1), 20)} is no change: write zero, freeze, set(0.5), scale(2), add(-0.1), mean(t), or from(2,1,0) with numbers of tokens.`
}

/** That the changes of an address are not made: which, and why. */
export function unfit(change: string, reason: string): Refusal {
  const said = shortened(change, REPEATED)
  return new Refusal('unfit-change', `Nothing is changed, because '${said}' cannot be: ${reason}`, { change: said })
}
