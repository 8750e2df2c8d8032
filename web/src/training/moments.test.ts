import { expect, test } from 'vitest'
import { thinned, type Moment } from './moments'

/** What is kept of a training of so many moments, as they come. */
function kept(moments: number, numbers: number): readonly number[] {
  const weights = new Float32Array(numbers)
  let all: readonly Moment[] = []
  for (let step = 0; step < moments; step++) all = thinned([...all, { step, weights }])
  return all.map(({ step }) => step)
}

test('of many moments every second one goes, never the first or the last', () => {
  expect(kept(48, 8)).toHaveLength(48)
  const steps = kept(200, 8)
  expect(steps.length).toBeLessThanOrEqual(48)
  expect([steps[0], steps.at(-1)]).toEqual([0, 199])
})

test('of a large model fewer are kept, and a few of the largest', () => {
  expect(kept(48, 2 ** 20).length).toBeLessThanOrEqual(16)
  expect(kept(48, 2 ** 23).length).toBeGreaterThan(2)
  expect(kept(48, 2 ** 23).length).toBeLessThanOrEqual(4)
})
