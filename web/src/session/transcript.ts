/**
 * The arithmetic of a cell to take away: as text that any editor shows, or as LaTeX.
 */
import { coordinates, axisOrder, indexText } from '../protocol/cells'
import { formatNumber } from '../words/numbers'
import type { Session } from './session.svelte'
import type { Explanation, OperandCell } from '../protocol/types'

/** Every term and every step, a line each; `title` puts the graph's words into the reader's language. */
export function asText(explanation: Explanation, session: Session, title: (key: string) => string): string {
  const tensor = session.tensors.get(explanation.tensor)
  const lines = [
    `${spelled(explanation, session)} = ${formatNumber(explanation.value)}   ${title(tensor?.title ?? '')}`,
    title(explanation.title),
    ...explanation.terms.map(({ value, label, cells }) => {
      const factors = cells.map((cell) => `${spelled(cell, session)} = ${formatNumber(cell.value)}`)
      return `  ${[formatNumber(value), title(label), ...factors].filter((part) => part !== '').join('   ')}`
    }),
    ...explanation.steps.map(({ label, value }) => `${title(label)}: ${formatNumber(value)}`),
  ]
  return `${lines.join('\n')}\n`
}

/** Both formulas, aligned at their first equals sign; there is only one of a number that no op made. */
export function asLatex({ op, formula, substituted }: Explanation): string {
  if (op === null) return `${formula}\n`
  const aligned = [formula, substituted].map((line) => `  ${line.replace(' = ', ' &= ')}`)
  return `\\begin{aligned}\n${aligned.join(' \\\\\n')}\n\\end{aligned}\n`
}

function spelled(cell: Pick<OperandCell, 'tensor' | 'index'>, session: Session): string {
  const tensor = session.tensors.get(cell.tensor)
  if (!tensor || !session.description) return cell.tensor
  return `${tensor.name}[${indexText(coordinates(session.description, session.run?.trace ?? null, tensor, axisOrder(tensor, cell.index)))}]`
}
