/**
 * Numbers as text: four significant digits, or as many as tell them from whole ones, as in formulas, with a real minus sign.
 */
import { digitsOf } from '../formula/numbers'

const FIGURE_SPACE = '\u2007'
const PUNCTUATION_SPACE = '\u2008'
const DIGITS = 4
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value < 0 ? '−∞' : '∞'
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value).replace('-', '−')
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-4 && magnitude < 1e6) {
    const text = value.toPrecision(digitsOf(value))
    return (text.includes('e') ? value.toFixed(0) : text).replace('-', '−')
  }
  const [mantissa, exponent] = value.toExponential(DIGITS - 1).split('e') as [string, string]
  return `${mantissa.replace('-', '−')}×10${superscript(exponent)}`
}

function superscript(exponent: string): string {
  return exponent.replace(/./g, (sign) => (sign === '-' ? '⁻' : sign === '+' ? '' : SUPERSCRIPTS.charAt(Number(sign))))
}

/** The same, with a plus sign where it is positive: of differences. */
export function signedNumber(value: number): string {
  return (value > 0 ? '+' : '') + formatNumber(value)
}

/** The same, filled up with figure spaces so that the decimal points of a right-aligned column stand under each other. */
export function alignNumber(value: number, decimals = 7): string {
  const text = formatNumber(value)
  if (/[×∞N]/.test(text)) return text
  const point = text.indexOf('.')
  const written = point < 0 ? 0 : text.length - point - 1
  return text + (point < 0 ? PUNCTUATION_SPACE : '') + FIGURE_SPACE.repeat(Math.max(0, decimals - written))
}

/** How far a number is from 0; of one that is not finite nothing can be drawn. */
export function finiteSize(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0
}
