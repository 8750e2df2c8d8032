/**
 * What the reader changes in the runs of a model, as far as a text of some length has such cells.
 */
import { hooksOf } from '../formula/interventions'
import type { Cells, Change, Intervention, Span } from '../protocol/interventions'
import { shapeNow } from '../protocol/cells'
import type { TensorView } from '../protocol/tensors'
import type { Description, Tensor } from '../protocol/types'

/** Those of the changes that a run over so many tokens has cells for, without the cells that only a longer text has. */
export function possibleAt(changes: readonly Intervention[], description: Description, tokens: number): Intervention[] {
  return changes.flatMap(({ cells, change }) => {
    const tensor = tensorOf(description, cells.tensor)
    const there = tensor && within(cells, shapeNow(description, tokens, tensor))
    return there ? [{ cells: there, change }] : []
  })
}

/** The weights as these changes leave them; the very ones where they change none. */
export function weightsWith(
  weights: ReadonlyMap<string, TensorView>,
  changes: readonly Intervention[],
  { graph }: Description,
): ReadonlyMap<string, TensorView> {
  const own = (name: string) => weights.get(name) as TensorView & { data: Float32Array }
  const hooks = hooksOf(
    changes.filter(({ cells }) => weights.has(cells.tensor)),
    own,
  )
  if (hooks.size === 0) return weights
  const changed = [...hooks].map(([name, hook]): [string, TensorView] => {
    const { data, shape } = own(name)
    const after = data.slice()
    hook(after, shape, graph.tensors.find((tensor) => tensor.name === name) as Tensor)
    return [name, { data: after, shape }]
  })
  return new Map([...weights, ...changed])
}

/** Whether numbers are taken from other texts, as far as these go. */
export function takesFromTexts({ kind }: Change): boolean {
  return kind === 'from' || kind === 'mean over'
}

/** The positions that a change covers, several but not all; null: one position, all of them, or the cells have none. */
export function positionsOf({ at }: Cells, { graph }: Description): Span | null {
  const span = Object.entries(at).find(([axis]) => graph.axes[axis]?.grows)?.[1] ?? null
  return span !== null && span[1] - span[0] > 1 ? span : null
}

/** By our name or another program's. */
export function tensorOf({ graph }: Description, name: string): Tensor | undefined {
  return (
    graph.tensors.find((tensor) => tensor.name === name) ?? graph.tensors.find(({ aliases }) => aliases.includes(name))
  )
}

/** Those of the cells that a tensor of this shape has; null where it has none of them. */
export function within({ tensor, at }: Cells, shape: readonly number[]): Cells | null {
  const spans = Object.entries(at).map(
    ([axis, span], place) => [axis, span && ([span[0], Math.min(span[1], shape[place] ?? 0)] as const)] as const,
  )
  return spans.every(([, span]) => span === null || span[0] < span[1])
    ? { tensor, at: Object.fromEntries(spans) }
    : null
}
