/** Where long formulas may be broken over lines. */
import { expect, test } from 'vitest'
import { breakable } from './breaking'

test('flat parentheses do not grow, so that lines break within them, and the result keeps its sign', () => {
  expect(
    breakable(String.raw`S = \frac{1}{\sqrt{16}}\left(0.3 \cdot 0.4 + \left(-0.2\right) \cdot 0.1\right) = 2.186`),
  ).toBe(String.raw`S = \frac{1}{\sqrt{16}}(0.3 \cdot 0.4 + (-0.2) \cdot 0.1) \allowbreak\;{=}\;2.186`)
})

test('what is high keeps its parentheses, as does what stands within a fraction', () => {
  const high = String.raw`x = \left(\frac{1}{2} + 1\right) \cdot 2`
  expect(breakable(high)).toBe(high)
  const below = String.raw`x = \frac{\left(1 + 2\right)}{3}`
  expect(breakable(below)).toBe(below)
})

test('a result below zero keeps its minus sign close', () => {
  expect(breakable('L = 2 - 5 = -3')).toBe(String.raw`L = 2 - 5 \allowbreak\;{=}\;{-3}`)
})

test('a formula of one relation stays as it is', () => {
  expect(breakable(String.raw`X_{t,c} = E_{t,c} + P_{t,c}`)).toBe(String.raw`X_{t,c} = E_{t,c} + P_{t,c}`)
})
