/**
 * What has no right answers, as Python's tasks/text.py and tasks/names.py have it: a text of the reader's own, or a list of words, cut
 * into letters and into rows. The last tenth of a text is held out, and of words those whose fingerprints are smallest.
 */
import { fingerprint } from './fingerprint'
import type { Passage, Reading, Recipe, Sequences } from './teaching'

export type Kind = 'names' | 'text'

/** Why a text cannot be learned from; `lateWords` has a sentence for each. */
export type Unfitness =
  'empty' | 'encoding' | 'null' | 'large' | 'same' | 'letters' | 'short' | 'word' | 'few' | 'context' | 'letters-here'

export class Unfit extends Error {
  constructor(
    readonly why: Unfitness,
    readonly details: readonly (number | string)[] = [],
  ) {
    super(why)
  }
}

export interface Corpus {
  /** In the order of the tokens. */
  readonly alphabet: readonly string[]
  readonly context: number
  /** The tokens with which a text ends. */
  readonly ends: readonly number[]
  /** A beginning to go on from. */
  readonly example: string
  readonly taught: Sequences | Passage
  readonly reading: Reading
  readonly recipe: Partial<Recipe>
}

/** The most bytes of a file, and letters of a text: one thread reads no more while anybody watches. */
export const MOST_BYTES = 4_000_000
export const MOST_LETTERS = 1_000_000
/** The most different letters: MOST_TEXT_LETTERS of train/fresh.py. */
export const MOST_DIFFERENT = 512
export const MOST_CONTEXT = 64
const HELD_OUT = 10
/** As many letters are asked as take a moment: the loss on them is measured again and again. */
export const EXAM = 2048
const EXAMPLE = 16

const END = '.'
const FEWEST = 20
const LONGEST = 40

/** In JavaScript small batches are there sooner; measured with the tour's own text and with the list of first names. */
const RECIPES: Readonly<Record<Kind, Partial<Recipe>>> = {
  text: { steps: 600, most: 600, batch: 8, rate: 8e-3 },
  names: { steps: 400, most: 400, batch: 16, rate: 4e-3, weight_decay: 0.3 },
}

/** A file's letters, with line breaks as Python has them. Throws `Unfit`. */
export function decoded(content: Uint8Array): string {
  if (content.length > MOST_BYTES) throw new Unfit('large', [MOST_LETTERS])
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content)
    if (text.trim() === '') throw new Unfit('empty')
    return text
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Unfit('encoding')
  }
}

/** Cuts what was given as its kind is cut. Throws `Unfit`. */
export function corpusOf(kind: Kind, given: string, context: number | null, exam = EXAM): Corpus {
  if (given.includes('\0')) throw new Unfit('null')
  const text = given.replace(/\r\n?/g, '\n')
  return kind === 'text' ? ofText(text, context ?? 0, exam) : ofNames(text, context, exam)
}

function ofText(text: string, context: number, exam: number): Corpus {
  if (!Number.isInteger(context) || context < 2 || context > MOST_CONTEXT) throw new Unfit('context', [MOST_CONTEXT])
  const letters = Array.from(text)
  if (letters.length > MOST_LETTERS) throw new Unfit('large', [MOST_LETTERS])
  const alphabet = sorted(new Set(letters))
  if (letters.length > 0 && alphabet.length < 2) throw new Unfit('same')
  checkLetters(alphabet)
  const numbers = numbered(alphabet)
  const encoded = (some: readonly string[]): number[] => some.map((letter) => numbers.get(letter)!)
  const border = letters.length - Math.floor(letters.length / HELD_OUT)
  const heldOut = letters.slice(border, border + exam)
  const tokens = encoded(letters.slice(0, border))
  const unseen = rowsOf(encoded(heldOut), context)
  if (tokens.length <= context || unseen.tokens.length === 0)
    throw new Unfit('short', [letters.length, HELD_OUT * (context + 1)])
  const line = heldOut
    .join('')
    .split('\n')
    .slice(1)
    .find((one) => one.trim() !== '')
  return {
    alphabet,
    context,
    ends: [],
    example: (line === undefined ? heldOut : Array.from(line)).slice(0, Math.min(EXAMPLE, context)).join(''),
    taught: { text: tokens, context },
    reading: readingOf(rowsOf(tokens, context), unseen, alphabet.length),
    recipe: RECIPES.text,
  }
}

function ofNames(text: string, context: number | null, exam: number): Corpus {
  const words = checkedWords(text)
  const longest = Math.max(...words.map((word) => Array.from(word).length)) + 1
  const alphabet = [END, ...sorted(new Set(words.flatMap((word) => Array.from(word))))]
  checkLetters(alphabet)
  if (context !== null && longest > context)
    throw new Unfit('word', [words.find((word) => Array.from(word).length >= context)!, context - 1])
  const room = context ?? longest
  const keys = new Map(words.map((word) => [word, fingerprint(word)]))
  const byFingerprint = words.toSorted((one, other) => (keys.get(one)! < keys.get(other)! ? -1 : 1))
  const heldOut = new Set(byFingerprint.slice(0, Math.floor(words.length / HELD_OUT)))
  const trained = words.filter((word) => !heldOut.has(word))
  const asked = firstOf(
    words.filter((word) => heldOut.has(word)),
    exam,
  )
  const numbers = numbered(alphabet)
  const taught = wordRows(trained, numbers, room)
  return {
    alphabet,
    context: room,
    ends: [0],
    example:
      END +
      Array.from(trained[Math.floor(trained.length / 2)]!)
        .slice(0, 2)
        .join(''),
    taught,
    reading: readingOf(taught, wordRows(asked, numbers, room), alphabet.length),
    recipe: RECIPES.names,
  }
}

function checkLetters(alphabet: readonly string[]): void {
  if (alphabet.length > MOST_DIFFERENT) throw new Unfit('letters', [alphabet.length, MOST_DIFFERENT])
}

/** The different words, without spaces around them. */
function checkedWords(text: string): string[] {
  if (text.length > MOST_LETTERS) throw new Unfit('large', [MOST_LETTERS])
  const words = new Set<string>()
  for (const line of text.split('\n')) {
    const word = line.trim()
    if (word === '') continue
    const isPlain = !word.includes(END) && !/[\p{C}\p{Z}]/u.test(word.replaceAll(' ', ''))
    const letters = Array.from(word)
    if (letters.length > LONGEST || !isPlain) throw new Unfit('word', [letters.slice(0, LONGEST).join(''), LONGEST])
    words.add(word)
  }
  if (words.size < FEWEST) throw new Unfit('few', [words.size, FEWEST])
  return [...words]
}

/** The first words that together have no more letters than a loss is measured on. */
function firstOf(words: readonly string[], exam: number): string[] {
  const kept: string[] = []
  let letters = 0
  for (const word of words) {
    letters += Array.from(word).length + 1
    if (letters > exam && kept.length > 0) break
    kept.push(word)
  }
  return kept
}

/** In the order of their numbers in Unicode. */
function sorted(letters: ReadonlySet<string>): string[] {
  return [...letters].sort((one, other) => one.codePointAt(0)! - other.codePointAt(0)!)
}

function numbered(alphabet: readonly string[]): ReadonlyMap<string, number> {
  return new Map(alphabet.map((letter, number) => [letter, number]))
}

/** One row behind the other, without what is left over in the end. */
function rowsOf(tokens: readonly number[], context: number): Sequences {
  const count = Math.floor(Math.max(tokens.length - 1, 0) / context)
  const cut = (first: number): number[][] =>
    Array.from({ length: count }, (_, row) => tokens.slice(row * context + first, (row + 1) * context + first))
  return { tokens: cut(0), targets: cut(1) }
}

/** A word on each row, with nothing asked behind its end. */
function wordRows(words: readonly string[], numbers: ReadonlyMap<string, number>, context: number): Sequences {
  const filled = (some: readonly number[], rest: number): number[] => [
    ...some,
    ...Array.from({ length: context - some.length }, () => rest),
  ]
  const rows = words.map((word) => [END, ...Array.from(word), END].map((letter) => numbers.get(letter)!))
  return {
    tokens: rows.map((row) => filled(row.slice(0, -1), 0)),
    targets: rows.map((row) => filled(row.slice(1), -1)),
  }
}

/** What losses are measured on, and what counting letters, and pairs of them, gets there. */
function readingOf(seen: Sequences, unseen: Sequences, count: number): Reading {
  const single = new Map<number, number>()
  const first = new Map<number, number>()
  const pairs = new Map<number, number>()
  const add = (counts: Map<number, number>, key: number): Map<number, number> =>
    counts.set(key, (counts.get(key) ?? 0) + 1)
  let all = 0
  for (const [before, after] of askedFor(seen)) {
    add(single, after)
    add(first, before)
    add(pairs, before * count + after)
    all += 1
  }
  // One is added to each count, so that nothing is impossible.
  let [bySingle, byPairs, letters] = [0, 0, 0]
  for (const [before, after] of askedFor(unseen)) {
    bySingle -= Math.log(((single.get(after) ?? 0) + 1) / (all + count))
    byPairs -= Math.log(((pairs.get(before * count + after) ?? 0) + 1) / ((first.get(before) ?? 0) + count))
    letters += 1
  }
  const length = unseen.tokens.length
  return {
    seen: { tokens: seen.tokens.slice(0, length), targets: seen.targets.slice(0, length) },
    unseen,
    single: bySingle / letters,
    pairs: byPairs / letters,
    letters,
  }
}

function* askedFor({ tokens, targets }: Sequences): Generator<readonly [before: number, after: number]> {
  for (const [row, asked] of targets.entries())
    for (const [place, target] of asked.entries()) if (target >= 0) yield [tokens[row]![place]!, target]
}
