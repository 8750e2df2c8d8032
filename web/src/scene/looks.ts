/**
 * What stands out and what recedes: from what is selected, read, emphasised and switched off to the look of every slab and ribbon of
 * a model, and to the outlines around cells.
 */
import type { Description, Op, Ribbon, Tensor } from '../protocol/types'
import type { SlabLook } from './cells'
import type { CellMark } from './marks'
import type { RibbonLight } from './ribbons'
import type { Lights, ReadRegion, Selected } from './scenery'
import { boundsOf, regionOnSlab, type CellRectangle, type Slab } from './slabs'

export interface Lighting {
  selection: Selected | null
  /** Cells that were read for what is selected. */
  reads: readonly ReadRegion[]
  /** The tensors that the reader is to look at; null: all of them. */
  shown: ReadonlySet<string> | null
  /** The tensors whose matrices lie side by side, away from their ribbons. */
  fanned: ReadonlySet<string>
  /** Cells that are switched off. */
  off: readonly ReadRegion[]
  /** Cells that are changed otherwise. */
  changed: readonly ReadRegion[]
  /** The op that is being played, by its output; its ribbons are lit. */
  played: string | null
  /** Outputs of ops that are still to be played. */
  pending: ReadonlySet<string>
}

export interface Looks {
  slab: (slab: Slab, index: number) => SlabLook
  ribbon: (ribbon: Ribbon) => RibbonLight
  marks: CellMark[]
  /** The slab with the selected cell, and where on it. */
  chosen: { slab: number; cell: CellRectangle } | null
}

/**
 * What a tensor or a part of the architecture is to the reader at the moment: what is selected or read, what is to be looked at, what is
 * being played, all the rest, and what recedes because of them.
 */
export type Standing = 'chosen' | 'shown' | 'lit' | 'plain' | 'receding'

const RECEDING = 0.62

export function looksOf(slabs: readonly Slab[], description: Description, lighting: Lighting): Looks {
  const { selection, reads, shown, off, changed, fanned } = lighting
  const light = ribbonLights(description, lighting)
  const lighted = reads.length > 0
  const read = slabs.map((slab) => onSlab(slab, reads))
  const chosen = chosenCell(slabs, selection)
  const isLit = (index: number) => (read[index] as CellRectangle[]).length > 0 || chosen?.slab === index
  // What stands before lit cells of its own tensor is seen through.
  const rearmost = new Map<Tensor, number>()
  for (const [index, { tensor, corner }] of slabs.entries()) {
    if (isLit(index)) rearmost.set(tensor, Math.min(corner[2], rearmost.get(tensor) ?? Infinity))
  }
  return {
    slab: (slab, index) => {
      const isChosen = selection?.tensor === slab.tensor.name && selection.index === null
      const recedes = lighted ? !isLit(index) : shown !== null && !shown.has(slab.tensor.name) && !isChosen
      return {
        receding: recedes ? RECEDING : 0,
        style: isChosen
          ? 'lit'
          : !isLit(index) && slab.corner[2] > (rearmost.get(slab.tensor) ?? Infinity)
            ? 'hollow'
            : 'plain',
        read: lighted ? boundsOf(read[index] as CellRectangle[]) : null,
        dimming: RECEDING,
      }
    },
    ribbon: (ribbon) => (fanned.has(ribbon.from) || fanned.has(ribbon.to) ? 'receding' : light(ribbon)),
    marks: slabs.flatMap((slab, index) => [
      ...onSlab(slab, off).map((rectangle): CellMark => ({ slab, rectangle, meaning: 'off' })),
      ...onSlab(slab, changed).map((rectangle): CellMark => ({ slab, rectangle, meaning: 'changed' })),
      ...(read[index] as CellRectangle[]).map((rectangle): CellMark => ({ slab, rectangle, meaning: 'read' })),
      ...(chosen?.slab === index ? [{ slab, rectangle: chosen.cell, meaning: 'selected' } satisfies CellMark] : []),
    ]),
    chosen,
  }
}

/** The standings of tensors and of parts, by name; those that are not in it are plain. `lights`: of what is being played, if anything is. */
export function standingsOf(
  { graph }: Description,
  { selection, reads, shown }: Pick<Lighting, 'selection' | 'reads' | 'shown'>,
  lights: Lights | null,
): Map<string, Standing> {
  const standings = new Map<string, Standing>()
  const note = (names: Iterable<string | null | undefined>, standing: Standing) => {
    for (const name of names) if (name != null && !standings.has(name)) standings.set(name, standing)
  }
  note([selection?.tensor, ...(lights === null ? reads.map(({ tensor }) => tensor) : [])], 'chosen')
  note(shown ?? [], 'shown')
  if (lights !== null) {
    const played = graph.ops.find(({ output }) => output === lights.played)
    note(
      [
        lights.played,
        lights.selection?.tensor,
        ...lights.reads.map(({ tensor }) => tensor),
        ...Object.values(played?.inputs ?? {}),
      ],
      'lit',
    )
  }
  if (shown === null && (lights?.reads ?? reads).length === 0) return standings
  const parts = new Set<string>()
  for (const { name, group } of graph.tensors) {
    if (!standings.has(name)) standings.set(name, 'receding')
    else
      for (let part = group; part !== '' && !parts.has(part); part = part.slice(0, Math.max(0, part.lastIndexOf('.'))))
        parts.add(part)
  }
  note(
    graph.groups.map(({ name }) => name).filter((name) => !parts.has(name)),
    'receding',
  )
  return standings
}

function onSlab(slab: Slab, regions: readonly ReadRegion[]): CellRectangle[] {
  return regions
    .filter(({ tensor }) => tensor === slab.tensor.name)
    .map(({ region }) => regionOnSlab(slab, region))
    .filter((rectangle) => rectangle !== null)
}

function chosenCell(slabs: readonly Slab[], selection: Selected | null): Looks['chosen'] {
  if (selection?.index == null) return null
  const region = selection.index.map((position) => [position, position + 1] as const)
  for (const [index, slab] of slabs.entries()) {
    const cell = slab.tensor.name === selection.tensor ? regionOnSlab(slab, region) : null
    if (cell !== null) return { slab: index, cell }
  }
  return null
}

/** Lit: into what is selected or played, from what it reads. On the way there from the tokens: faintly. The rest recedes. */
function ribbonLights(
  description: Description,
  { selection, reads, shown, played, pending }: Lighting,
): Looks['ribbon'] {
  if (played !== null) {
    return ({ to }) =>
      to === played ? 'lit' : pending.has(to) || (shown !== null && !shown.has(to)) ? 'receding' : 'quiet'
  }
  if (reads.length > 0 && selection !== null) {
    const sources = new Set(reads.map(({ tensor }) => tensor))
    const way = wayTo(description, selection.tensor)
    return ({ from, to }) =>
      selection.tensor === to && sources.has(from) ? 'lit' : way.has(from) && way.has(to) ? 'way' : 'receding'
  }
  return ({ from, to }) => (shown === null || (shown.has(from) && shown.has(to)) ? 'quiet' : 'receding')
}

/** The tensor and all that it is computed from which depends on the letters, back to them. */
function wayTo({ graph }: Description, tensor: string): Set<string> {
  const makers = new Map(graph.ops.map((op): [string, Op] => [op.output, op]))
  const weights = new Set(graph.tensors.filter(({ kind }) => kind === 'weight').map(({ name }) => name))
  const found = new Set<string>()
  const waiting = [tensor]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name) || weights.has(name)) continue
    found.add(name)
    waiting.push(...Object.values(makers.get(name)?.inputs ?? {}))
  }
  return found
}
