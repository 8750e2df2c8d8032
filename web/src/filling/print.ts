/**
 * Numbers and words as a lesson prints them, in prose and inside a formula: sign for sign what Python's lessons/formats.py makes of the
 * same number.
 */
import { digitsOf, latexNumber } from '../formula/numbers'
import { exponential, fixed, general } from '../formula/rounding'

/** What stands where a model has no such value. */
export const MISSING = '—'
/** By so large a part of themselves numbers differ that were computed in single precision in one way or another. */
const NOISE = 3e-7
const DIGITS = 4
const DECIMALS = 2
const LARGEST_PLAIN = 1e6
const SMALLEST_PLAIN = 1e-4
/** How many digits a format has that does not say. */
const USUAL = 6
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'
const IN_PARENTHESES = /^\((.*)\)$/
const FORMAT = /^(\+?)(,?)(?:\.(\d+))?([feg%]?)$/
const LATEX_SIGNS = new Map([
  ['\\', '\\textbackslash{}'],
  ['~', '\\textasciitilde{}'],
  ['^', '\\textasciicircum{}'],
])
const HTML_SIGNS = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#x27;'],
])

/** As HTML text: the value of an expression, in a format if there is one. */
export function formatted(value: number | string, format: string, inMath = false): string {
  if (typeof value === 'string') return escaped(inMath ? latexWords(value) : value)
  const inside = IN_PARENTHESES.exec(format)?.[1]
  if (inside !== undefined) {
    const text = formatted(value, inside, inMath)
    return /^[-−]/.test(text) ? `(${text})` : text
  }
  const text = Number.isNaN(value) ? MISSING : inFormat(settled(value), format, inMath)
  return escaped(inMath ? latexFigures(text) : text.replaceAll('-', '−'))
}

function inFormat(value: number, format: string, inMath: boolean): string {
  if (!Number.isFinite(value)) return value < 0 ? '-∞' : '∞'
  if (format.endsWith('%')) return perCent(value, format)
  if (format !== '') return signed(value, format)
  return inMath ? latexNumber(value) : fourDigits(value)
}

/** The value; of one that differs from a whole number by no more than single precision does, that number. */
function settled(value: number): number {
  const whole = Math.round(value)
  const isWhole = whole !== 0 && Math.abs(value - whole) <= NOISE * Math.abs(whole)
  return isWhole ? whole : value + 0
}

/** In a format; without a minus sign before nothing but zeros. */
function signed(value: number, format: string): string {
  const [, plus = '', comma = '', digits, kind = ''] = FORMAT.exec(format) ?? []
  const size = Math.abs(value)
  const text = grouped(inKind(size, kind, digits === undefined ? null : Number(digits)), comma !== '')
  const isBelow = value < 0 && /^[^e]*[1-9]/.test(text)
  return (isBelow ? '-' : plus) + text
}

function inKind(size: number, kind: string, digits: number | null): string {
  switch (kind) {
    case 'f':
      return fixed(size, digits ?? USUAL)
    case '%':
      return `${fixed(size * 100, digits ?? USUAL)}%`
    case 'e':
      return withLongExponent(exponential(size, digits ?? USUAL))
    case 'g':
      return withLongExponent(general(size, Math.max(digits ?? USUAL, 1)))
  }
  const isWhole = Number.isInteger(size) || size >= 10 ** (DIGITS - 1)
  return isWhole ? fixed(size, 0) : withLongExponent(general(size, DIGITS))
}

/** Python's exponents have two digits at least. */
function withLongExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

function grouped(text: string, isWanted: boolean): string {
  if (!isWanted) return text
  const [whole = ''] = /^\d+/.exec(text) ?? []
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + text.slice(whole.length)
}

/** The number that a reader has of it. */
export function printed(given: number, format: string): number {
  const spelled = IN_PARENTHESES.exec(format)?.[1] ?? format
  const value = settled(given)
  if (!Number.isFinite(value)) return value
  if (spelled.endsWith('%')) return Number(perCent(value, spelled).replace(/[<>%, ]/g, '')) / 100
  if (spelled !== '') return Number(signed(value, spelled).replaceAll(',', ''))
  return Number.isInteger(value) ? value : Math.sign(value) * Number(general(Math.abs(value), DIGITS))
}

/** Two decimals unless the format says how many; more where these would claim 0 % or 100 % of what is not; a bound. */
function perCent(value: number, format: string): string {
  const [before = '', decimals = ''] = format.replace(/%$/, '').split('.')
  const fewest = decimals === '' ? DECIMALS : Number(decimals)
  for (const more of [fewest, fewest + 2]) {
    const text = signed(value, `${before}.${more}%`)
    const share = Number(text.replace(/[%,]/g, ''))
    if (value === 0 || value === 1 || (share !== 0 && share !== 100)) return text
  }
  const bound = 10 ** -(fewest + 4)
  return value < 0.5 ? `< ${signed(bound, `.${fewest + 2}%`)}` : `> ${signed(1 - bound, `.${fewest + 2}%`)}`
}

/** Four significant digits, or as many as tell it from a whole number; whole numbers as they are. */
function fourDigits(value: number): string {
  const size = Math.abs(value)
  const sign = value < 0 ? '-' : ''
  if (Number.isInteger(value) && size < LARGEST_PLAIN) return sign + fixed(size, 0)
  if (size < SMALLEST_PLAIN || size >= LARGEST_PLAIN) {
    const [mantissa, exponent] = exponential(size, DIGITS - 1).split('e') as [string, string]
    return `${sign}${mantissa}×10${superscript(Number(exponent))}`
  }
  const digits = digitsOf(size)
  const exponent = Number(exponential(size, digits - 1).split('e')[1])
  return sign + fixed(size, Math.max(digits - 1 - exponent, 0))
}

function superscript(exponent: number): string {
  return String(exponent).replace(/./g, (sign) => (sign === '-' ? '⁻' : SUPERSCRIPTS.charAt(Number(sign))))
}

/** A formatted number as LaTeX: thousands without the space after a comma, per cent and infinity as commands. */
function latexFigures(text: string): string {
  return text
    .replaceAll(',', '{,}')
    .replaceAll('%', '\\%')
    .replaceAll('∞', '\\infty')
    .replaceAll(MISSING, `\\text{${MISSING}}`)
}

function latexWords(text: string): string {
  return `\\text{${text.replace(/[\\~^#$%&_{}]/g, (sign) => LATEX_SIGNS.get(sign) ?? `\\${sign}`)}}`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => HTML_SIGNS.get(sign) ?? sign)
}
