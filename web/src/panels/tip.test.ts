/** Words beside the pointer are never cut off, and never under it. */
import { expect, test } from 'vitest'
import { placeTip } from './tip'

const SIZE = { width: 200, height: 70 }

test.each([
  ['a wide stage', { width: 800, height: 700 }],
  ['a phone', { width: 390, height: 300 }],
])('on %s they are all within it and leave the pointer free', (_name, room) => {
  for (const finger of [false, true]) {
    for (let x = 0; x <= room.width; x += 30) {
      for (let y = 0; y <= room.height; y += 30) {
        const { left, top } = placeTip({ x, y, finger }, SIZE, room)
        expect(left).toBeGreaterThanOrEqual(0)
        expect(top).toBeGreaterThanOrEqual(0)
        expect(left + SIZE.width).toBeLessThanOrEqual(room.width)
        expect(top + SIZE.height).toBeLessThanOrEqual(room.height)
        const covers = x > left && x < left + SIZE.width && y > top && y < top + SIZE.height
        // Between the two edges of a phone there is no room aside of a finger in the middle of the upper edge.
        if (room.width > 2 * SIZE.width + 80 || y > SIZE.height + 50) expect(covers).toBe(false)
      }
    }
  }
})

test('they stand below and to the right of a mouse, and above a finger', () => {
  const room = { width: 800, height: 700 }
  expect(placeTip({ x: 300, y: 300, finger: false }, SIZE, room)).toEqual({ left: 316, top: 316 })
  expect(placeTip({ x: 300, y: 300, finger: true }, SIZE, room)).toEqual({ left: 200, top: 194 })
})
