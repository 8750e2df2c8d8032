/**
 * The regions of cells that lessons speak of, for a model at hand: as ranges in axis order, as cells to light, as cells to switch off.
 */
import type { CellReference } from '../protocol/cells'
import type { CellRegion } from '../protocol/lessons'
import type { Tensor } from '../protocol/types'
import type { Lit } from '../session/inspection.svelte'

/** The ranges in axis order. */
export function ranges(tensor: Tensor, { at }: CellRegion): [number, number][] {
  return tensor.axes.map((axis, place) => at[axis] ?? [0, tensor.shape[place] ?? 1])
}

/** Regions as the stage lights them; one of a tensor that this model lacks is left out. */
export function litRegions(tensors: ReadonlyMap<string, Tensor>, regions: readonly CellRegion[]): Lit {
  return regions.flatMap((region) => {
    const tensor = tensors.get(region.tensor)
    return tensor ? [{ tensor: tensor.name, region: ranges(tensor, region) }] : []
  })
}

export function holdsCell(tensor: Tensor, regions: readonly CellRegion[], index: readonly number[]): boolean {
  return regions.some(
    (region) =>
      region.tensor === tensor.name &&
      ranges(tensor, region).every(([low, high], axis) => low <= (index[axis] ?? -1) && (index[axis] ?? -1) < high),
  )
}

/** The one cell of a region, or its whole tensor. */
export function cellOf(tensor: Tensor, region: CellRegion): CellReference {
  const spans = ranges(tensor, region)
  const single = spans.every(([low, high]) => high === low + 1)
  return { tensor: tensor.name, index: single ? spans.map(([low]) => low) : null }
}

/** Cells to switch off, as the server's addresses spell them: an axis that is meant whole (`lengths`, by letter) is left out. */
export function offQuery(regions: readonly CellRegion[], lengths: Readonly<Record<string, number>>): string {
  return regions.flatMap(({ tensor, at }) => places(at, lengths).map((place) => tensor + place)).join(';')
}

/** Every combination of the indices that the ranges name, in brackets. */
function places(at: CellRegion['at'], lengths: Readonly<Record<string, number>>): string[] {
  let combinations = ['']
  for (const [axis, [low, high]] of Object.entries(at)) {
    if (low === 0 && high >= (lengths[axis] ?? Infinity)) continue
    const indices = Array.from({ length: high - low }, (_, offset) => `${axis}=${low + offset}`)
    combinations = combinations.flatMap((before) =>
      indices.map((index) => (before === '' ? index : `${before},${index}`)),
    )
  }
  return combinations.map((combination) => (combination === '' ? '' : `[${combination}]`))
}
