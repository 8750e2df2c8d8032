/**
 * A graph that reads several texts at once, as training does: every tensor that depends on a text gets an axis for the batch in front,
 * and so does each cell of it that a formula reads. Sums over the batch, which the formulas of the loss and of the gradients of weights
 * have already and which mean nothing for one text, become sums over that axis.
 */
import { Computation, type Weights } from './compute'
import type { Single } from './single'
import type { Formula, Graph, GraphOp, GraphTensor } from './types'

/** The letter of the batch, where a graph itself has none. */
export const BATCH = '#'
/** What formulas call the batch. */
const SUMMED = 'b'

/** The graph for so many texts, all of one length; the places of letters are the same for all of them. */
export function inBatches(graph: Graph, texts: number): Graph {
  const { tokens, targets } = graph.inputs
  const batched = new Set([tokens, targets].flatMap((name) => name ?? []))
  const ops = graph.ops.map((op): GraphOp => {
    const isBatched = Object.values(op.inputs).map((name) => batched.has(name))
    const [rule, varies] = spread(op.rule, isBatched)
    if (varies) batched.add(op.output)
    return { ...op, rule }
  })
  const tensors = graph.tensors.map((tensor): GraphTensor =>
    batched.has(tensor.name) ? { ...tensor, axes: [BATCH, ...tensor.axes], shape: [texts, ...tensor.shape] } : tensor,
  )
  return { ...graph, axes: { ...graph.axes, [BATCH]: { size: texts, grows: false } }, tensors, ops }
}

/** What computes so many texts of one length at once, again and again. */
export function computedInBatches(
  graph: Graph,
  texts: number,
  weights: Weights,
  positions: number,
  single: Single | null = null,
): Computation {
  const batched = inBatches(graph, texts)
  const tensors = new Map(batched.tensors.map((tensor) => [tensor.name, tensor]))
  return new Computation(batched, tensors, weights, positions, single)
}

/** The formula over operands of which some come in a batch, and whether what it computes is another number for each text. */
function spread(node: Formula, isBatched: readonly boolean[]): [Formula, boolean] {
  if (node[0] === 'number' || node[0] === 'size' || node[0] === 'place') return [node, false]
  if (node[0] === 'cell') {
    const [, operand, indices] = node
    const found = indices.map((index): [string | Formula, boolean] =>
      typeof index === 'string' ? [index, false] : spread(index, isBatched),
    )
    const made = found.map(([index]) => index)
    const varies = isBatched[operand]! || found.some(([, one]) => one)
    return [['cell', operand, isBatched[operand]! ? [BATCH, ...made] : made] as Formula, varies]
  }
  if (node[0] === 'sum' || node[0] === 'max') {
    const [argument, varies] = spread(node[2], isBatched)
    const isOver = node[1].includes(SUMMED)
    const others = node[1].filter((letter) => letter !== SUMMED)
    const letters = isOver && varies ? [BATCH, ...others] : others
    if (letters.length === 0) return [argument, false]
    return [[node[0], letters, argument], varies && !isOver]
  }
  const parts = (node.slice(1) as (string | Formula)[]).map((part): [string | Formula, boolean] =>
    typeof part === 'string' ? [part, false] : spread(part, isBatched),
  )
  return [[node[0], ...parts.map(([part]) => part)] as Formula, parts.some(([, varies]) => varies)]
}
