/**
 * What a reader types, as tokens. The page can tell at once whether letters or numbers are a prompt; a text that the model's
 * tokenizer takes apart is for the server.
 */
import { Refusal, shortened } from '../source/refusal'
import type { Description } from '../protocol/types'

/** So many letters of an alphabet are listed in a sentence. */
const LISTED = 30
/** So few of them stay on one line. */
const UNBROKEN = 8
const NO_BREAK = '\u00a0'
/** Of what is no letter or number, so much is repeated in a sentence. */
const REPEATED = 20

/** What stands between two numbers: spaces, commas, and the commas of Japanese keyboards; brackets around them do no harm. */
const BETWEEN_NUMBERS = /[\s,;[\](){}\u3001\uff0c\uff1b]+/
const VARIATION_SELECTORS = /[\ufe0e\ufe0f]/g

/**
 * Typed text as the model spells it. A letter that stands in the alphabet as it was typed is kept; what is not there is looked for in
 * other forms: composed or not, of another width, small for capital. Of a task, where each letter counts, spaces in between are
 * left out. Anything that is not asked in letters stays as it is.
 */
export function tidyPrompt(text: string, description: Description): string {
  const alphabet = alphabetOf(description)
  if (alphabet === null) return text
  const known = new Set(alphabet)
  const letters = graphemes(text).map((letter) => spelled(letter, known))
  if (description.task === null) return letters.join('')
  return letters.filter((letter) => letter.trim() !== '' || known.has(letter)).join('')
}

/**
 * What a source is asked about for a typed text: tokens, or the text where only its tokenizer knows them. Raises Refusal
 * (`empty-prompt`, `unknown-letter`, `wrong-length`, `too-long`, `no-number`, `unknown-token`).
 */
export function encodePrompt(text: string, description: Description): readonly number[] | string {
  if (description.asked_in === 'numbers') return encodeNumbers(text, description)
  const alphabet = alphabetOf(description)
  if (alphabet !== null) return encodeLetters(tidyPrompt(text, description), alphabet, description)
  if (text === '') throw new Refusal('empty-prompt', 'Nothing is typed: type some text.')
  return text
}

function encodeLetters(
  text: string,
  alphabet: readonly string[],
  { task, vocabulary, context }: Description,
): number[] {
  const letters = Array.from(text)
  const unknown = letters.find((letter) => !alphabet.includes(letter))
  const listed =
    alphabet.slice(0, LISTED).join(alphabet.length > UNBROKEN ? ' ' : NO_BREAK) + (alphabet.length > LISTED ? ' …' : '')
  const details = { length: letters.length, expected: task?.length, letter: unknown, alphabet: listed, most: context }
  if (letters.length === 0) throw new Refusal('empty-prompt', 'Nothing is typed: type some letters.', details)
  if (unknown !== undefined) {
    throw new Refusal('unknown-letter', `'${unknown}' is not in this model's alphabet: ${listed}.`, details)
  }
  if (task !== null && letters.length !== task.length) {
    throw new Refusal('wrong-length', `${letters.length} letters: this model reads ${task.length}.`, details)
  }
  checkLength(letters.length, context)
  return letters.map((letter) => (vocabulary ?? alphabet).indexOf(letter))
}

/** What the model would get for each letter of a typed text that is no prompt; null for one that it does not know. */
export function codesOf(text: string, description: Description): (number | null)[] {
  const { vocabulary } = description
  const alphabet = alphabetOf(description) ?? []
  return Array.from(tidyPrompt(text, description), (letter) =>
    alphabet.includes(letter) ? (vocabulary ?? alphabet).indexOf(letter) : null,
  )
}

function encodeNumbers(text: string, { graph, context }: Description): number[] {
  const last = (graph.axes['v']?.size ?? 1) - 1
  const written = text
    .normalize('NFKC')
    .split(BETWEEN_NUMBERS)
    .filter((part) => part !== '')
  const wrong = written.find((part) => !/^\d+$/.test(part))
  if (written.length === 0) throw new Refusal('empty-prompt', 'Nothing is typed: type some numbers.', { last })
  if (wrong !== undefined) {
    const part = shortened(wrong, REPEATED)
    throw new Refusal('no-number', `'${part}' is no token: type numbers from 0 to ${last}.`, { part, last })
  }
  const tokens = written.map(Number)
  const unknown = tokens.find((token) => token > last)
  if (unknown !== undefined) {
    throw new Refusal('unknown-token', `There is no token ${unknown}: numbers run from 0 to ${last}.`, {
      token: unknown > Number.MAX_SAFE_INTEGER ? '…' : unknown,
      last,
    })
  }
  checkLength(tokens.length, context)
  return tokens
}

function checkLength(length: number, most: number): void {
  if (length <= most) return
  throw new Refusal('too-long', `${length} tokens, but this model reads at most ${most}: shorten it.`, { length, most })
}

/** The letters that can be typed; null where a prompt is not typed in letters that the page knows. */
function alphabetOf({ asked_in, task, vocabulary }: Description): readonly string[] | null {
  // A token may have no letter.
  return asked_in === 'letters' && vocabulary !== null
    ? (task?.alphabet ?? vocabulary.filter((letter) => letter !== ''))
    : null
}

/** What a person takes for one letter may be several: a letter and its accent, an emoji and its skin. */
function graphemes(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
}

/** The letter in the form that the alphabet has it in: `c` where there is only `C`. */
function spelled(letter: string, known: ReadonlySet<string>): string {
  const isKnown = (form: string) => Array.from(form).every((part) => known.has(part))
  if (isKnown(letter)) return letter
  const written = forms(letter)
  const found = written.find(isKnown) ?? written.map((form) => alike(form, known)).find((form) => form !== null)
  if (found != null) return found
  const parts = Array.from(letter)
  return parts.length > 1 ? parts.map((part) => spelled(part, known)).join('') : letter
}

/** Ways to write a letter, those that change least first. */
function forms(letter: string): string[] {
  const plain = letter.replace(VARIATION_SELECTORS, '')
  const written = [plain, ...(['NFC', 'NFD', 'NFKC', 'NFKD'] as const).map((form) => plain.normalize(form))]
  const cased = written.flatMap((form) => [form.toUpperCase(), form.toLowerCase()])
  return [...written, ...cased].filter((form) => form !== '')
}

/** Letters of the alphabet that mean the same as these, such as a wide A for a narrow one; null where one is missing. */
function alike(letters: string, known: ReadonlySet<string>): string | null {
  const found = Array.from(letters, (letter) => [...known].find((other) => folded(other) === folded(letter)))
  return found.every((letter) => letter !== undefined) ? found.join('') : null
}

function folded(letter: string): string {
  return letter.normalize('NFKC').toLowerCase()
}

/** A prompt, and how it was written where it was asked as a text. */
interface Written {
  readonly prompt: readonly number[]
  readonly text: string | null
}

/** The text that leads to a prompt; null where its numbers tell what no text does. */
export function textOf({ prompt, text }: Written, { asked_in, vocabulary }: Description): string | null {
  if (asked_in === 'text') return text
  const isWritten = asked_in === 'letters' && prompt.every((token) => vocabulary?.[token] !== '')
  return isWritten ? decodeTokens(prompt, vocabulary) : null
}

/** A prompt as it stands in the input field; null where only the model's tokenizer knows. */
export function written(run: Written, description: Description): string | null {
  return description.asked_in === 'numbers' ? run.prompt.join(', ') : textOf(run, description)
}

export function decodeTokens(tokens: readonly number[], vocabulary: readonly string[] | null): string | null {
  return vocabulary === null ? null : tokens.map((token) => vocabulary[token] ?? '').join('')
}

/** The letters of a text, or where the model has none the numbers of its tokens. */
export function writtenTokens(tokens: readonly number[], { asked_in, vocabulary }: Description): string {
  return (asked_in === 'letters' ? decodeTokens(tokens, vocabulary) : null) ?? tokens.join(', ')
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
