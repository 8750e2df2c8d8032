/**
 * The way that the reader has walked from a cell to what it was made of, and on. Going back and forth on it keeps it.
 */
import { sameCell, type CellReference } from '../protocol/cells'

/** The way after another cell has been chosen; `moves`: in place of the one before, as the arrow keys do. */
export function trailAfter(
  trail: readonly CellReference[],
  here: CellReference | null,
  next: CellReference | null,
  moves: boolean,
): readonly CellReference[] {
  if (next === null) return []
  if (trail.some((cell) => sameCell(cell, next))) return trail
  const place = trail.findIndex((cell) => sameCell(cell, here))
  return [...trail.slice(0, moves ? Math.max(0, place) : place + 1), next]
}
