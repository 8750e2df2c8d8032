import { expect, test } from 'vitest'
import { areaOf, around, overlap, widened } from './rectangles'

const square = { left: 0, top: 0, right: 10, bottom: 10 }

test('two rectangles share the area where both are', () => {
  expect(overlap(square, { left: 5, top: 8, right: 20, bottom: 20 })).toBe(10)
  expect(overlap(square, square)).toBe(100)
})

test('rectangles that only touch, or miss each other in one direction, share nothing', () => {
  expect(overlap(square, { left: 10, top: 0, right: 20, bottom: 10 })).toBe(0)
  expect(overlap(square, { left: 2, top: 30, right: 4, bottom: 40 })).toBe(0)
  expect(overlap(square, { left: 20, top: 30, right: 40, bottom: 40 })).toBe(0)
})

test('the rectangle around points touches the outermost of them', () => {
  const points = [
    { x: 3, y: -1 },
    { x: -2, y: 4 },
    { x: 0, y: 0 },
  ]
  expect(around(points)).toEqual({ left: -2, top: -1, right: 3, bottom: 4 })
})

test('widening adds to all four sides', () => {
  expect(areaOf(widened(square, 1))).toBe(144)
})
