/**
 * What interventions do to the numbers of a tensor, as Python's run/intervene.py has it.
 */
import type { Change, Intervention } from '../protocol/interventions'
import type { Hook } from './compute'

/** A tensor of another run. Its text may be longer than the one at hand, and its shape with it. */
export interface Taken {
  readonly data: Float32Array
  readonly shape: readonly number[]
}

/** A tensor in the run over these tokens, or over those at hand where there are none, without interventions. */
export type Elsewhere = (tensor: string, tokens: readonly number[] | null) => Taken

/** For every tensor that is intervened on, what is done, one after the other. */
export function hooksOf(interventions: readonly Intervention[], elsewhere: Elsewhere): Map<string, Hook> {
  const hooks = new Map<string, Hook>()
  for (const intervention of interventions) {
    const { tensor } = intervention.cells
    const [earlier, own] = [hooks.get(tensor), hookOf(intervention, elsewhere)]
    hooks.set(tensor, (...arrived) => {
      earlier?.(...arrived)
      own(...arrived)
    })
  }
  return hooks
}

function hookOf({ cells, change }: Intervention, elsewhere: Elsewhere): Hook {
  const taken = textsOf(change).map((tokens) => elsewhere(cells.tensor, tokens))
  return (array, shape, { axes }) => {
    const spans = axes.map((axis, place) => cells.at[axis] ?? ([0, shape[place]!] as const))
    const after = changed(change, array, shape, axes, taken)
    for (let offset = 0; offset < array.length; offset++) {
      const index = indexAt(offset, shape)
      if (spans.every(([first, end], place) => index[place]! >= first && index[place]! < end))
        array[offset] = after(offset)
    }
  }
}

/** The texts that a change takes numbers from; null is the text at hand. */
function textsOf(change: Change): readonly (readonly number[] | null)[] {
  if (change.kind === 'freeze') return [null]
  if (change.kind === 'from') return [change.tokens]
  return change.kind === 'mean over' ? change.texts : []
}

/** What a cell becomes, by its offset. */
function changed(
  change: Change,
  array: Float32Array,
  shape: readonly number[],
  axes: readonly string[],
  taken: readonly Taken[],
): (offset: number) => number {
  switch (change.kind) {
    case 'zero':
      return () => 0
    case 'set':
      return () => change.number
    case 'scale':
      return (offset) => array[offset]! * change.number
    case 'add':
      return (offset) => array[offset]! + change.number
    case 'mean along':
      return meanAlong(
        array,
        shape,
        axes.map((axis) => change.axes.includes(axis)),
      )
    default:
      return (offset) => {
        const index = indexAt(offset, shape)
        return taken.reduce((sum, other) => sum + other.data[offsetOf(index, other.shape)]!, 0) / taken.length
      }
  }
}

function meanAlong(
  array: Float32Array,
  shape: readonly number[],
  along: readonly boolean[],
): (offset: number) => number {
  const group = (offset: number): string =>
    indexAt(offset, shape)
      .filter((_, place) => !along[place]!)
      .join()
  const sums = new Map<string, number>()
  for (const [offset, number] of array.entries()) sums.set(group(offset), (sums.get(group(offset)) ?? 0) + number)
  const count = array.length / sums.size
  return (offset) => sums.get(group(offset))! / count
}

export function offsetOf(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((before, one, axis) => before * shape[axis]! + one, 0)
}

export function indexAt(offset: number, shape: readonly number[]): number[] {
  const index: number[] = []
  let rest = offset
  for (const length of shape.toReversed()) {
    index.unshift(rest % length)
    rest = Math.floor(rest / length)
  }
  return index
}
