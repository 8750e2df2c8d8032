/**
 * What the reader changes in the runs of a model: read from an address, and as far as a text of some length has such cells.
 */
import { formatCells, parseIntervention, type Cells, type Intervention } from '../protocol/interventions'
import { shapeNow, shapeText } from '../protocol/cells'
import type { Description, Tensor } from '../protocol/types'
import { Refusal, shortened } from '../source/refusal'

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

/** Those of the changes that a run over so many tokens has cells for, without the cells that only a longer text has. */
export function possibleAt(changes: readonly Intervention[], description: Description, tokens: number): Intervention[] {
  return changes.flatMap(({ cells, change }) => {
    const tensor = tensorOf(description, cells.tensor)
    const there = tensor && within(cells, shapeNow(description, tokens, tensor))
    return there ? [{ cells: there, change }] : []
  })
}

function tensorOf({ graph }: Description, name: string): Tensor | undefined {
  return (
    graph.tensors.find((tensor) => tensor.name === name) ?? graph.tensors.find(({ aliases }) => aliases.includes(name))
  )
}

/** Those of the cells that a tensor of this shape has; null where it has none of them. */
function within({ tensor, at }: Cells, shape: readonly number[]): Cells | null {
  const spans = Object.entries(at).map(
    ([axis, span], place) => [axis, span && ([span[0], Math.min(span[1], shape[place] ?? 0)] as const)] as const,
  )
  return spans.every(([, span]) => span === null || span[0] < span[1])
    ? { tensor, at: Object.fromEntries(spans) }
    : null
}
