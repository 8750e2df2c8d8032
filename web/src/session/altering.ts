/**
 * Changing cells by hand: which cells go together with one, what can happen to them, and from which letters numbers can be taken.
 */
import { formatCells, type Cells, type Change, type Intervention } from '../protocol/interventions'
import type { Description, Tensor } from '../protocol/types'

export type Kind = Change['kind']

const COMPUTED: readonly Kind[] = ['zero', 'set', 'scale', 'add', 'from', 'mean over', 'mean along', 'freeze']
/** A weight is the same whatever is read. */
const LEARNED: readonly Kind[] = ['zero', 'set', 'scale', 'add', 'mean along']
/** Inputs are numbers of tokens and positions. */
const GIVEN: readonly Kind[] = ['set', 'from']

/** The mean of so many inputs is taken: an address has room for them. */
const MEAN_OF = 24

export function kindsFor({ kind, axes }: Tensor, { task, vocabulary }: Description): readonly Kind[] {
  const all = kind === 'weight' ? LEARNED : kind === 'input' ? GIVEN : COMPUTED
  return all.filter((one) =>
    one === 'mean over' ? task !== null && vocabulary !== null : one !== 'mean along' || axes.length > 0,
  )
}

/**
 * The cells that can be changed together with this one, the fewest first: itself, all that share some of its places, and the whole tensor.
 * Without an index, the whole tensor alone.
 */
export function scopesOf({ name, axes }: Tensor, index: readonly number[] | null): Cells[] {
  if (index === null) return [cellsOf(name, axes, [])]
  const subsets = Array.from({ length: 2 ** axes.length }, (_, bits) =>
    axes.filter((_axis, place) => (bits >> place) & 1),
  )
  subsets.sort((one, other) => other.length - one.length)
  return subsets.map((fixed) => cellsOf(name, axes, fixed, index))
}

function cellsOf(
  tensor: string,
  axes: readonly string[],
  fixed: readonly string[],
  index: readonly number[] = [],
): Cells {
  const at = axes.map((axis, place) => {
    const position = index[place] ?? 0
    return [axis, fixed.includes(axis) ? ([position, position + 1] as const) : null] as const
  })
  return { tensor, at: Object.fromEntries(at) }
}

/** The change of exactly these cells, the last one if there are several; those that take numbers from texts reach as far as these do. */
export function changeOf(changes: readonly Intervention[], cells: Cells): Intervention | null {
  return changes.findLast((one) => isSame(one, cells)) ?? null
}

/** All of the changes but those of these cells, and this one in their place; null: none. */
export function withChange(
  changes: readonly Intervention[],
  cells: Cells,
  change: Change | null,
  description: Description,
): Intervention[] {
  const found = changes.findLastIndex((one) => isSame(one, cells))
  const next = change === null ? [] : [{ cells: reaching(cells, change, description), change }]
  if (found < 0) return [...changes, ...next]
  return [...changes.slice(0, found), ...next, ...changes.slice(found + 1)]
}

function isSame({ cells: own, change }: Intervention, cells: Cells): boolean {
  if (own.tensor !== cells.tensor) return false
  if (formatCells(own) === formatCells(cells)) return true
  const length = shortest(change)
  // Where the whole axis is meant, numbers are taken as far as the text goes.
  return (
    length !== null &&
    Object.entries(cells.at).every(([axis, span]) => {
      const other = own.at[axis] ?? null
      return span?.join() === other?.join() || (span === null && other?.[0] === 0 && other[1] === length)
    })
  )
}

/** Of the texts that numbers are taken from, how many tokens the shortest has; null: none are. */
function shortest(change: Change): number | null {
  if (change.kind === 'from') return change.tokens.length
  return change.kind === 'mean over' ? Math.min(...change.texts.map(({ length }) => length)) : null
}

/** Numbers can be taken from a text as far as it goes, however long the one at hand becomes. */
function reaching(cells: Cells, change: Change, { graph }: Description): Cells {
  const length = shortest(change)
  const isWeight = graph.tensors.find(({ name }) => name === cells.tensor)?.kind === 'weight'
  if (length === null || isWeight) return cells
  const at = Object.entries(cells.at).map(
    ([axis, span]) => [axis, span ?? (graph.axes[axis]?.grows ? ([0, length] as const) : null)] as const,
  )
  return { tensor: cells.tensor, at: Object.fromEntries(at) }
}

/** Questions of the model's task, always the same ones, drawn as evenly as its letters allow. */
export function someQuestions({ task, vocabulary }: Description): number[][] {
  if (task === null || vocabulary === null) return []
  const letters = task.alphabet.map((letter) => vocabulary.indexOf(letter))
  let state = 1
  const draw = (): number => {
    // The minimal standard generator of Park and Miller.
    state = (state * 48271) % 2147483647
    return letters[state % letters.length] as number
  }
  return Array.from({ length: MEAN_OF }, () => Array.from({ length: task.length }, draw))
}

/** A number as it is typed: with a comma or a real minus sign too; infinities where they are allowed. Null for what is none. */
export function parseNumber(text: string, kind: Kind): number | null {
  const said = text.normalize('NFKC').trim().replace(/[−–]/, '-').replace(',', '.')
  const infinite = /^([+-]?)(?:∞|inf|infinity)$/i.exec(said)
  if (infinite) return kind === 'set' ? (infinite[1] === '-' ? -Infinity : Infinity) : null
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(said) ? Number(said) : NaN
  return Math.abs(number) <= LARGEST ? number : null
}

/** The largest number that a cell can hold. */
const LARGEST = 3.4028234663852886e38

/** How far a number goes with one step of a drag, where the tensor's largest is so large: a round number. */
export function stepFor(scale: number): number {
  const power = Math.floor(Math.log10(Number.isFinite(scale) && scale > 0 ? scale : 1)) - 2
  return Number(`1e${power}`)
}

/** So many steps on from a number, as a round number. */
export function stepped(from: number, steps: number, step: number): number {
  if (!Number.isFinite(from)) return steps * step
  const decimals = Math.max(0, Math.min(20, -Math.floor(Math.log10(step))))
  return Number((Math.round(from / step + steps) * step).toFixed(decimals))
}
