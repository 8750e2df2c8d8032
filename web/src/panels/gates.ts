/**
 * What stands at the gates of the model: the tokens that it reads, and the answer as far as it is written, and what is expected to follow.
 */
import type { GateLetter, GateLook } from '../scene/gates'
import type { Run } from '../session/run.svelte'

/** A longer text is shown by its end, a longer piece by its beginning. */
const MOST_LETTERS = 12
const LONGEST = 8

export function entranceOf({ trace }: Pick<Run, 'trace'>): GateLetter[] {
  if (trace === null) return []
  const letters = Array.from(trace.tokens, (number, place) => ({
    text: named(trace.pieces[place] ?? '', number),
    number,
    look: 'written' as const,
  }))
  return letters.length <= MOST_LETTERS
    ? letters
    : [{ text: '…', number: letters.length - MOST_LETTERS, look: 'later' }, ...letters.slice(-MOST_LETTERS)]
}

/** `isWriting`: the reader lets the answer be written token by token, and does not see more of it before. */
export function exitOf(run: Pick<Run, 'chain' | 'foreseen' | 'step'>, isWriting: boolean): GateLetter[] {
  const chain = run.foreseen.length > 0 ? run.foreseen : run.chain
  const first = Math.max(0, run.step + 1 - MOST_LETTERS)
  return chain.slice(first, first + MOST_LETTERS).map(({ chosen }, place) => {
    const look = lookAt(first + place, run.step)
    return { text: isWriting && look === 'later' ? '' : named(chosen.text, chosen.token), number: chosen.token, look }
  })
}

function lookAt(place: number, step: number): GateLook {
  return place < step ? 'written' : place === step ? 'expected' : 'later'
}

/** A token without a text of its own is told by its number. */
function named(piece: string, token: number): string {
  if (piece === '') return String(token)
  const letters = Array.from(piece)
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : piece
}
