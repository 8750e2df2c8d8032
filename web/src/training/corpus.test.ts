import { describe, expect, test } from 'vitest'
import { corpusOf, decoded, Unfit, type Kind } from './corpus'
import { fingerprint } from './fingerprint'
import { countOf, sequencesOf } from './teaching'

/** Why it is refused, with what the sentence says. */
function refused(work: () => unknown): unknown[] {
  try {
    work()
  } catch (error) {
    if (error instanceof Unfit) return [error.why, ...error.details]
    throw error
  }
  return []
}

const TEXT = 'the cat sat on the mat.\n'.repeat(40)
const WORDS = Array.from({ length: 26 * 4 }, (_, number) =>
  String.fromCharCode(97 + (number % 26)).repeat(1 + (number % 4)),
)

test('a fingerprint is the beginning of SHA-256', () => {
  expect(fingerprint('abc')).toBe('ba7816bf8f01cfea')
  expect(fingerprint('')).toBe('e3b0c44298fc1c14')
})

test('each piece of what is learned from can be drawn, and none of what is held out', () => {
  const { alphabet, taught, reading } = corpusOf('text', TEXT, 16)
  const count = countOf(taught)
  const { tokens, targets } = sequencesOf(taught, [0, count - 1])
  const written = (some: readonly number[]): string => some.map((token) => alphabet[token]).join('')
  expect(written(tokens[0]!)).toBe(TEXT.slice(0, 16))
  expect(written(targets[0]!)).toBe(TEXT.slice(1, 17))
  expect(TEXT.slice(0, -TEXT.length / 10).endsWith(written(targets[1]!))).toBe(true)
  expect(targets[1]).toHaveLength(16)
  expect(TEXT.slice(-TEXT.length / 10).startsWith(written(reading.unseen.tokens[0]!))).toBe(true)
})

test('what guessing gets is worse without the letter before', () => {
  const { single, pairs, letters } = corpusOf('text', TEXT, 16).reading
  expect(letters).toBe(80)
  expect(pairs).toBeLessThan(single)
  expect(single).toBeLessThan(Math.log(12))
})

test('line breaks of every kind are one, and a mark of the order of bytes is none of the letters', () => {
  const windows = new TextEncoder().encode(`\ufeff${TEXT.replaceAll('\n', '\r\n')}`)
  expect(corpusOf('text', decoded(windows), 16)).toEqual(corpusOf('text', TEXT, 16))
})

test('a letter beyond the first plane is one letter, in the order of their numbers', () => {
  expect(corpusOf('text', '😀a\uffee'.repeat(100), 8).alphabet).toEqual(['a', '\uffee', '😀'])
})

describe('what cannot be learned from is said to be so', () => {
  const refusal = (kind: Kind, text: string, context = 16): unknown[] => refused(() => corpusOf(kind, text, context))
  test('an encoding', () => {
    expect(refused(() => decoded(Uint8Array.of(0x66, 0xfc, 0x72)))).toEqual(['encoding'])
    expect(refused(() => decoded(new Uint8Array(4_000_001)))).toEqual(['large', 1_000_000])
    expect(refusal('text', `${TEXT}\0`)).toEqual(['null'])
  })
  test('a text', () => {
    expect(refusal('text', '')).toEqual(['short', 0, 170])
    expect(refusal('text', 'abcabc')).toEqual(['short', 6, 170])
    expect(refusal('text', 'aaaa'.repeat(100))).toEqual(['same'])
    expect(refusal('text', 'ab'.repeat(500_001))).toEqual(['large', 1_000_000])
    const many = Array.from({ length: 600 }, (_, number) => String.fromCharCode(0x4e00 + number)).join('')
    expect(refusal('text', many)).toEqual(['letters', 600, 512])
    expect(refusal('text', TEXT, 65)).toEqual(['context', 64])
    expect(refusal('text', TEXT, 1.5)).toEqual(['context', 64])
  })
  test('a list of words', () => {
    expect(refusal('names', 'anna\nberta')).toEqual(['few', 2, 20])
    expect(refusal('names', [...WORDS, 'Dr. No'].join('\n'))).toEqual(['word', 'Dr. No', 40])
    expect(refusal('names', [...WORDS, 'a'.repeat(41)].join('\n'))).toEqual(['word', 'a'.repeat(40), 40])
    expect(refusal('names', WORDS.join('\n'), 4)).toEqual(['word', 'dddd', 3])
    expect(refusal('names', WORDS.join('\n'), 5)).toEqual([])
  })
})
