import { expect, test } from 'vitest'
import { formatAgainst, parseAgainst, parseSeen } from './against'

test.each(['unchanged', 'text:BACCAB', 'text:a: b', 'tokens:2,1,0', 'model:new:sort,layers=2'])(
  'what %s says is written as it was read',
  (text) => {
    expect(formatAgainst(parseAgainst(text))).toBe(text)
  },
)

test.each(['', 'unchanged:x', 'text', 'text:', 'model:', 'tokens:2,x', 'tokens:', 'moment:3', 'other'])(
  '%s says nothing',
  (text) => {
    expect(parseAgainst(text)).toBeNull()
  },
)

test('a moment of a training is not in an address', () => {
  expect(formatAgainst({ kind: 'moment', moment: { step: 3, weights: () => new Map() } })).toBeNull()
})

test('what is seen is one of three', () => {
  expect(['difference', 'own', 'other', 'both', null].map(parseSeen)).toEqual([
    'difference',
    'own',
    'other',
    null,
    null,
  ])
})
