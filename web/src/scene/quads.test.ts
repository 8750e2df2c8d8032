import { expect, test } from 'vitest'
import { CORNERS, INDICES, quadIndex } from './quads'

test('each quad is two triangles that have its four corners, and share two of them', () => {
  const drawn = [...quadIndex(3).array]
  for (let quad = 0; quad < 3; quad++) {
    const corners = drawn.slice(INDICES * quad, INDICES * (quad + 1)).map((corner) => corner - CORNERS * quad)
    expect(new Set(corners.slice(0, 3))).toEqual(new Set([0, 1, 2]))
    expect(new Set(corners.slice(3))).toEqual(new Set([1, 2, 3]))
  }
})

test('quads are drawn in another order where one is wanted', () => {
  expect([...quadIndex(2, (place) => 1 - place).array]).toEqual([4, 5, 6, 6, 5, 7, 0, 1, 2, 2, 1, 3])
})
