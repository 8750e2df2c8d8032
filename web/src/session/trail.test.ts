/** The way that the reader has walked from cell to cell. */
import { expect, test } from 'vitest'
import { trailAfter } from './trail'

const cell = (name: string, ...index: number[]) => ({ tensor: name, index })
const [a, b, c, d] = [cell('a', 0), cell('b', 1), cell('c', 2), cell('d', 3)]

test('each cell that is chosen follows the one that it was chosen from', () => {
  expect(trailAfter([], null, a, false)).toEqual([a])
  expect(trailAfter([a, b], b, c, false)).toEqual([a, b, c])
})

test('going back keeps the way, and another turn from there leaves it', () => {
  expect(trailAfter([a, b, c], c, a, false)).toEqual([a, b, c])
  expect(trailAfter([a, b, c], a, d, false)).toEqual([a, d])
})

test('a cell that is moved takes the place of the one before', () => {
  expect(trailAfter([a, b], b, cell('b', 2), true)).toEqual([a, cell('b', 2)])
  expect(trailAfter([], null, a, true)).toEqual([a])
})

test('closing ends it', () => {
  expect(trailAfter([a, b], b, null, false)).toEqual([])
})
