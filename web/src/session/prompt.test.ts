import { expect, test } from 'vitest'
import type { Description } from '../protocol/types'
import { Refusal } from '../source/refusal'
import { decodeTokens, encodePrompt, randomPrompt, tidyPrompt } from './prompt'

const nano = {
  id: 'nano',
  vocabulary: ['A', 'B', 'C'],
  task: { name: 'sort', alphabet: ['A', 'B', 'C'], length: 6, answer_length: 6 },
} as Partial<Description> as Description

test.each(['CBABBC', 'cbabbc', 'C B A B B C', 'ＣＢＡｂｂｃ'])('%s are the letters of a prompt', (text) => {
  expect(encodePrompt(text, nano)).toEqual([2, 1, 0, 1, 1, 2])
})

test.each([
  ['', 'empty-prompt'],
  ['CBX', 'unknown-letter'],
  ['CB', 'wrong-length'],
  ['CBABBCA', 'wrong-length'],
])('%s is refused', (text, code) => {
  expect(() => encodePrompt(text, nano)).toThrow(Refusal)
  expect(() => encodePrompt(text, nano)).toThrow(expect.objectContaining({ code }))
})

test('text for a model without a task stays as it is', () => {
  expect(tidyPrompt('Hello  there ', { ...nano, task: null })).toBe('Hello  there ')
})

test('tokens are read back as their letters', () => {
  expect(decodeTokens([2, 1, 0], nano.vocabulary)).toBe('CBA')
  expect(decodeTokens([2, 1, 0], null)).toBeNull()
})

test('a random prompt is one that the model can be asked', () => {
  const prompt = randomPrompt(nano)
  expect(encodePrompt(decodeTokens(prompt, nano.vocabulary) ?? '', nano)).toEqual(prompt)
})
