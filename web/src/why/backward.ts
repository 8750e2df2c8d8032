/**
 * Gradients where a graph has none of its own: ops that compute, from the gradient at one tensor, that at another which it is made from.
 */
import { derivatives, rebuilt } from '../formula/derive'
import type { Formula, Graph, GraphOp, GraphTensor } from '../formula/types'

export type Tensors = ReadonlyMap<string, GraphTensor>

export function gradientOf(tensor: string): string {
  return `grad.${tensor}`
}

/** What an op's output depends on smoothly: each operand's gradient, over the operands, the output and its gradient, numbered so. */
export function slopes(op: GraphOp, tensors: Tensors): ReadonlyMap<string, Formula> {
  const operands = Object.values(op.inputs).map((name) => tensors.get(name)!)
  const found = derivatives(op.rule, operands, tensors.get(op.output)!)
  return new Map([...found].map(([number, formula]) => [operands[number]!.name, formula]))
}

/** The names by which those formulas number their cells. */
export function readBy({ inputs, output }: GraphOp): string[] {
  return [...Object.values(inputs), output, gradientOf(output)]
}

/** An op that computes a formula over tensors that are numbered as in this list. */
export function opOf(output: string, rule: Formula, names: readonly string[]): GraphOp {
  const inputs = Object.fromEntries(names.map((name, place) => [String(place), name]))
  return { kind: 'gradient', title: 'gradient', output, inputs, combine: 'single', formula: '', rule }
}

/**
 * The ops that compute the gradient at `origin` from that at `target`, where `ops` lead from the one to the other, in order of computing.
 * What does not depend on the origin is held.
 */
export function backward(ops: readonly GraphOp[], target: string, origin: string, tensors: Tensors): GraphOp[] {
  const reached = new Set([origin])
  const between = ops.filter(({ inputs, output }) => {
    const isReached = output !== origin && Object.values(inputs).some((name) => reached.has(name))
    if (isReached) reached.add(output)
    return isReached
  })
  const shares = new Map<string, { formula: Formula; names: string[] }[]>([[target, []]])
  const made: GraphOp[] = []
  const finish = (name: string): void => {
    const arrived = shares.get(name)
    if (name !== target && arrived !== undefined) made.push(summed(gradientOf(name), arrived))
  }
  for (const op of between.toReversed()) {
    if (!shares.has(op.output)) continue
    finish(op.output)
    for (const [name, formula] of slopes(op, tensors))
      if (reached.has(name)) shares.set(name, [...(shares.get(name) ?? []), { formula, names: readBy(op) }])
  }
  finish(origin)
  return made
}

/** One op for several formulas, each over tensors of its own. */
function summed(output: string, shares: readonly { formula: Formula; names: readonly string[] }[]): GraphOp {
  const names = [...new Set(shares.flatMap((share) => share.names))]
  const formulas = shares.map((share) =>
    renumbered(
      share.formula,
      share.names.map((name) => names.indexOf(name)),
    ),
  )
  return opOf(
    output,
    formulas.reduce((left, right) => ['+', left, right]),
    names,
  )
}

function renumbered(node: Formula, numbers: readonly number[]): Formula {
  const inside = rebuilt(node, (part) => renumbered(part, numbers))
  return inside[0] === 'cell' ? ['cell', numbers[inside[1]]!, inside[2]] : inside
}

/** The tensors of a graph, and those of gradients of them. */
export function withGradients({ tensors }: Graph): Map<string, GraphTensor> {
  return new Map(
    tensors.flatMap((tensor): [string, GraphTensor][] => {
      const name = gradientOf(tensor.name)
      const gradient: GraphTensor = { ...tensor, name, kind: 'gradient', gradient_of: tensor.name }
      return [
        [tensor.name, tensor],
        [name, gradient],
      ]
    }),
  )
}
