/**
 * Cells of tensors in words: how a cell is named, which axes an index runs along, with the letter of a token beside its position.
 */
import { indexOf, parseCells, type Find } from './interventions'
import type { Trace } from './trace'
import type { Description, Tensor } from './types'

/** A tensor, or one cell of it: what can be selected. `index` is in axis order; null is the whole tensor. */
export interface CellReference {
  readonly tensor: string
  readonly index: readonly number[] | null
}

/** `blocks.0.attn.q:2,3,7`, which addresses carry as it is. */
export function spelled(reference: CellReference | string): string {
  if (typeof reference === 'string') return reference
  const { tensor, index } = reference
  return index === null ? tensor : `${tensor}:${index.join(',')}`
}

/** The tensor or cell that a text names, in any spelling of docs/protocol.md; null where it names none. */
export function parseReference(text: string, find: Find): CellReference | null {
  const cells = parseCells(text, find)
  if (cells === null) return null
  return { tensor: cells.tensor, index: /[[:]/.test(text) ? indexOf(cells) : null }
}

export interface Coordinate {
  axis: string
  /** What the axis letter stands for, in English. */
  axisName: string
  position: number
  /** The text of the token at that position, where there is one. */
  piece: string | null
}

export function coordinates(
  description: Description,
  trace: Trace | null,
  tensor: Tensor,
  index: readonly number[],
): Coordinate[] {
  return tensor.axes.map((axis, place) => {
    const position = index[place] ?? 0
    const piece = pieceAt(description, trace, tensor, axis, position)
    return { axis, axisName: description.graph.axes[axis]?.name ?? axis, position, piece: piece ?? null }
  })
}

/** What an index counts, where that is known: the token at a position of the text, or a token of the vocabulary. */
export function pieceAt(
  { graph, vocabulary }: Description,
  trace: Trace | null,
  tensor: Tensor,
  axis: string,
  position: number,
): string | undefined {
  const known = graph.axes[axis]
  if (known?.vocabulary === true) return visible(vocabulary?.[position])
  return known?.grows === true && tensor.kind !== 'weight' ? visible(trace?.pieces[position]) : undefined
}

const SIGNS = new Map([
  [' ', '␣'],
  ['\n', '↵'],
  ['\r', '␍'],
  ['\t', '⇥'],
])

/** A token as a reader is shown it. Letters are themselves; a tokenizer's pieces arrive with these signs in them. */
export function visible<Piece extends string | undefined>(piece: Piece): Piece | string {
  return piece === undefined ? piece : (SIGNS.get(piece) ?? piece)
}

/** `h=2, t=3 (B), d=7` */
export function indexText(places: readonly Coordinate[]): string {
  return places
    .map(({ axis, position, piece }) => `${axis}=${position}${piece === null ? '' : ` (${piece})`}`)
    .join(', ')
}

/** The lengths at hand: growing axes are as long as the text, or as the context where nothing is computed. */
export function shapeNow(description: Description, positions: number | undefined, tensor: Tensor): number[] {
  return tensor.axes.map((axis, place) => {
    const full = tensor.shape[place] ?? 1
    const grows = description.graph.axes[axis]?.grows === true && tensor.kind !== 'weight'
    return grows && positions !== undefined ? Math.min(positions, full) : full
  })
}

/** `h 3 × t 6 × d 16` */
export function shapeText(tensor: Tensor, shape: readonly number[]): string {
  return tensor.axes.map((axis, place) => `${axis} ${shape[place]}`).join(' × ')
}

export function axisOrder(tensor: Tensor, index: Readonly<Record<string, number>>): number[] {
  return tensor.axes.map((axis) => index[axis] ?? 0)
}

export function isWithin(shape: readonly number[], index: readonly number[]): boolean {
  return (
    index.length === shape.length && index.every((position, axis) => position >= 0 && position < (shape[axis] ?? 0))
  )
}

export function sameCell(a: CellReference | null, b: CellReference | null): boolean {
  return a?.tensor === b?.tensor && a?.index?.join() === b?.index?.join()
}

/** The block that a tensor is in. */
export function blockOf({ graph }: Description, tensor: string): Description['graph']['groups'][number] | undefined {
  return graph.groups.find(({ name }) => /^[^.]+\.\d+$/.test(name) && tensor.startsWith(`${name}.`))
}
