/** What single numbers of the output come from, as Python's why/attribution.py: logit lens, direct logit attribution, gradient × input. */
import { Computation } from '../formula/compute'
import type { Measured } from './changed'
import { backward, gradientOf, withGradients } from './backward'
import { ancestors, LinearPass, type Writer } from './linear'
import { positionsOf, vocabularySize, wantedOf, type Measurement, type Reading } from './measurement'

/** What is no part's own: the bias of what heads share, and those of the final norm and the unembedding. */
export const BIAS = 'bias'
export const FINAL = 'final biases'

/** What the model would say if it ended early: each state of the residual stream read as the last one is. */
export function logitLens(engine: Measured, tokens: readonly number[], pieces: readonly string[]): Measurement {
  const { graph, parameters } = engine
  const { logits } = graph.outputs!
  const tensors = new Map(graph.tensors.map((tensor) => [tensor.name, tensor]))
  const ops = ancestors(graph, logits)
  const states = ops.map(({ output }) => output).filter((name) => tensors.get(name)!.residual === true)
  const last = states.at(-1)!
  const behind = ops.slice(ops.findIndex(({ output }) => output === last) + 1)
  const values = engine.values({ tokens })
  const computation = new Computation({ ...graph, ops: behind }, tensors, parameters, tokens.length)
  const found = states.map((state) => {
    computation.run(new Map([[last, values.get(state)!]]), [logits])
    return computation.data(logits)!.slice()
  })
  const all = new Float64Array(found.reduce((sum, { length }) => sum + length, 0))
  for (const [place, each] of found.entries()) all.set(each, place * each.length)
  const words = Array.from({ length: vocabularySize(engine) }, (_, token) => String(token))
  return { axes: ['layer', 't', 'v'], labels: [states, positionsOf(pieces), words], values: all, about: {} }
}

/** What each head, MLP and embedding adds itself to a token's logit, past all that comes after it; they sum to the logit. */
export function attribution(engine: Measured, tokens: readonly number[], asked: Reading): Measurement {
  const linear = new LinearPass(engine, tokens)
  const { weights, value } = wantedOf(asked, linear.values.get(asked.logits)!, vocabularySize(engine))
  const reader = linear.reader(asked.logits)
  const gradient = reader.gradient(weights)
  const found: [string, number][] = []
  for (const writer of linear.writers) {
    const { parts, bias } = linear.contributions(writer, gradient)
    const whole = sumOf(parts)
    if (writer.part !== 'h') {
      found.push([writer.tensor.name, whole + bias])
      continue
    }
    for (let head = 0; head < writer.parts; head++) {
      const own = parts.subarray(head * tokens.length, (head + 1) * tokens.length)
      found.push([`${writer.inner.name}[h=${head}]`, sumOf(own)])
    }
    if (bias !== 0) found.push([`${writer.tensor.name}, ${BIAS}`, bias])
  }
  const constant = reader.constant(weights)
  if (constant !== 0) found.push([FINAL, constant])
  return {
    axes: ['part'],
    labels: [found.map(([label]) => label)],
    values: Float64Array.from(found, ([, number]) => number),
    about: { sum: value },
  }
}

/** How much each letter matters to a token's logit, to first order: the gradient at the letter's embedding times the embedding. */
export function gradientTimesInput(
  engine: Measured,
  tokens: readonly number[],
  pieces: readonly string[],
  asked: Reading,
): Measurement {
  const { graph } = engine
  const values = engine.values({ tokens })
  const entered = graph.ops.find(({ inputs }) => Object.values(inputs).includes(graph.inputs.tokens))!.output
  const { weights, value } = wantedOf(asked, values.get(asked.logits)!, vocabularySize(engine))
  const tensors = withGradients(graph)
  const ops = backward(ancestors(graph, asked.logits), asked.logits, entered, tensors)
  const computation = new Computation({ ...graph, ops }, tensors, values, tokens.length)
  computation.run(new Map([[gradientOf(asked.logits), weights]]), [gradientOf(entered)])
  const [slope, embedded] = [computation.data(gradientOf(entered))!, values.get(entered)!]
  const width = embedded.length / tokens.length
  const shares = new Float64Array(tokens.length)
  for (let at = 0; at < embedded.length; at++) shares[Math.floor(at / width)]! += slope[at]! * embedded[at]!
  return { axes: ['t'], labels: [positionsOf(pieces)], values: shares, about: { logit: value } }
}

/** The cells of a writer's part at a position, as one writes them. */
export function described({ inner, part }: Writer, number: number, position: number): string {
  if (part === null) return `${inner.name}[t=${position}]`
  const places = inner.axes.filter((axis) => axis === part || axis === 't')
  return `${inner.name}[${places.map((axis) => `${axis}=${axis === 't' ? position : number}`).join(',')}]`
}

function sumOf(numbers: Float64Array): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
