/** Which numbers of a formula are cells that were read. */
import { expect, test } from 'vitest'
import type { OperandCell } from '../protocol/types'
import { linked } from './linked'

function cells(...values: number[]): OperandCell[] {
  return values.map((value) => ({ role: 'x', tensor: 'x', index: {}, value }))
}

test('factors of a sum are found in their order, the last ones behind the dots too', () => {
  expect(
    linked(
      String.raw`S_{0,5,2} = \frac{1}{\sqrt{16}}\left(0.34 \cdot 0.39 + \left(-0.38\right) \cdot 0.39 + \cdots + 0.02 \cdot 0.34\right) = 2.186`,
      String.raw`S_{h,t,s} = \frac{1}{\sqrt{16}}\sum_{d} Q_{h,t,d}\,K_{h,s,d}`,
      cells(0.34, 0.39, -0.38, 0.39, 5, 6, 0.02, 0.34),
    ),
  ).toBe(
    String.raw`S_{0,5,2} = \frac{1}{\sqrt{16}}\left(\htmlData{cell=0}{0.34} \cdot \htmlData{cell=1}{0.39} + \left(\htmlData{cell=2}{-0.38}\right) \cdot \htmlData{cell=3}{0.39} + \cdots + \htmlData{cell=6}{0.02} \cdot \htmlData{cell=7}{0.34}\right) = 2.186`,
  )
})

test('constants, indices and the result are no cells, and a sign before a number is not always its own', () => {
  expect(
    linked(
      String.raw`G_{1} = \frac{1}{2} \cdot 2 + e^{-2.5} - A_{2} = 2`,
      String.raw`\frac{1}{2} x + e^{-y}`,
      cells(2, 2.5),
    ),
  ).toBe(String.raw`G_{1} = \frac{1}{2} \cdot 2 + e^{-\htmlData{cell=1}{2.5}} - A_{2} = 2`)
})
