import { expect, test } from 'vitest'
import { parseReference, spelled, visible } from './cells'

const AXES: Record<string, string[]> = { 'blocks.0.attn.q': ['h', 't', 'd'], tokens: ['t'], loss: [] }
const find = (name: string) => (AXES[name] ? { name, axes: AXES[name] } : undefined)

test.each([
  ['tokens', { tensor: 'tokens', index: null }],
  ['loss', { tensor: 'loss', index: null }],
  ['loss:', { tensor: 'loss', index: [] }],
  ['blocks.0.attn.q:2,3,7', { tensor: 'blocks.0.attn.q', index: [2, 3, 7] }],
])('%s is read, and written as it was', (text, reference) => {
  expect(parseReference(text, find)).toEqual(reference)
  expect(spelled(reference)).toBe(text)
})

test.each(['blocks.0.attn.q[2,3,7]', 'blocks.0.attn.q[h=2,t=3,d=7]', 'blocks.0.attn.q[d=7, h=2, t=3]'])(
  '%s is a spelling of the same cell',
  (text) => {
    expect(parseReference(text, find)).toEqual({ tensor: 'blocks.0.attn.q', index: [2, 3, 7] })
  },
)

test.each([':1,2', 'nothing', 'tokens:1,2', 'blocks.0.attn.q:2,3', 'blocks.0.attn.q[h=9', 'blocks.0.attn.q:2,-3,7'])(
  '%s names nothing',
  (text) => {
    expect(parseReference(text, find)).toBeNull()
  },
)

test('a region is taken for its tensor', () => {
  expect(parseReference('blocks.0.attn.q[h=2]', find)).toEqual({ tensor: 'blocks.0.attn.q', index: null })
})

test('letters that cannot be seen are shown by signs, and nothing else is', () => {
  expect([' ', '\n', '\r', '\t', 'a', '␣fox', '  ', ''].map(visible)).toEqual([
    '␣',
    '↵',
    '␍',
    '⇥',
    'a',
    '␣fox',
    '  ',
    '',
  ])
})
