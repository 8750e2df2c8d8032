import { expect, test } from 'vitest'
import type { Term } from '../protocol/types'
import { between } from './factors'

function term(value: number, ...factors: number[]): Term {
  return { value, label: '', cells: factors.map((factor) => ({ role: '', tensor: '', index: {}, value: factor })) }
}

test('a dot stands between cells that are multiplied, with a bias beside them too', () => {
  expect(between([term(0.1 * 0.7, 0.1, 0.7), term(-0, 0, -3), term(5, 5)]).text).toBe('·')
})

test('a comma stands between cells that are put together in another way', () => {
  expect(between([term(Math.exp(-0.5 - 2), -0.5, 2), term(1, 2, 2)]).text).toBe(',')
})

test('what is no number, or has no end, is compared as it is', () => {
  expect(between([term(NaN, NaN, 1)]).text).toBe('·')
  expect(between([term(0, -Infinity, 2)]).text).toBe(',')
})
