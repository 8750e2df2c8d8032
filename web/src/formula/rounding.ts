/**
 * Numbers with so many digits, as Python writes them: one that is halfway between two is rounded to the even one, where JavaScript
 * takes the larger. All are for numbers from 0 up.
 */

const MOST_DIGITS = 100
/** From here on JavaScript writes whole numbers with an exponent. */
const LONG = 1e21

/** With so many digits after the point. */
export function fixed(value: number, decimals: number): string {
  if (value >= LONG) return `${BigInt(value)}${decimals > 0 ? `.${'0'.repeat(decimals)}` : ''}`
  const text = value.toFixed(decimals)
  // Halfway between two it has one digit more, and so is a multiple of this power of two.
  if (decimals >= MOST_DIGITS || !Number.isInteger(value * 2 ** (decimals + 1))) return text
  const exact = value.toFixed(decimals + 1)
  const below = exact.slice(0, decimals > 0 ? -1 : -2)
  return exact.endsWith('5') && isEven(below) ? below : text
}

/** With one digit before the point, so many after it, and an exponent: `1.25e-7`. */
export function exponential(value: number, decimals: number): string {
  const text = value.toExponential(decimals)
  const exponent = Number(text.split('e')[1])
  if (!Number.isInteger(value * 2 ** Math.max(decimals - exponent + 2, 1))) return text
  const [digits = '', power] = value.toExponential(MOST_DIGITS).split('e')
  const below = digits.slice(0, decimals > 0 ? decimals + 2 : 1)
  return /^\.?50*$/.test(digits.slice(below.length)) && isEven(below) ? `${below}e${power}` : text
}

/** With so many digits in all, without zeros at its end, and with an exponent where it is very small or very large. */
export function general(value: number, digits: number): string {
  const scientific = exponential(value, digits - 1)
  const exponent = Number(scientific.split('e')[1])
  if (exponent >= -4 && exponent < digits) return stripped(fixed(value, digits - 1 - exponent))
  return scientific.replace(/^[^e]*/, stripped)
}

function stripped(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function isEven(digits: string): boolean {
  return /[02468]$/.test(digits)
}
