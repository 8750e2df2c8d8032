import { expect, test } from 'vitest'
import { formatCells, formatIntervention, type Change, type Intervention } from '../protocol/interventions'
import type { Description, Tensor } from '../protocol/types'
import { changeOf, kindsFor, parseNumber, scopesOf, someQuestions, stepFor, stepped, withChange } from './altering'

const z = { name: 'z', axes: ['h', 't', 'd'], shape: [3, 11, 16], kind: 'activation' } as unknown as Tensor
const w = { name: 'w', axes: ['c', 'd'], shape: [48, 16], kind: 'weight' } as unknown as Tensor
const tokens = { name: 'tokens', axes: ['t'], shape: [11], kind: 'input' } as unknown as Tensor
const description = {
  graph: { tensors: [z, w, tokens], axes: { h: {}, t: { grows: true }, d: {}, c: {} } },
  task: { alphabet: ['A', 'B', 'C'], length: 6 },
  vocabulary: ['A', 'B', 'C'],
} as unknown as Description

const change: Change = { kind: 'from', tokens: [2, 1, 0, 1, 1, 2] }

test('a cell goes together with all that shares some of its places', () => {
  expect(scopesOf(z, [2, 3, 7]).map(formatCells)).toEqual([
    'z[h=2,t=3,d=7]',
    'z[h=2,t=3]',
    'z[h=2,d=7]',
    'z[t=3,d=7]',
    'z[h=2]',
    'z[t=3]',
    'z[d=7]',
    'z',
  ])
  expect(scopesOf(z, null).map(formatCells)).toEqual(['z'])
})

test('a weight is the same in every run, and an input is a number that stands for something', () => {
  expect(kindsFor(z, description)).toContain('from')
  expect(kindsFor(w, description)).toEqual(['zero', 'set', 'scale', 'add', 'mean along'])
  expect(kindsFor(tokens, description)).toEqual(['set', 'from'])
  expect(kindsFor(z, { ...description, task: null })).not.toContain('mean over')
})

test('numbers are taken from a text as far as it goes', () => {
  const cells = scopesOf(z, [2, 3, 7])[4]!
  const changes = withChange([], cells, change, description)
  expect(changes.map(formatIntervention)).toEqual(['z[h=2,t=0..5]~from(2,1,0,1,1,2)'])
  expect(changeOf(changes, cells)).toBe(changes[0])
  expect(changeOf(changes, scopesOf(z, [1, 3, 7])[4]!)).toBeNull()
})

test('another change of the same cells takes the place of the one before', () => {
  const [one, other] = [scopesOf(z, [2, 3, 7])[4]!, scopesOf(w, [0, 1])[0]!]
  let changes: Intervention[] = withChange([], one, change, description)
  changes = withChange(changes, other, { kind: 'zero' }, description)
  changes = withChange(changes, one, { kind: 'scale', number: 2 }, description)
  expect(changes.map(formatIntervention)).toEqual(['z[h=2]~scale(2)', 'w[c=0,d=1]'])
  expect(withChange(changes, one, null, description).map(formatIntervention)).toEqual(['w[c=0,d=1]'])
})

test('the questions that a mean is taken over are the same every time', () => {
  const questions = someQuestions(description)
  expect(questions).toEqual(someQuestions(description))
  expect(new Set(questions.flat())).toEqual(new Set([0, 1, 2]))
  expect(questions.every(({ length }) => length === 6)).toBe(true)
})

test.each([
  ['0.5', 0.5],
  ['−1,5', -1.5],
  ['.5', 0.5],
  ['１２', 12],
  ['1e-3', 0.001],
  ['-∞', -Infinity],
  ['inf', Infinity],
  ['', null],
  ['x', null],
  ['1e99', null],
])('%s is typed for %s', (text, number) => {
  expect(parseNumber(text, 'set')).toBe(number)
})

test('nothing is multiplied by an infinity', () => {
  expect(parseNumber('∞', 'scale')).toBeNull()
})

test('a drag goes in round steps', () => {
  expect([stepFor(3.4), stepFor(0.02), stepFor(0)]).toEqual([0.01, 0.0001, 0.01])
  expect(stepped(0.12345, 3, 0.01)).toBe(0.15)
  expect(stepped(-0.3, 30, 0.01)).toBe(0)
  expect(stepped(-Infinity, 2, 0.5)).toBe(1)
})
