import { expect, test } from 'vitest'
import type { Bounds } from '../protocol/types'
import { moved, shiftsBeside } from './towers'

test('models beside one another stand on one ground, do not touch, and stand in the order given', () => {
  const all: Bounds[] = [
    { min: [-5, -100, 0], size: [10, 100, 4] },
    { min: [-50, -900, 0], size: [100, 900, 9] },
    { min: [0, -20, 0], size: [6, 20, 1] },
  ]
  const shifts = shiftsBeside(all[0] as Bounds, all.slice(1))
  const placed = [
    all[0] as Bounds,
    ...shifts.map((shift, index) => {
      const { min, size } = all[index + 1] as Bounds
      return { min: moved(min, shift), size }
    }),
  ]
  for (const { min } of placed) expect(min[1]).toBe(-100)
  for (const [index, { min }] of placed.slice(1).entries()) {
    const before = placed[index] as Bounds
    expect(min[0]).toBeGreaterThan(before.min[0] + before.size[0])
  }
})
