import { expect, test } from 'vitest'
import { grownLoss } from './growing'

const losses = (...all: number[]) => all.map((loss) => ({ loss }))
const times = (count: number, loss: number): number[] => Array.from({ length: count }, () => loss)

test('a loss that has become much larger than the first one is told, until it has come back to that', () => {
  expect(grownLoss(losses(1.5, ...times(9, 20)), 3)).toBeNull()
  expect(grownLoss(losses(1.5, ...times(10, 20)), 3)).toBe(20)
  expect(grownLoss(losses(1.5, ...times(10, 20), ...times(30, 2)), 3)).toBe(20)
  expect(grownLoss(losses(1.5, ...times(10, 20), ...times(10, 1)), 3)).toBeNull()
})

test('one hard batch and a loss that falls are nothing to be told of', () => {
  expect(grownLoss([], 3)).toBeNull()
  expect(grownLoss(losses(1.5, ...times(9, 1), 12, ...times(9, 1)), 3)).toBeNull()
  expect(grownLoss(losses(1.5, ...times(30, 0.1)), 3)).toBeNull()
})

test('a training that is gone on with begins near zero, and is told of where guessing would do better', () => {
  expect(grownLoss(losses(0.03, ...times(30, 0.08)), 3)).toBeNull()
  expect(grownLoss(losses(0.03, ...times(30, 1.2)), 3)).toBeCloseTo(1.2)
})
