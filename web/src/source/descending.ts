/**
 * One step of gradient descent on one question, to be looked at, computed in the page as Python's train/descent.py does: the loss, its
 * gradient with respect to every weight, and the loss and the next letter after the step.
 */
import { Engine } from '../formula/engine'
import type { Graph } from '../formula/types'
import type { Lookup } from '../filling/tasks'
import type { Descent } from '../protocol/lessons'
import type { TensorView } from '../protocol/tensors'
import type { Description } from '../protocol/types'
import { tensorsOf } from './local'
import type { Cell } from './source'

/** A graph with the loss that training makes small, and its gradients. */
export type Learning = Graph & { readonly loss: string }

/** A model that learns: its graph together with that of its loss and gradients, and the weights that it begins with. */
export interface Learner {
  readonly description: Description
  readonly learning: Learning
  readonly weights: ReadonlyMap<string, TensorView>
  readonly lookup: Lookup
}

type Numbers = ReadonlyMap<string, Float32Array>

export function descend(
  { description, learning, weights, lookup }: Learner,
  prompt: readonly number[],
  { tensor, index }: Cell,
  rate: number,
): Descent {
  const task = description.task!
  const question = prompt.slice(0, task.length)
  const answer = lookup.answer(question)
  const asked = {
    tokens: [...question, ...answer.slice(0, -1)],
    targets: [...question.slice(1).fill(-1), ...answer],
  }
  const before: Numbers = new Map([...weights].map(([name, { data }]) => [name, data as Float32Array]))
  const { loss } = learning
  const gradientOf = new Map(
    learning.tensors.flatMap(({ name, gradient_of }) => (before.has(gradient_of ?? '') ? [[gradient_of!, name]] : [])),
  )
  const done = tensorsOf(new Engine(learning, before).run(asked, [loss, ...gradientOf.values()]))
  const gradient = (name: string): Float32Array => done.get(gradientOf.get(name)!)!.data as Float32Array
  const after: Numbers = new Map([...before].map(([name, data]) => [name, stepped(data, gradient(name), rate)]))
  const { shape } = weights.get(tensor)!
  const place = index.reduce((offset, one, axis) => offset * shape[axis]! + one, 0)
  const axes = learning.tensors.find(({ name }) => name === tensor)!.axes
  return {
    rate,
    loss: { before: done.get(loss)!.data[0] as number, after: lossOf(learning, after, asked) },
    weight: {
      tensor,
      index: Object.fromEntries(axes.map((axis, number) => [axis, index[number]!])),
      before: before.get(tensor)![place]!,
      gradient: gradient(tensor)[place]!,
      after: after.get(tensor)![place]!,
    },
    probabilities: {
      target: answer[0]!,
      before: nextOf(description, before, question),
      after: nextOf(description, after, question),
    },
  }
}

/** `w − rate · gradient`, in single precision as weights are kept. */
function stepped(weight: Float32Array, gradient: Float32Array, rate: number): Float32Array {
  const single = Math.fround(rate)
  return weight.map((one, place) => one - Math.fround(single * gradient[place]!))
}

function lossOf(learning: Learning, weights: Numbers, asked: { tokens: number[]; targets: number[] }): number {
  const { loss } = learning
  return tensorsOf(new Engine(learning, weights).run(asked, [loss])).get(loss)!.data[0] as number
}

/** The probabilities of what follows the question. */
function nextOf({ graph }: Description, weights: Numbers, tokens: readonly number[]): number[] {
  const { probs } = graph.outputs!
  const { shape, data } = tensorsOf(new Engine(graph, weights).run({ tokens }, [probs])).get(probs)!
  return Array.from((data as Float32Array).slice(-shape.at(-1)!))
}
