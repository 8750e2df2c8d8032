import { expect, test } from 'vitest'
import { wordsOf } from './plain'

const STEP = { label: 'divide', latex: '\\div \\sqrt{16}', value: 1, sign: null, operand: null }

test('a step is said by its number where it has one, or else by its name', () => {
  expect(wordsOf({ ...STEP, sign: '÷', operand: 4 })).toBe('÷ 4')
  expect(wordsOf({ ...STEP, sign: '+', operand: -0.25 })).toBe('+ (−0.2500)')
  expect(wordsOf({ ...STEP, label: 'root' })).toBe('root')
})
