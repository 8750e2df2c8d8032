/** Signs at the stage's edge point to what is out of sight, and stand apart. */
import { expect, test } from 'vitest'
import { placeSigns } from './edges'

const ROOM = { width: 400, height: 300 }
const SIZE = { width: 100, height: 24 }

test('a sign stands at the edge in the direction of what it points to', () => {
  const [right, up] = placeSigns(
    [
      { ...SIZE, x: 900, y: 150 },
      { ...SIZE, x: 200, y: -400 },
    ],
    ROOM,
  )
  expect(right).toEqual({ left: 292, top: 138, angle: 0 })
  expect(up).toEqual({ left: 150, top: 8, angle: -90 })
})

test('several in one direction stand apart, all within the stage', () => {
  const places = placeSigns(
    [0, 1, 2, 3, 4].map((each) => ({ ...SIZE, x: 900, y: 150 + each })),
    ROOM,
  )
  const tops = places.map(({ top }) => top).sort((one, other) => one - other)
  for (const [index, top] of tops.entries()) {
    expect(top).toBeGreaterThanOrEqual(0)
    expect(top + SIZE.height).toBeLessThanOrEqual(ROOM.height)
    if (index > 0) expect(top - (tops[index - 1] as number)).toBeGreaterThanOrEqual(SIZE.height)
  }
})
