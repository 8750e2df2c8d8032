import { describe, expect, test } from 'vitest'
import type { Description } from '../protocol/types'
import { Refusal } from '../source/refusal'
import { codesOf, decodeTokens, encodePrompt, randomPrompt, textOf, tidyPrompt, written } from './prompt'

function sorting(letters: readonly string[], length = 6): Description {
  return {
    id: 'sorter',
    asked_in: 'letters',
    context: 11,
    vocabulary: letters,
    task: { name: 'sort', alphabet: letters, length, answer_length: length },
  } as Partial<Description> as Description
}

const nano = sorting(['A', 'B', 'C'])
const letters = { ...nano, task: null, vocabulary: [...'abc ', '\n'] }
const numbers = {
  id: 'numbers',
  asked_in: 'numbers',
  context: 4,
  vocabulary: null,
  task: null,
  graph: { axes: { v: { size: 300 } } },
} as unknown as Description
const text = { ...numbers, asked_in: 'text' } as Description

test.each(['CBABBC', 'cbabbc', 'C B A B B C', 'ＣＢＡｂｂｃ'])('%s are the letters of a prompt', (typed) => {
  expect(encodePrompt(typed, nano)).toEqual([2, 1, 0, 1, 1, 2])
})

test.each([
  ['', 'empty-prompt'],
  ['CBX', 'unknown-letter'],
  ['CB', 'wrong-length'],
  ['CBABBCA', 'wrong-length'],
])('%s is refused', (typed, code) => {
  expect(() => encodePrompt(typed, nano)).toThrow(Refusal)
  expect(() => encodePrompt(typed, nano)).toThrow(expect.objectContaining({ code }))
})

test('of what is no prompt, each letter is told by its number, or as unknown', () => {
  expect(codesOf('cBX', nano)).toEqual([2, 1, null])
  expect(codesOf('', nano)).toEqual([])
})

describe('a letter that stands in the alphabet is kept as it was typed', () => {
  test.each([
    [['①', '②', '③'], '③①②'],
    [['ｱ', 'ｲ', 'ｳ'], 'ｳｱｲ'],
    [['Ａ', 'Ｂ', 'Ｃ'], 'ＣＡＢ'],
    [['¹', '²', '³'], '³¹²'],
    [['Ⅰ', 'Ⅱ', 'Ⅲ'], 'ⅢⅠⅡ'],
    [['あ', 'い', 'う'], 'うあい'],
    [['が', 'か', '゙'], 'が゙か'],
    [['ﬁ', 'f', 'i'], 'ﬁfi'],
    [['😀', '😁', '🦉'], '🦉😀😁'],
    [['❤', '\ufe0f', '🔥'], '❤\ufe0f🔥'],
    [['👩', '\u200d', '💻'], '👩\u200d💻'],
    [['e', '\u0301', 'é'], 'e\u0301é'],
    [['A', 'a', 'Ａ'], 'ＡAa'],
    [['Å', 'Å', 'K'], 'ÅKÅ'],
    [[' ', '　', 'x'], 'x　 '],
  ])('%j', (alphabet, typed) => {
    const sorter = sorting(alphabet, 3)
    expect(tidyPrompt(typed, sorter)).toBe(typed)
    expect(encodePrompt(typed, sorter)).toEqual(Array.from(typed, (letter) => alphabet.indexOf(letter)))
  })
})

describe('one that does not is looked for in other forms', () => {
  test.each([
    [['①', '②', '③'], '31２', '③①②'],
    [['ｱ', 'ｲ', 'ｳ'], 'ウアイ', 'ｳｱｲ'],
    [['ア', 'イ', 'ガ'], 'ｶﾞｱｲ', 'ガアイ'],
    [['ｶ', 'ﾞ', 'ｱ'], 'ガア', 'ｶﾞｱ'],
    [['Ａ', 'Ｂ', 'Ｃ'], 'cＡb', 'ＣＡＢ'],
    [['é', 'a', 'b'], 'e\u0301ab', 'éab'],
    [['e', '\u0301', 'b'], 'éb', 'e\u0301b'],
    [['❤', 'a', 'b'], '❤\ufe0fab', '❤ab'],
    [['Å', 'B', 'C'], 'ÅBC', 'ÅBC'],
    [['ß', 'a', 'b'], 'ẞab', 'ßab'],
  ])('%j: %s', (alphabet, typed, kept) => {
    expect(tidyPrompt(typed, sorting(alphabet, 3))).toBe(kept)
  })
})

test('letters without a task may be any number, and spaces count where they are letters', () => {
  expect(encodePrompt('ab c', letters)).toEqual([0, 1, 3, 2])
  expect(tidyPrompt('a  b', letters)).toBe('a  b')
  expect(() => encodePrompt('abcabcabcabc', letters)).toThrow(expect.objectContaining({ code: 'too-long' }))
  expect(() => encodePrompt('ax', letters)).toThrow(expect.objectContaining({ code: 'unknown-letter' }))
})

test('a long alphabet is not listed whole', () => {
  const many = Array.from({ length: 500 }, (_, place) => String.fromCodePoint(0x4e00 + place))
  expect(() => encodePrompt('x', { ...letters, vocabulary: many })).toThrow(/^.{20,120}$/)
})

test.each(['4,5,6', '4 5 6', ' 4, 5 ,6 ', '[4, 5, 6]', '４，５、６', '4;5;6'])('%s are numbers of tokens', (typed) => {
  expect(tidyPrompt(typed, numbers)).toBe(typed)
  expect(encodePrompt(typed, numbers)).toEqual([4, 5, 6])
})

test.each([
  ['', 'empty-prompt'],
  [' , ', 'empty-prompt'],
  ['the cat', 'no-number'],
  ['4, -5', 'no-number'],
  ['4.5', 'no-number'],
  ['1e1', 'no-number'],
  ['x'.repeat(10_000), 'no-number'],
  ['300', 'unknown-token'],
  ['9'.repeat(400), 'unknown-token'],
  ['1 2 3 4 5', 'too-long'],
])('as a number of a token %s is refused', (typed, code) => {
  expect(() => encodePrompt(typed, numbers)).toThrow(expect.objectContaining({ code }))
  expect(() => encodePrompt(typed, numbers)).toThrow(/^.{10,150}$/)
})

test('text that a tokenizer takes apart stays as it is', () => {
  expect(tidyPrompt('Hello  ＡＢ ', text)).toBe('Hello  ＡＢ ')
  expect(encodePrompt('Hello  ＡＢ ', text)).toBe('Hello  ＡＢ ')
  expect(() => encodePrompt('', text)).toThrow(expect.objectContaining({ code: 'empty-prompt' }))
})

test('a prompt is led to, and stands in the field, as it was asked', () => {
  const prompt = [2, 1, 0]
  expect([textOf({ prompt, text: null }, nano), written({ prompt, text: null }, nano)]).toEqual(['CBA', 'CBA'])
  expect([textOf({ prompt, text: null }, numbers), written({ prompt, text: null }, numbers)]).toEqual([null, '2, 1, 0'])
  expect([textOf({ prompt, text: 'Hi' }, text), written({ prompt, text: null }, text)]).toEqual(['Hi', null])
})

test('a token without a letter is told by its number', () => {
  const padded = { ...letters, vocabulary: ['a', 'b', '', ''] }
  expect(encodePrompt('ab', padded)).toEqual([0, 1])
  expect([textOf({ prompt: [0, 1], text: null }, padded), textOf({ prompt: [0, 2], text: null }, padded)]).toEqual([
    'ab',
    null,
  ])
})

test('tokens are read back as their letters', () => {
  expect(decodeTokens([2, 1, 0], nano.vocabulary)).toBe('CBA')
  expect(decodeTokens([2, 1, 0], null)).toBeNull()
})

test('a random prompt is one that the model can be asked', () => {
  const prompt = randomPrompt(nano)
  expect(encodePrompt(decodeTokens(prompt, nano.vocabulary) ?? '', nano)).toEqual(prompt)
})
