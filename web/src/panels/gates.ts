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
    text: cut(trace.pieces[place] || String(number)),
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
    text: cut(chosen.text || String(chosen.token)),
    number: chosen.token,
    expected: first + place > run.step,
  }))
}

function cut(piece: string): string {
  const letters = Array.from(piece)
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : piece
}
