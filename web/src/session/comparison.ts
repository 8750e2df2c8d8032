/**
 * Two cells side by side: which of their terms differ most.
 */
import type { Explanation, Term } from '../protocol/types'

export interface Pair {
  label: string
  pinned: Term
  selected: Term
  /** The difference of the contributions: selected minus pinned. */
  difference: number
}

/** The terms of two cells with the same label, the most different first; null where the cells are made in different ways. */
export function pairTerms(pinned: Explanation, selected: Explanation): Pair[] | null {
  if (pinned.op === null || pinned.op !== selected.op || pinned.terms.length !== selected.terms.length) return null
  const others = new Map(pinned.terms.map((term, place) => [pairing(term, place), term]))
  const pairs = selected.terms.map((term, place): Pair | null => {
    const other = others.get(pairing(term, place))
    return other
      ? { label: term.label, pinned: other, selected: term, difference: difference(other.value, term.value) }
      : null
  })
  if (pairs.some((pair) => pair === null)) return null
  return (pairs as Pair[]).sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
}

/** Terms are told apart by where they are read (`c=3`); those that say something else stand in a fixed order. */
function pairing({ label }: Term, place: number): string {
  return label.includes('=') ? label : `#${place}`
}

/** The difference of two numbers; two masked cells have none. */
export function difference(pinned: number, selected: number): number {
  return pinned === selected ? 0 : selected - pinned
}
