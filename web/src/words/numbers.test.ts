import { expect, test } from 'vitest'
import { alignNumber, finiteSize, formatNumber } from './numbers'

test.each([
  [0, '0'],
  [-3, '−3'],
  [0.123456, '0.1235'],
  [-1234.56, '−1235'],
  [123456.7, '123457'],
  [0.000012345, '1.234×10⁻⁵'],
  [12345678, '1.235×10⁷'],
  [1.0002196, '1.0002'],
  [0.999984, '0.99998'],
  [-123.04, '−123.04'],
  [1 - 2 ** -40, '1.000'],
  [Infinity, '∞'],
  [-Infinity, '−∞'],
  [NaN, 'NaN'],
])('%d is written %s', (value, text) => {
  expect(formatNumber(value)).toBe(text)
})

test('decimal points of a column stand under each other', () => {
  const after = (text: string) => text.length - text.search(/[.\u2008]/)
  expect(after(alignNumber(0.5))).toBe(after(alignNumber(123.4567)))
  expect(after(alignNumber(7))).toBe(after(alignNumber(0.5)))
})

test('what is not finite has no size to draw', () => {
  expect(finiteSize(-2.5)).toBe(2.5)
  expect(finiteSize(-Infinity)).toBe(0)
})
