/**
 * Activation patching, as Python's why/patching.py: what a token's logit becomes in the run of one text when a tensor's numbers at one
 * position are those of the run of another.
 */
import { computedInBatches } from '../formula/batch'
import { inputsOf, type Hook } from '../formula/compute'
import type { Engine } from '../formula/engine'
import { indexAt } from '../formula/interventions'
import type { GraphTensor } from '../formula/types'
import { ancestors } from './linear'
import { positionsOf, vocabularySize, wantedOf, type Measurement, type Reading } from './measurement'

/** The tensors whose numbers are put in are the states of the residual stream where none are named. */
export function patching(
  engine: Engine,
  clean: readonly number[],
  corrupted: readonly number[],
  pieces: readonly string[],
  asked: Reading,
  named?: readonly string[],
): Measurement {
  const { graph } = engine
  const find = new Map(graph.tensors.map((tensor) => [tensor.name, tensor]))
  const all = ancestors(graph, asked.logits).map(({ output }) => find.get(output)!)
  const chosen = named?.map((name) => find.get(name)!) ?? all.filter(({ residual }) => residual === true)
  const isByHead = chosen.every(({ axes }) => axes.includes('h'))
  const heads = isByHead ? graph.axes['h']!.size : 1
  const [good, bad] = [engine.values({ tokens: clean }), engine.values({ tokens: corrupted })]
  const size = vocabularySize(engine)
  const read = (logits: Float32Array): number => wantedOf(asked, logits, size).value
  // All patches of one tensor are computed in one pass: each is a text of a batch, which parts from the others where it is patched.
  const patches = heads * corrupted.length
  const computation = computedInBatches(graph, patches, engine.parameters, corrupted.length)
  const tokens = Array.from({ length: patches }, () => corrupted).flat()
  const found = chosen.flatMap((tensor) => {
    const hooks = new Map([[tensor.name, patched(tensor, good.get(tensor.name)!, corrupted.length, isByHead)]])
    computation.run(inputsOf(graph.inputs, { tokens }, corrupted.length), [asked.logits], hooks)
    const logits = computation.data(asked.logits)!
    const width = logits.length / patches
    return Array.from({ length: patches }, (_, row) => read(logits.subarray(row * width, (row + 1) * width)))
  })
  const about = { clean: read(good.get(asked.logits)!), corrupted: read(bad.get(asked.logits)!) }
  const names = chosen.map(({ name }) => name)
  const along = positionsOf(pieces)
  return {
    axes: isByHead ? ['tensor', 'h', 't'] : ['tensor', 't'],
    labels: isByHead ? [names, Array.from({ length: heads }, (_, head) => String(head)), along] : [names, along],
    values: Float64Array.from(found),
    about,
  }
}

/** Puts the other run's numbers into each text of the batch, at a position of its own, and of a head of its own where they are told apart. */
function patched({ axes }: GraphTensor, other: Float32Array, length: number, isByHead: boolean): Hook {
  const [head, time] = [axes.indexOf('h'), axes.indexOf('t')]
  return (array, [, ...shape]) => {
    for (let at = 0; at < array.length; at++) {
      const row = Math.floor(at / other.length)
      const index = indexAt(at % other.length, shape)
      if (index[time] === row % length && (!isByHead || index[head] === Math.floor(row / length)))
        array[at] = other[at % other.length]!
    }
  }
}
