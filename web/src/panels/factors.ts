/**
 * What stands between the cells of a term: a dot only where they are multiplied. The terms of a sum of exponentials, for
 * one, are made of two cells in another way, which the formula says.
 */
import type { Term } from '../protocol/types'

export interface Between {
  readonly latex: string
  readonly text: string
}

const TIMES: Between = { latex: String.raw`\;\cdot\;`, text: '·' }
const APART: Between = { latex: String.raw`,\;`, text: ',' }
/** Products are computed in double precision there and here, in whatever order. */
const ROUNDING = 1e-9

export function between(terms: readonly Term[]): Between {
  return terms.every(isProduct) ? TIMES : APART
}

function isProduct({ value, cells }: Term): boolean {
  if (cells.length < 2) return true
  const product = cells.reduce((before, cell) => before * cell.value, 1)
  return (
    Object.is(value, product) || (Number.isFinite(product) && Math.abs(value - product) <= ROUNDING * Math.abs(product))
  )
}
