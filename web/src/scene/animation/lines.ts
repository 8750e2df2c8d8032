/**
 * A tensor in the order in which it is played: line after line, and in each of them cell after cell; what happens within a line, and the
 * cells that take part in it.
 */
import type { Tensor, Vector } from '../../protocol/types'
import type { Flyer } from '../scenery'
import type { At, Operand, Places, Region } from './places'

/** Before the tensors that they fly over. */
export const ALOFT = 1.2
/** How many cells may be in the air for one line. */
const MOST_IN_LINE = 200

/** How the cells of the output follow one another. */
export interface Order {
  output: Tensor
  region: Region
  /** Axes, by their letters: line after line, cell after cell, and what is done at once. */
  outer: string | null
  inner: string | null
  lines: number
  cells: number
  /** Every combination of indices along the axes that are done at once and those that are fixed. */
  together: readonly At[]
}

/** What flies at a time within a line (from 0 to 1; a little before and after it too), and which of the line's cells are there. */
export interface Line {
  seconds: number
  flyers: (line: number, time: number, flyers: Flyer[]) => void
  /** When the cell is there, in shares of the line. */
  landed: (cell: number) => number
}

export interface Made {
  places: Places
  order: Order
  operands: readonly Operand[]
  /** Every combination of what is summed over; empty letters: one combination. */
  summed: readonly At[]
}

export function orderOf(places: Places, output: Tensor, region: Region): Order {
  const box = places.box(output.name)
  const length = (letter: string) => {
    const [begin, end] = region[output.axes.indexOf(letter)] as readonly [number, number]
    return end - begin
  }
  const flat = output.axes.filter((letter) => letter !== box.axes[2])
  const outer = flat.find((letter) => places.grows(letter)) ?? (flat.length > 1 ? (flat[0] as string) : null)
  const inner = flat.findLast((letter) => letter !== outer) ?? null
  const rest = output.axes.filter((letter) => letter !== outer && letter !== inner)
  return {
    output,
    region,
    outer,
    inner,
    lines: outer === null ? 1 : length(outer),
    cells: inner === null ? 1 : length(inner),
    together: combinations(rest.map((letter) => ({ letter, ...rangeOf(output, region, letter) }))),
  }
}

function rangeOf(output: Tensor, region: Region, letter: string): { begin: number; end: number } {
  const [begin, end] = region[output.axes.indexOf(letter)] as readonly [number, number]
  return { begin, end }
}

/** The letters' indices for a cell of a line. Between two cells there are places too. */
export function at({ output, region, outer, inner }: Order, others: At, line: number, cell: number): At {
  const indices: Record<string, number> = { ...others }
  if (outer !== null) indices[outer] = rangeOf(output, region, outer).begin + line
  if (inner !== null) indices[inner] = rangeOf(output, region, inner).begin + cell
  return indices
}

export function cellOf(places: Places, { output }: Order, index: At): { at: Vector; value: number; scale: number } {
  const cell = output.axes.map((letter) => index[letter] ?? 0)
  return { at: places.at(output.name, cell), value: places.value(output.name, cell), scale: places.scale(output.name) }
}

/** Every so-manieth of them, so that not too many fly at once. */
export function thinned<Thing>(things: readonly Thing[], atOnce: number): Thing[] {
  const step = Math.max(1, Math.ceil((things.length * atOnce) / MOST_IN_LINE))
  return things.filter((_, index) => index % step === 0)
}

export function combinations(ranges: readonly { letter: string; begin: number; end: number }[]): At[] {
  return ranges.reduce<At[]>(
    (all, { letter, begin, end }) =>
      all.flatMap((one) => Array.from({ length: end - begin }, (_, index) => ({ ...one, [letter]: begin + index }))),
    [{}],
  )
}
