/**
 * What stands at the gates of the model: the tokens that it reads, and the answer as far as it is written, and what is expected to follow.
 */
import type { GateLetter } from '../scene/gates'
import type { Run } from '../session/run.svelte'

/** A longer text is shown by its end, a longer piece by its beginning. */
const MOST_LETTERS = 12
const LONGEST = 8

export function entranceOf(run: Run): GateLetter[] {
  const { trace } = run
  if (trace === null) return []
  const letters = Array.from(trace.tokens, (number, place) => ({
    text: named(trace.pieces[place] ?? '', number),
    number,
    expected: false,
  }))
  return letters.length <= MOST_LETTERS
    ? letters
    : [{ text: '…', number: letters.length - MOST_LETTERS, expected: true }, ...letters.slice(-MOST_LETTERS)]
}

export function exitOf(run: Run): GateLetter[] {
  const chain = run.foreseen.length > 0 ? run.foreseen : run.chain
  const first = Math.max(0, run.step + 1 - MOST_LETTERS)
  return chain.slice(first, first + MOST_LETTERS).map(({ chosen }, place) => ({
    text: named(chosen.text, chosen.token),
    number: chosen.token,
    expected: first + place > run.step,
  }))
}

/** A token without a text of its own is told by its number. */
function named(piece: string, token: number): string {
  if (piece === '') return String(token)
  const letters = Array.from(piece)
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : piece
}
