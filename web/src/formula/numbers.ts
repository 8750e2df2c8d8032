/**
 * Numbers as text, with four significant digits, or as many as tell them from whole ones: as LaTeX, digit for digit what Python's
 * words/numbers.py writes, and as plain text.
 */
import { exponential, fixed, general } from './rounding'

const DIGITS = 4
const MOST_DIGITS = 8
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** As LaTeX; infinities as the sign they are. */
export function latexNumber(value: number): string {
  if (Number.isNaN(value)) return '\\mathrm{NaN}'
  if (value < 0) return `-${latexNumber(-value)}`
  if (value === Infinity) return '\\infty'
  if (value === 0) return '0'
  if (value < 1e-4 || value >= 1e6) {
    const [mantissa, exponent] = exponential(value, DIGITS - 1).split('e') as [string, string]
    return `${mantissa}\\times 10^{${Number(exponent)}}`
  }
  const text = general(value, digitsOf(value))
  return text.includes('e') ? fixed(value, 0) : text
}

/**
 * As many significant digits as a number below a thousand is written with: 1.0002 is not 1, nor is 0.99998, or a sum would seem wrong.
 */
export function digitsOf(value: number): number {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return DIGITS
  for (let digits = DIGITS; digits <= MOST_DIGITS; digits++) {
    if (!Number.isInteger(Number(value.toPrecision(digits)))) return digits
  }
  return DIGITS
}

/** The same as plain text, with a real minus sign, all four digits, and whole numbers without any after the point. */
export function plainNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return value < 0 ? `−${plainSize(-value)}` : plainSize(value)
}

function plainSize(size: number): string {
  if (size === Infinity) return '∞'
  if (Number.isInteger(size) && size < 1e6) return String(size)
  if (size >= 1e-4 && size < 1e6) {
    const text = size.toPrecision(digitsOf(size))
    return size > 999 && text.includes('e') ? size.toFixed(0) : text
  }
  const [mantissa, exponent] = size.toExponential(DIGITS - 1).split('e') as [string, string]
  return `${mantissa}×10${superscript(exponent)}`
}

function superscript(exponent: string): string {
  return exponent.replace(/./g, (sign) => (sign === '-' ? '⁻' : sign === '+' ? '' : SUPERSCRIPTS.charAt(Number(sign))))
}
