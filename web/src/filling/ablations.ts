/**
 * What a model can still do without each of its heads, parts and blocks, as Python's tasks/ablation.py finds it: every question is asked
 * once with its right answer behind it, many side by side, and of each change only what follows from it is computed once more.
 */
import { computedInBatches } from '../formula/batch'
import { inputsOf, type Hook } from '../formula/compute'
import type { Engine } from '../formula/engine'
import { cells } from '../formula/nodes'
import { Single } from '../formula/single'
import type { Graph, GraphOp, GraphTensor } from '../formula/types'
import { formatInterventions, type Intervention } from '../protocol/interventions'
import type { Ablations, Heads } from '../protocol/lessons'
import { firstBroken } from './consequences'
import { largestOf } from './moment'
import type { Lookup } from './tasks'

/** The kind of op by which a part's result joins what goes past it. */
const ADDITION = 'add'
/** Questions are asked so many at a time. */
const TOGETHER = 64

/** Something that can be switched off: a part of a block, the block itself, or a head of one of its parts. */
export interface Part {
  readonly block: string
  readonly part: string
  readonly head: number | null
  /** What a head writes, where it is one. */
  readonly tensor: string | null
  readonly off: readonly Intervention[]
}

/** Told how far it is, from 0 to 1. */
export type Progress = (share: number) => void

/** Which of some questions are answered rightly as the model is, and without each part, in the order of `partsOf`. */
export interface Swept {
  readonly whole: readonly boolean[]
  readonly without: readonly (readonly boolean[])[]
}

/** What was found out about some of the questions, and about those behind them, together. */
export function together(all: readonly Swept[]): Swept {
  return {
    whole: all.flatMap(({ whole }) => whole),
    without: all[0]!.without.map((_, part) => all.flatMap(({ without }) => without[part]!)),
  }
}

export function ablationsOf(engine: Engine, lookup: Lookup, { whole, without }: Swept): Ablations {
  const found = partsOf(engine.graph).map(({ block, part, head, off }, place) => {
    const right = without[place]!
    const broken = lookup.questions.filter((_, question) => whole[question] && !right[question])
    return {
      block,
      part,
      head,
      change: formatInterventions(off),
      correct: count(right),
      broken: firstBroken(engine, lookup, broken, off),
    }
  })
  return { correct: count(whole), total: whole.length, parts: found }
}

export function headsOf(engine: Engine, { whole, without }: Swept): Heads {
  const heads = partsOf(engine.graph).flatMap(({ tensor, head }, place) =>
    tensor === null || head === null ? [] : [{ tensor, head, correct: count(without[place]!) }],
  )
  return { correct: count(whole), total: whole.length, heads }
}

function count(right: readonly boolean[]): number {
  return right.filter(Boolean).length
}

/** Block by block: of each of its parts the heads, and then the part; at last the whole block. */
export function partsOf({ ops, tensors, axes }: Graph): Part[] {
  const find = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  const groupOf = (name: string): string => find.get(name)!.group ?? ''
  const added = new Map<string, GraphTensor[]>()
  for (const { kind, inputs, output } of ops) {
    const block = groupOf(output)
    if (kind !== ADDITION) continue
    const within = Object.values(inputs).filter((name) => groupOf(name).startsWith(`${block}.`))
    added.set(block, [...(added.get(block) ?? []), ...within.map((name) => find.get(name)!)])
  }
  return [...added].flatMap(([block, written]) => [
    ...written.flatMap((tensor): Part[] => {
      const part = groupOf(tensor.name)
      const heads = ops
        .filter((op) => groupOf(op.output) === part && gathers(op, find))
        .flatMap(({ output }) =>
          Array.from({ length: axes['h']!.size }, (_, head): Part => {
            const off = [zero(find.get(output)!, { h: [head, head + 1] })]
            return { block, part, head, tensor: output, off }
          }),
        )
      return [...heads, { block, part, head: null, tensor: null, off: [zero(tensor)] }]
    }),
    ...(written.length > 0
      ? [{ block, part: block, head: null, tensor: null, off: written.map((tensor) => zero(tensor)) }]
      : []),
  ])
}

function zero({ name, axes }: GraphTensor, at: Record<string, [number, number]> = {}): Intervention {
  const spans = Object.fromEntries(axes.map((axis) => [axis, at[axis] ?? null]))
  return { cells: { tensor: name, at: spans }, change: { kind: 'zero' } }
}

/** Whether each head of the op's output gathers from other positions. */
function gathers({ rule, inputs, output }: GraphOp, find: ReadonlyMap<string, GraphTensor>): boolean {
  const { axes } = find.get(output)!
  if (!axes.includes('h') || axes.includes('s')) return false
  const operands = Object.values(inputs).map((name) => find.get(name)!)
  return cells(rule).some(([, number, indices]) => {
    const { axes: read, kind } = operands[number]!
    return kind !== 'weight' && read.includes('t') && indices.includes('s') && indices[read.indexOf('t')] !== 't'
  })
}

/**
 * Asks some of the questions, those from one number up to another. The changes are tried out from the last part to the first: what one
 * has made other, the next makes anew in any case.
 */
export function sweep(
  engine: Engine,
  lookup: Lookup,
  [from, to]: readonly [number, number],
  progress: Progress = () => undefined,
): Swept {
  const { graph } = engine
  const logits = graph.outputs!.logits
  const questions = lookup.questions.slice(from, to)
  const parts = partsOf(graph)
  const [whole, without] = [[] as boolean[], parts.map(() => [] as boolean[])]
  if (questions.length === 0) return { whole, without }
  const length = questions[0]!.length + lookup.answer(questions[0]!).length - 1
  const side = Math.min(TOGETHER, questions.length)
  const computation = computedInBatches(graph, side, engine.parameters, length, Single.create())
  const changes = parts.map(changeOf)
  for (let start = 0; start < questions.length; start += side) {
    const rows = Array.from({ length: side }, (_, row) => questions[Math.min(start + row, questions.length - 1)]!)
    const answers = rows.map((question) => lookup.answer(question))
    const asked = Math.min(side, questions.length - start)
    const right = (): boolean[] => rightOf(computation.data(logits)!, rows, answers, length).slice(0, asked)
    const tokens = rows.flatMap((question, row) => [...question, ...answers[row]!.slice(0, -1)])
    computation.run(inputsOf(graph.inputs, { tokens }, length), [logits])
    whole.push(...right())
    for (let part = parts.length - 1; part >= 0; part--) {
      computation.change([logits], changes[part]!.hooks, changes[part]!.zeroed)
      without[part]!.push(...right())
    }
    progress((start + asked) / questions.length)
  }
  return { whole, without }
}

/** What a part is switched off by: tensors that are zero as a whole, or a hook where a head is. */
function changeOf({ tensor, head, off }: Part): { hooks: ReadonlyMap<string, Hook>; zeroed: ReadonlySet<string> } {
  if (tensor === null || head === null)
    return { hooks: new Map(), zeroed: new Set(off.map(({ cells }) => cells.tensor)) }
  const hook: Hook = (array, shape, { axes }) => {
    const place = axes.indexOf('h')
    const inside = shape.slice(place + 1).reduce((product, one) => product * one, 1)
    const stride = shape[place]! * inside
    for (let start = head * inside; start < array.length; start += stride) array.fill(0, start, start + inside)
  }
  return { hooks: new Map([[tensor, hook]]), zeroed: new Set() }
}

/** Of each row, whether every letter of the answer is the likeliest one after the right ones before it. */
function rightOf(
  logits: Float32Array,
  rows: readonly (readonly number[])[],
  answers: readonly (readonly number[])[],
  length: number,
): boolean[] {
  const width = logits.length / (rows.length * length)
  return rows.map((question, row) =>
    answers[row]!.every((token, step) => {
      const start = (row * length + question.length - 1 + step) * width
      return largestOf(logits.subarray(start, start + width)) === token
    }),
  )
}
