/** Which parts of a tensor's box hold no numbers yet, and where they are on the screen. */
import { expect, test } from 'vitest'
import type { Box, Tensor } from '../protocol/types'
import { blanksOf } from './blanks'

const box = {
  tensor: 'x',
  min: [10, 20, 0],
  size: [11, 48, 1],
  cells: [11, 48, 1],
  pitch: [1, -1, 1],
  axes: ['t', 'c', null],
} as unknown as Box
const tensor = { axes: ['t', 'c'] } as unknown as Tensor

test('beside six of eleven positions there is room for a name', () => {
  expect(blanksOf(box, tensor, [6, 48])).toEqual([{ min: [16, 20, 0], size: [5, 48, 1] }])
})

test('where indices run downwards the rest lies below', () => {
  const upright = { ...box, size: [48, 11, 1], cells: [48, 11, 1], axes: ['c', 't', null] } as Box
  expect(blanksOf(upright, tensor, [6, 48])).toEqual([{ min: [10, 20, 0], size: [48, 5, 1] }])
})

test('what is full has none', () => {
  expect(blanksOf(box, tensor, [11, 48])).toEqual([])
})
