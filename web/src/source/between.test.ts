import { expect, test } from 'vitest'
import { between, lettersIn } from './between'

test('what depends on the number of letters lies as far between as that does, and beyond', () => {
  const few = { size: 12, shape: [32, 12], name: 'v', epsilon: 1e-5, of: null }
  const many = { size: 128, shape: [32, 128], name: 'v', epsilon: 1e-5, of: null }
  expect(between(few, many, 40)).toEqual({ size: 40, shape: [32, 40], name: 'v', epsilon: 1e-5, of: null })
  expect(between(few, many, 300).shape).toEqual([32, 300])
})

test('a name says how many letters there are, and nothing else where nobody makes models', () => {
  expect(lettersIn('new:text')).toBe(12)
  expect(lettersIn('new:text,letters=40')).toBe(40)
  expect(() => lettersIn('new:text,letters=4')).toThrow('at least 12')
  expect(() => lettersIn('new:text,letters=40,layers=3')).toThrow('no model')
})
