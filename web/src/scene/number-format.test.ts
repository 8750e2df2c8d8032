/** Numbers in cells: one way of writing a tensor. */
import { expect, test } from 'vitest'
import { MARK } from './stored'
import { factsOf, MOST_ROOM, NumberFormat } from './number-format'

function written(values: number[], room: number): string[] {
  const format = new NumberFormat(factsOf(values), room)
  return values.map((value) => format.text(value))
}

test('all numbers of a tensor have the same decimals, as many as there is room for', () => {
  const pattern = [0.9997, 0.0712, 0, 0.0003]
  expect(written(pattern, 4)).toEqual(['>.99', '0.07', '0.00', '<.01'])
  expect(written(pattern, 7)).toEqual(['0.9997', '0.0712', '0.0000', '0.0003'])
  expect(written([-0.1712, 0.0234, -0.0049], 6)).toEqual(['-0.171', '0.023', '-0.005'])
  expect(written([-123.46, 0.5], 7)).toEqual(['-123.46', '0.50'])
})

test('no share of a whole is rounded to nothing or to all of it', () => {
  expect(written([0.9998, 0.0001, 0, 0.0712], 5)).toEqual(['>.999', '<.001', '0.000', '0.071'])
  expect(written([1, 0.5, 0.00002], 6)).toEqual(['1.0000', '0.5000', '<.0001'])
  expect(written([1.0002, 0.0001], 5)).toEqual(['1.000', '0.000'])
})

test('what is nearly zero has no sign, and whole numbers have no decimals', () => {
  expect(written([-0.001, 0.5], 5)).toEqual(['0.00', '0.50'])
  expect(written([2, 1, 0], 8)).toEqual(['2', '1', '0'])
  expect(written([0, 0], 8)).toEqual(['0', '0'])
})

test('at least two figures are shown of the largest number, and the room that they need is told', () => {
  const small = new NumberFormat(factsOf([0.0123, -0.004]), 4)
  expect(small.text(0.0123)).toBe('0.012')
  expect(small.width).toBe(6)
  expect(new NumberFormat(factsOf([9.999, -1]), 5).width).toBe(5)
})

test('very small and very large ones share an exponent', () => {
  expect(written([3.21e-5, -4.1e-6, 0], 8)).toEqual(['3.21e-5', '-0.41e-5', '0.00e-5'])
  expect(written([1.5e7, 2.5], 6)).toEqual(['1.50e7', '0.00e7'])
})

test('no text is longer than it says, nor than a cell can hold', () => {
  for (let power = -9; power < 9; power++) {
    for (const sign of [1, -1]) {
      for (let room = 3; room <= MOST_ROOM; room++) {
        const values = [sign * 9.9996 * 10 ** power, 10 ** power / 3, 0]
        const format = new NumberFormat(factsOf(values), room)
        const lengths = values.map((value) => format.text(value).length)
        expect(Math.max(...lengths)).toBe(format.width)
        expect(format.width).toBeLessThanOrEqual(MOST_ROOM)
      }
    }
  }
})

test('marks are no numbers', () => {
  const values = [MARK.minusInfinity, 0.25, MARK.notComputed]
  expect(factsOf(values)).toEqual({ largest: 0.25, signed: false, whole: false })
  expect(written([MARK.minusInfinity, MARK.infinity, MARK.notANumber], 4)).toEqual(['-∞', '∞', '--'])
})
