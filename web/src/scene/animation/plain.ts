/**
 * Arithmetic as plain text, for what is in the air over the stage, where there is no room to set a formula.
 */
import { SUPERSCRIPT } from '../../formula/typeset'
import { formatNumber } from '../../words/numbers'

function raisedText(text: string): string {
  return SUPERSCRIPT[0] + text + SUPERSCRIPT[1]
}

export function added(value: number): string {
  return `+ ${bracketed(value)}`
}

export function bracketed(value: number): string {
  return value < 0 ? `(${formatNumber(value)})` : formatNumber(value)
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
