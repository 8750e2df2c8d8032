/**
 * How a number comes from others, found from the numbers themselves: no op has to say what it does to be read out.
 */
import { formatNumber } from '../../words/numbers'

const CLOSE = 2e-4

/** What stands between these two signs is set as a superscript. */
export const SUPERSCRIPT = ['⁅', '⁆'] as const

function raisedText(text: string): string {
  return SUPERSCRIPT[0] + text + SUPERSCRIPT[1]
}

/** What is done to `before` with `operand` to get `after`, as a sign and a number; null when it is none of the four. */
export function operation(before: number, operand: number, after: number): string | null {
  const results: readonly [string, number][] = [
    ['−', before - operand],
    ['+', before + operand],
    ['÷', before / operand],
    ['×', before * operand],
  ]
  const found = results.find(([, result]) => isClose(result, after))
  return found === undefined ? null : `${found[0]} ${bracketed(operand)}`
}

/** A term in its numbers, where it is a product, a square of a difference, a power of e, or one of the numbers; else null. */
export function termInNumbers(cells: readonly number[], value: number): string | null {
  const [one = NaN, other = NaN] = cells
  if (cells.length === 1) return isClose(one, value) ? formatNumber(one) : null
  const candidates: readonly [string, number][] = [
    [
      cells.map((cell, place) => (place === 0 ? formatNumber(cell) : bracketed(cell))).join(' × '),
      cells.reduce((product, cell) => product * cell, 1),
    ],
    [`(${formatNumber(one)} − ${bracketed(other)})²`, (one - other) ** 2],
    [`e${raisedText(`${formatNumber(one)} − ${bracketed(other)}`)}`, Math.exp(one - other)],
  ]
  return candidates.find(([, result]) => isClose(result, value))?.[0] ?? null
}

export function added(value: number): string {
  return `+ ${bracketed(value)}`
}

function bracketed(value: number): string {
  return value < 0 ? `(${formatNumber(value)})` : formatNumber(value)
}

function isClose(one: number, other: number): boolean {
  return one === other || Math.abs(one - other) <= CLOSE * Math.max(Math.abs(one), Math.abs(other), 1e-6)
}

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/\\t?frac12/g, '½'],
  [/\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}/g, '$1/$2'],
  [/\\sqrt\{\\;\}/g, '√'],
  [/\\sqrt\{([^{}]*)\}/g, '√$1'],
  [/\\text\{([^{}]*)\}/g, '$1'],
  [/\\times\s*/g, '×'],
  [/\\cdot/g, '·'],
  [/\\div/g, '÷'],
  [/\\le/g, '≤'],
  [/\\Sigma/g, 'Σ'],
  [/\\sigma/g, 'σ'],
  [/\\mu/g, 'μ'],
  [/\\gamma/g, 'γ'],
  [/\\beta/g, 'β'],
  [/\\varepsilon/g, 'ε'],
  [/\\pi/g, 'π'],
  [/\\infty/g, '∞'],
  [/\^\{([^{}]*)\}/g, raisedText('$1')],
  [/\^(\d)/g, raisedText('$1')],
  [/\\[,;! ]/g, ' '],
  [/\\([a-z]+)/g, '$1'],
  [/[{}]/g, ''],
  [/-/g, '−'],
  [/\s+/g, ' '],
]

/** A short formula as plain text, for where there is no room to set it. */
export function plainFormula(latex: string): string {
  return SIGNS.reduce((text, [sign, plain]) => text.replace(sign, plain), latex).trim()
}
