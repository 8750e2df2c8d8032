import { expect, test } from 'vitest'
import en from '../../../src/pellucid/words/en.json'
import ja from '../../../src/pellucid/words/ja.json'
import { completed, filled, labelIn, titleIn } from './shared'

test.each([
  ['queries', 'クエリ'],
  ['block 2', 'ブロック 2'],
  ['gradient of queries', 'クエリの勾配'],
  ['gradient of gradient of queries', 'クエリの勾配の勾配'],
  ['a title of no language', 'a title of no language'],
])('the title "%s" is said as "%s" in Japanese, and stays as it is in English', (title, japanese) => {
  expect(titleIn(ja, title)).toBe(japanese)
  expect(titleIn(en, title)).toBe(title)
})

test.each([
  ['divide', '割る'],
  ['add ε', 'ε を足す'],
  ['scale', 'スケールを掛ける'],
  ['query bias', 'クエリのバイアス'],
  ['queries: h=0, c=3', 'クエリ: h=0, c=3'],
  ['c=0', 'c=0'],
])('the label "%s" is said as "%s" in Japanese, and stays as it is in English', (label, japanese) => {
  expect(labelIn(ja, label)).toBe(japanese)
  expect(labelIn(en, label)).toBe(label)
})

test('the details of a refusal fill its sentence', () => {
  expect(filled('{length} of {most}, {length}', { length: 12, most: 11 })).toBe('12 of 11, 12')
})

test('a language that is only begun says the rest in English', () => {
  const begun = completed({ titles: { embedding: 'incrustación' }, why: { then: ', luego {part} ({amount})' } })
  expect(titleIn(begun, 'embedding')).toBe('incrustación')
  expect(titleIn(begun, 'gradient of embedding')).toBe('gradient of incrustación')
  expect(begun.why).toEqual({ ...en.why, then: ', luego {part} ({amount})' })
  expect(begun.errors).toEqual({})
})
