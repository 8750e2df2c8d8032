/**
 * The numbers of a formula that are cells which were read: each is marked in its LaTeX with the place of its cell, so that it can be
 * found once it is set, and pressed.
 */
import { latexNumber } from '../formula/numbers'
import type { OperandCell } from '../protocol/types'

const NUMBER = /-?\d+(?:\.\d+)?(?:\\times 10\^\{-?\d+\})?/g
const INDEX = /_\{[^{}]*\}/g

/**
 * LaTeX with numbers in it, in which those of the cells are marked (`\htmlData{cell=PLACE}{…}`). `letters` is the same formula with letters:
 * the numbers that stand in it are constants. Cells come in the order in which a formula reads them; of a long sum some are left out.
 */
export function linked(latex: string, letters: string, cells: readonly OperandCell[]): string {
  const constants = new Set(letters.replace(INDEX, '').match(NUMBER))
  const numbers = cells.map(({ value }) => latexNumber(value))
  const indices = [...latex.matchAll(INDEX)].map(({ index, 0: text }) => [index, index + text.length] as const)
  const begins = latex.indexOf(' = ')
  const ends = latex.lastIndexOf(' = ')
  let next = 0
  return latex.replace(NUMBER, (text, at: number) => {
    const isWithin = at > begins && at < ends && !indices.some(([first, end]) => at >= first && at < end)
    if (!isWithin) return text
    // What is taken away has its sign before it, and is not negative.
    for (const [sign, number] of [
      ['', text] as const,
      ...(text.startsWith('-') ? [['-', text.slice(1)] as const] : []),
    ]) {
      const later = numbers.indexOf(number, next)
      const place = later < 0 ? numbers.indexOf(number) : later
      if (place < 0 || constants.has(number)) continue
      next = place + 1
      return `${sign}\\htmlData{cell=${place}}{${number}}`
    }
    return text
  })
}
