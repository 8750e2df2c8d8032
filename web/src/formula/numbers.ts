/**
 * Numbers as text, with four significant digits, or as many as tell them from whole ones: as LaTeX, digit for digit what Python's
 * graph/typeset.py writes, and as plain text.
 */

const DIGITS = 4
const MOST_DIGITS = 8
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** As LaTeX; infinities as the sign they are. */
export function latexNumber(value: number): string {
  if (Number.isNaN(value)) return '\\mathrm{NaN}'
  if (!Number.isFinite(value)) return value < 0 ? '-\\infty' : '\\infty'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-4 || size >= 1e6) {
    const [mantissa, exponent] = halfToEven(value, value.toExponential(DIGITS - 1)).split('e') as [string, string]
    return `${mantissa}\\times 10^{${Number(exponent)}}`
  }
  const digits = digitsOf(value)
  const text = digits > DIGITS ? value.toPrecision(digits) : halfToEven(value, value.toPrecision(DIGITS))
  if (text.includes('e')) return String(wholeToEven(value))
  return text.endsWith('0') && text.includes('.') ? text.replace(/\.?0+$/, '') : text
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

/**
 * JavaScript rounds a number that is halfway between two away from zero, Python to the even one. Halves of a fourth digit are whole
 * multiples of 1/256: 5⁸ has more than five digits.
 */
function halfToEven(value: number, text: string): string {
  if (!Number.isInteger(value * 256)) return text
  const [, digits, power] = /^(-?\d\.\d\d[02468])50*e(.*)$/.exec(value.toExponential(20)) ?? []
  if (digits === undefined) return text
  return text.includes('e') ? `${digits}e${power}` : Number(`${digits}e${power}`).toPrecision(DIGITS)
}

function wholeToEven(value: number): number {
  const below = Math.floor(value)
  const over = value - below
  return over > 0.5 || (over === 0.5 && below % 2 !== 0) ? below + 1 : below
}
