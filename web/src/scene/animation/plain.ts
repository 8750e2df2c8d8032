/**
 * Arithmetic as plain text, for what is in the air over the stage, where there is no room to set a formula.
 */
import type { Step } from '../../protocol/types'
import { formatNumber } from '../../words/numbers'

export function added(value: number): string {
  return `+ ${bracketed(value)}`
}

/** What a step does: the operation and its number where it is one with a number, or else its name. */
export function wordsOf({ sign, operand, label }: Step): string {
  return sign === null || operand === null ? label : `${sign} ${bracketed(operand)}`
}

function bracketed(value: number): string {
  return value < 0 ? `(${formatNumber(value)})` : formatNumber(value)
}
