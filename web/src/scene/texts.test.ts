/** How much of a number can be read on a cell. */
import { expect, test } from 'vitest'
import { focalLength, viewOf } from './projection'
import { farthestLegible, roomAt, strengthIn } from './texts'

const [WIDTH, HEIGHT] = [800, 760]

function room(distance: number, azimuth: number, elevation: number): number {
  const camera = { target: [0.5, 0.5, 0] as [number, number, number], distance, azimuth, elevation, parallel: false }
  return roomAt(viewOf(camera, WIDTH, HEIGHT, 0), 0.5, 0.5, 0, 1)
}

test('the nearer a cell is, the more is to be read on it', () => {
  expect(room(60, 0, 0)).toBeCloseTo(room(30, 0, 0) / 2)
  expect(room(10, 20, 9)).toBeGreaterThan(room(30, 20, 9))
})

test('from aside and from above there is less room, and still some when the cell is near', () => {
  expect(room(30, 60, 0)).toBeCloseTo(room(30, 0, 0) / 2)
  expect(room(30, 0, 60)).toBeLessThan(room(30, 0, 0))
  expect(strengthIn(room(8, 80, 0), 4)).toBe(1)
})

test('what is out of view or too far away has none', () => {
  const view = viewOf({ target: [0, 0, 0], distance: 30, azimuth: 0, elevation: 0, parallel: false }, WIDTH, HEIGHT, 0)
  expect(roomAt(view, 100, 0, 0, 1)).toBe(0)
  expect(roomAt(view, 0, 0, 40, 1)).toBe(0)
  const far = farthestLegible(view)
  expect(far).toBeGreaterThan(focalLength(HEIGHT) / 40)
  expect(strengthIn(room(far, 0, 0), 4)).toBe(0)
})
