import { expect, test } from 'vitest'
import { colourScale } from '../protocol/tensors'
import { differenceOf, gapOf } from './difference'

const view = (shape: number[], ...data: number[]) => ({ shape, data: Float32Array.from(data) })
const own = view([2, 3], 1, 2, -4, 0, -Infinity, 5)

test('it is this run less the other; two masked cells do not differ', () => {
  const found = differenceOf(own, view([2, 3], 1, 3, 4, 0, -Infinity, 4.5))
  expect(found?.shape).toEqual([2, 3])
  expect([...(found?.data ?? [])]).toEqual([0, -1, -8, 0, 0, 0.5])
})

test('runs of other lengths have no cells in common', () => {
  expect(differenceOf(own, view([1, 6], 1, 2, 3, 4, 5, 6))).toBeNull()
})

test('the largest difference is told with its sign and its cell', () => {
  const other = view([2, 3], 1, 3, 4, 0, -Infinity, 4.5)
  const gap = gapOf('x', differenceOf(own, other)!, own)
  expect(gap).toEqual({ tensor: 'x', largest: -8, index: [0, 2], mean: 9.5 / 6, share: 8 / 5 })
})

test('what rounding alone leaves is not coloured as if it were large', () => {
  const found = differenceOf(view([2], 1, 2), view([2], 1 + 2 ** -23, 2))
  expect(colourScale(found!)).toBeCloseTo(2e-4)
})

test('where nothing differs, nothing is largest', () => {
  expect(gapOf('x', differenceOf(own, own)!, own)).toMatchObject({ largest: 0, mean: 0, share: 0 })
})
