/**
 * How far a slab's cells have been computed while that is being shown: within a rectangle of them, line after line, cell after cell.
 */
import type { CellRectangle } from './slabs'

export interface Progress {
  /** Cells outside are there already. */
  within: CellRectangle
  /** Lines are columns, one after another from left to right, or rows. */
  lines: 'columns' | 'rows'
  /** True: the lines come from the right, or from the top, since rows are counted upwards in space. */
  linesReversed: boolean
  cellsReversed: boolean
  /** How many lines are complete ... */
  complete: number
  /** ... and how many cells of the next one. */
  cells: number
}

export function isComputed(progress: Progress | null, column: number, row: number): boolean {
  if (progress === null) return true
  const {
    within: { left, bottom, right, top },
    lines,
    linesReversed,
    cellsReversed,
    complete,
    cells,
  } = progress
  if (column < left || column >= right || row < bottom || row >= top) return true
  const [line, lineCount] = lines === 'columns' ? [column - left, right - left] : [row - bottom, top - bottom]
  const [cell, cellCount] = lines === 'columns' ? [row - bottom, top - bottom] : [column - left, right - left]
  const at = linesReversed ? lineCount - 1 - line : line
  return at < complete || (at === complete && (cellsReversed ? cellCount - 1 - cell : cell) < cells)
}

/** The three numbers that the shader takes it as, apart from the rectangle. */
export function encodeProgress({
  lines,
  linesReversed,
  cellsReversed,
  complete,
  cells,
}: Progress): [number, number, number] {
  return [(lines === 'rows' ? 1 : 0) + (linesReversed ? 2 : 0) + (cellsReversed ? 4 : 0), complete, cells]
}
