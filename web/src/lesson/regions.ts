/**
 * The regions of cells that lessons speak of, for a model at hand: as ranges in axis order, as cells to light, as
 * changes to a run.
 */
import type { CellReference } from '../protocol/cells'
import { formatCells, type Cells, type Span } from '../protocol/interventions'
import type { CellRegion, ChangedRegion } from '../protocol/lessons'
import type { Tensor } from '../protocol/types'
import type { Lit } from '../session/inspection.svelte'

/** A region, or cells that are changed. */
type Region = CellRegion | Cells

/** The ranges in axis order. */
export function ranges(tensor: Tensor, { at }: Region): [number, number][] {
  return tensor.axes.map((axis, place) => {
    const [first, end] = at[axis] ?? [0, tensor.shape[place] ?? 1]
    return [first, end]
  })
}

/** Regions as the stage lights them; one of a tensor that this model lacks is left out. */
export function litRegions(tensors: ReadonlyMap<string, Tensor>, regions: readonly Region[]): Lit {
  return regions.flatMap((region) => {
    const tensor = tensors.get(region.tensor)
    return tensor ? [{ tensor: tensor.name, region: ranges(tensor, region) }] : []
  })
}

/** The first cell of a region. */
export function firstOf(tensor: Tensor, region: Region): CellReference {
  return { tensor: tensor.name, index: ranges(tensor, region).map(([first]) => first) }
}

export function holdsCell(tensor: Tensor, regions: readonly CellRegion[], index: readonly number[]): boolean {
  return regions.some(
    (region) =>
      region.tensor === tensor.name &&
      ranges(tensor, region).every(([low, high], axis) => low <= (index[axis] ?? -1) && (index[axis] ?? -1) < high),
  )
}

/** Whether two ranges of cells have one in common. */
export function haveCommon(one: Lit[number], other: Lit[number]): boolean {
  return (
    one.tensor === other.tensor &&
    one.region.every(([low, high], axis) => {
      const [first, end] = other.region[axis] ?? [0, 0]
      return low < end && first < high
    })
  )
}

/** The one cell of a region, or its whole tensor. */
export function cellOf(tensor: Tensor, region: CellRegion): CellReference {
  const spans = ranges(tensor, region)
  const single = spans.every(([low, high]) => high === low + 1)
  return { tensor: tensor.name, index: single ? spans.map(([low]) => low) : null }
}

/** What a step changes, as docs/protocol.md spells it: an axis that is meant whole (`lengths`, by letter) is left out. */
export function changeOf(regions: readonly ChangedRegion[], lengths: Readonly<Record<string, number>>): string {
  return regions
    .map(({ tensor, at, change }) => {
      const said = Object.entries(at).map(([axis, span]) => [axis, isWhole(span, lengths[axis]) ? null : span] as const)
      const cells = formatCells({ tensor, at: Object.fromEntries(said) })
      return change === undefined ? cells : `${cells}~${change}`
    })
    .join(';')
}

function isWhole([first, end]: Span, length = Infinity): boolean {
  return first === 0 && end >= length
}
