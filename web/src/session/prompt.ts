/**
 * What a reader types, as tokens: for models that learned a small task the page can tell at once, letter by letter,
 * whether it is a prompt; anything else is for the server's tokenizer.
 */
import { Refusal } from '../source/refusal'
import type { Description } from '../protocol/types'

/**
 * Typed text as the task spells it: small letters for capital ones, wide letters (as Japanese keyboards write them) and
 * spaces between letters are understood. Text for a model without a task stays as it is.
 */
export function tidyPrompt(text: string, { task }: Description): string {
  if (task === null) return text
  return Array.from(text.normalize('NFKC'), (letter) => matching(letter, task.alphabet))
    .filter((letter) => letter.trim() !== '' || task.alphabet.includes(letter))
    .join('')
}

/** The tokens of a task model's prompt. Raises Refusal (`empty-prompt`, `unknown-letter`, `wrong-length`). */
export function encodePrompt(text: string, description: Description): number[] {
  const { task, vocabulary } = description
  if (task === null || vocabulary === null) throw new Error(`the model ${description.id} has no letters of its own`)
  const letters = Array.from(tidyPrompt(text, description))
  const unknown = letters.find((letter) => !task.alphabet.includes(letter))
  const details = { length: letters.length, expected: task.length, letter: unknown, alphabet: task.alphabet.join(' ') }
  if (letters.length === 0) throw new Refusal('empty-prompt', `Nothing is typed: type ${task.length} letters.`, details)
  if (unknown !== undefined) {
    throw new Refusal('unknown-letter', `'${unknown}' is not in this model's alphabet: ${details.alphabet}.`, details)
  }
  if (letters.length !== task.length) {
    throw new Refusal('wrong-length', `${letters.length} letters: this model reads ${task.length}.`, details)
  }
  return letters.map((letter) => vocabulary.indexOf(letter))
}

/** The letter as the alphabet spells it: `c` where there is only `C`. */
function matching(letter: string, alphabet: readonly string[]): string {
  if (alphabet.includes(letter)) return letter
  const other = [letter.toUpperCase(), letter.toLowerCase()].find((spelling) => alphabet.includes(spelling))
  return other ?? letter
}

export function decodeTokens(tokens: readonly number[], vocabulary: readonly string[] | null): string | null {
  return vocabulary === null ? null : tokens.map((token) => vocabulary[token] ?? '').join('')
}

/** Letters that the model can be asked about, drawn at random. */
export function randomPrompt(description: Description): number[] {
  const { task, vocabulary } = description
  if (task === null || vocabulary === null) throw new Error(`the model ${description.id} has no letters of its own`)
  return Array.from({ length: task.length }, () => {
    const letter = task.alphabet[Math.floor(Math.random() * task.alphabet.length)] as string
    return vocabulary.indexOf(letter)
  })
}
