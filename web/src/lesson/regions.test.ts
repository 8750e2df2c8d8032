import { expect, test } from 'vitest'
import { changeOf, haveCommon } from './regions'

test('what a step changes is spelled as docs/protocol.md has it, whole axes left out', () => {
  const change = changeOf(
    [
      { tensor: 'blocks.0.attn.z', at: { h: [2, 3], t: [0, 6] } },
      { tensor: 'blocks.0.attn.pattern', at: { h: [0, 3], t: [3, 6] }, change: 'scale(2)' },
      { tensor: 'embed.W_E', at: {} },
    ],
    { h: 3, t: 6 },
  )
  expect(change).toBe('blocks.0.attn.z[h=2];blocks.0.attn.pattern[t=3..5]~scale(2);embed.W_E')
})

test('two ranges have a cell in common where they overlap along every axis', () => {
  const one = {
    tensor: 'q',
    region: [
      [0, 2],
      [3, 6],
    ] as [number, number][],
  }
  expect(
    haveCommon(one, {
      tensor: 'q',
      region: [
        [1, 4],
        [5, 9],
      ],
    }),
  ).toBe(true)
  expect(
    haveCommon(one, {
      tensor: 'q',
      region: [
        [2, 4],
        [5, 9],
      ],
    }),
  ).toBe(false)
  expect(haveCommon(one, { ...one, tensor: 'k' })).toBe(false)
})
