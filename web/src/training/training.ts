/**
 * A model that is taught where the page is, as Python's train/loop.py teaches it: a batch, the loss, its gradients, a step of AdamW,
 * and the average of the later steps' weights. It computes by the formulas of the graph, and is in no hurry: whoever runs it asks for
 * one step at a time.
 */
import { computedInBatches } from '../formula/batch'
import { inputsOf, type Computation } from '../formula/compute'
import { likeliest } from '../formula/sample'
import { Single } from '../formula/single'
import type { Graph } from '../formula/types'
import type { Loss } from '../protocol/types'
import { answersTo, type Answer } from './answers'
import { countOf, sequencesOf, type Recipe, type Sequences, type Teaching } from './teaching'
import { AdamW, clip } from './adamw'
import { Drawing } from './drawing'

/** How a step went: `accuracy` is the share of the batch's answers that were right in every letter before it. */
export interface Progress {
  readonly step: number
  readonly loss: number
  readonly accuracy: number
  readonly rate: number
  readonly norm: number
  /** The loss on what is never learned from, after some of the steps, where a text is learned. */
  readonly heldOut?: number
}

/** Numbers for each weight, before a step and after it. */
type Twice = readonly [before: Float32Array, after: Float32Array]

/** All that a step was made of: what it learned from, and for every weight its gradient, AdamW's averages and what became of it. */
export interface Apart {
  readonly progress: Progress
  /** What it learned from, and how each was answered before the step. */
  readonly questions: Sequences
  readonly answers: readonly Answer[]
  /** Shortened already, where it was too long. */
  readonly gradient: Float32Array
  readonly first: Twice
  readonly second: Twice
  readonly weights: Twice
}

/** How many of the questions are answered rightly, of those that may be learned from and of those that are held out. */
export interface Examined {
  readonly trained: readonly [right: number, of: number]
  readonly heldOut: readonly [right: number, of: number]
  /** Of a text, where nothing is right or wrong. */
  readonly loss?: Loss
}

/** Where each weight lies in the array of all of them. */
export interface Layout {
  readonly name: string
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
}

/** Something that can be computed for a batch of texts of one length, again and again. */
class Batched {
  readonly computation: Computation
  readonly #inputs: Graph['inputs']

  constructor(
    graph: Graph,
    weights: ReadonlyMap<string, Float32Array>,
    readonly texts: number,
    readonly positions: number,
    /** Whether to compute in single precision, as Python does. */
    isQuick = true,
  ) {
    this.#inputs = graph.inputs
    this.computation = computedInBatches(graph, texts, weights, positions, isQuick ? Single.create() : null)
  }

  run({ tokens, targets }: Sequences, keep: readonly string[]): void {
    const numbers = { tokens: tokens.flat(), targets: targets.flat() }
    this.computation.run(inputsOf(this.#inputs, numbers, this.positions), keep)
  }

  answers(logits: string, { targets }: Sequences): Answer[] {
    const data = this.computation.data(logits)!
    const size = this.computation.shape(logits).at(-1)!
    return answersTo(targets, (text, position) => {
      const place = text * this.positions + position
      return likeliest(data.subarray(place * size, (place + 1) * size))
    })
  }

  /** How surprised the model was by each text: the sum of -ln p over its targets. */
  surprises(logits: string, { targets }: Sequences): number[] {
    const data = this.computation.data(logits)!
    const size = this.computation.shape(logits).at(-1)!
    return targets.map((all, text) => {
      let surprise = 0
      for (const [position, target] of all.entries()) {
        if (target < 0) continue
        const place = text * this.positions + position
        const own = data.subarray(place * size, (place + 1) * size)
        const largest = own.reduce((most, one) => Math.max(most, one), -Infinity)
        const total = own.reduce((sum, one) => sum + Math.exp(one - largest), 0)
        surprise += largest + Math.log(total) - own[target]!
      }
      return surprise
    })
  }
}

export class Training {
  /** All weights, one behind the other; and the average of the later steps'. */
  readonly weights: Float32Array
  readonly average: Float32Array
  readonly layout: readonly Layout[]
  step = 0
  #steps: number
  /** After which step the average of the weights begins. */
  #averagedFrom: number
  readonly #gradient: Float32Array
  readonly #gradients: readonly { readonly from: string; readonly offset: number }[]
  readonly #optimiser: AdamW
  readonly #learner: Batched
  #exact: Batched | null = null
  readonly #keep: readonly string[]
  /** How the sequences of the latest batch were answered. */
  #answers: readonly Answer[] = []
  #examiner: Batched | null = null
  /** What the examiner computes with. */
  readonly #examined: Float32Array

  constructor(
    private readonly teaching: Teaching,
    readonly recipe: Recipe,
    readonly seed: number,
  ) {
    const { graph } = teaching
    this.#steps = recipe.steps
    this.#averagedFrom = averagedFrom(recipe, recipe.steps)
    const { layout, weights, decays } = begun(teaching, seed)
    this.layout = layout
    this.weights = weights
    const size = weights.length
    this.average = new Float32Array(size)
    this.#gradient = new Float32Array(size)
    this.#examined = new Float32Array(size)
    this.#optimiser = new AdamW(this.weights, recipe.betas, recipe.weight_decay, decays)
    this.#learner = this.#learns(true)
    const gradientOf = new Map(graph.tensors.map(({ name, gradient_of }) => [gradient_of, name]))
    this.#gradients = this.layout.flatMap(({ name, offset }) => {
      const from = gradientOf.get(name)
      return from === undefined ? [] : [{ from, offset }]
    })
    this.#keep = [graph.loss, graph.outputs!.logits, ...this.#gradients.map(({ from }) => from)]
  }

  #learns(isQuick: boolean): Batched {
    const { graph, taught } = this.teaching
    const positions = 'text' in taught ? taught.context : taught.tokens[0]!.length
    return new Batched(graph, this.#views(this.weights), this.recipe.batch, positions, isQuick)
  }

  #views(flat: Float32Array): Map<string, Float32Array> {
    return new Map(this.layout.map(({ name, offset, length }) => [name, flat.subarray(offset, offset + length)]))
  }

  /** Which of the sequences the step of that number learns from. */
  rowsOf(step: number): number[] {
    const random = new Drawing(this.seed, step)
    const count = countOf(this.teaching.taught)
    return Array.from({ length: this.recipe.batch }, () => Math.floor(random.uniform() * count))
  }

  #questionsOf(step: number): Sequences {
    return sequencesOf(this.teaching.taught, this.rowsOf(step))
  }

  /** One step. Throws `Diverged` where the numbers explode; the weights are then as they were before it. */
  advance(learner: Batched = this.#learner): Progress {
    const { recipe, teaching } = this
    const number = this.step + 1
    const questions = this.#questionsOf(number)
    learner.run(questions, this.#keep)
    const { computation } = learner
    const { loss, outputs } = teaching.graph
    for (const { from, offset } of this.#gradients) this.#gradient.set(computation.data(from)!, offset)
    const norm = clip(this.#gradient, recipe.clip)
    if (!Number.isFinite(norm)) throw new Diverged(number, recipe.rate)
    const rate = rateAt(recipe, number)
    this.#optimiser.step(number, this.#gradient, rate)
    this.step = number
    this.#averageIn()
    const answers = learner.answers(outputs!.logits, questions)
    this.#answers = answers
    const { reading } = teaching
    const isMeasured = reading !== undefined && (number === 1 || number % BETWEEN_MEASURES === 0)
    return {
      step: number,
      loss: computation.data(loss)![0]!,
      accuracy: answers.filter(({ isRight }) => isRight).length / answers.length,
      rate,
      norm,
      ...(isMeasured ? { heldOut: this.#surpriseBy(reading.unseen) } : {}),
    }
  }

  /** One step, taken apart: in double precision, as its terms are added up. Throws `Diverged`. */
  advanceApart(): Apart {
    const numbers = { first: this.#optimiser.first, second: this.#optimiser.second, weights: this.weights }
    const [first, second, weights] = Object.values(numbers).map((one) => one.slice()) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    const progress = this.advance((this.#exact ??= this.#learns(false)))
    return {
      progress,
      questions: this.#questionsOf(progress.step),
      answers: this.#answers,
      gradient: this.#gradient.slice(),
      first: [first, numbers.first.slice()],
      second: [second, numbers.second.slice()],
      weights: [weights, numbers.weights.slice()],
    }
  }

  /** How many steps are planned: more, while questions that may be learned from are answered wrongly. */
  get steps(): number {
    return this.#steps
  }

  /** Plans half as many steps more, averaging anew over the last of them. */
  goOn(): void {
    this.#steps = Math.ceil(1.5 * Math.max(this.#steps, this.step))
    this.#averagedFrom = Math.max(this.step, averagedFrom(this.recipe, this.#steps))
  }

  #averageIn(): void {
    const counted = this.step - this.#averagedFrom
    if (counted <= 0) return
    const { weights, average } = this
    for (let place = 0; place < weights.length; place++)
      average[place]! += (weights[place]! - average[place]!) / counted
  }

  /** The weights that the model has now: averaged, once there is an average. */
  get present(): Float32Array {
    return this.step > this.#averagedFrom ? this.average : this.weights
  }

  /** Asks every question of the task that is asked of it. */
  examine(): Examined {
    const { checked, graph, reading } = this.teaching
    const logits = graph.outputs!.logits
    const counts = { trained: [0, 0] as [number, number], heldOut: [0, 0] as [number, number] }
    if (reading !== undefined) {
      const [heldout, trained] = [reading.unseen, reading.seen].map((some) => this.#surpriseBy(some)) as [
        number,
        number,
      ]
      const { single, pairs, letters } = reading
      return { ...counts, loss: { heldout, trained, single, pairs, letters } }
    }
    for (const [place, { isRight }] of this.#ask(checked, (by, some) => by.answers(logits, some)).entries()) {
      const count = checked.held_out[place] ? counts.heldOut : counts.trained
      count[0] += Number(isRight)
      count[1] += 1
    }
    return counts
  }

  /** The loss for each letter of some rows, with the weights that the model has now. */
  #surpriseBy(rows: Sequences): number {
    const { logits } = this.teaching.graph.outputs!
    const letters = rows.targets.reduce((sum, all) => sum + all.filter((target) => target >= 0).length, 0)
    const surprises = this.#ask(rows, (by, some) => by.surprises(logits, some))
    return surprises.reduce((sum, one) => sum + one, 0) / letters
  }

  /** What is found out about each of the sequences, with the weights that the model has now. */
  #ask<Found>(all: Sequences, find: (by: Batched, some: Sequences) => readonly Found[]): Found[] {
    const { graph } = this.teaching
    const count = all.tokens.length
    this.#examiner ??= new Batched(graph, this.#views(this.#examined), TOGETHER, all.tokens[0]!.length)
    this.#examined.set(this.present)
    const found: Found[] = []
    for (let start = 0; start < count; start += TOGETHER) {
      const rows = Array.from({ length: TOGETHER }, (_, place) => Math.min(start + place, count - 1))
      const some = sequencesOf(all, rows)
      this.#examiner.run(some, [graph.outputs!.logits])
      found.push(...find(this.#examiner, some).slice(0, count - start))
    }
    return found
  }
}

/** The weights with which a training begins, one behind the other, and which of them the decay makes smaller. */
export function begun(
  { graph, starts }: Teaching,
  seed: number,
): { layout: readonly Layout[]; weights: Float32Array<ArrayBuffer>; decays: Uint8Array } {
  const layout = layoutOf(graph)
  const size = layout.reduce((sum, { length }) => sum + length, 0)
  const weights = new Float32Array(size)
  const decays = new Uint8Array(size)
  const random = new Drawing(seed)
  const named = new Map(starts.map((start) => [start.tensor, start]))
  for (const { name, offset, length } of layout) {
    const { value, deviation, decays: isDecayed } = named.get(name)!
    for (let place = offset; place < offset + length; place++)
      weights[place] = value + (deviation === 0 ? 0 : deviation * random.normal())
    if (isDecayed) decays.fill(1, offset, offset + length)
  }
  return { layout, weights, decays }
}

/** Questions are examined so many at a time. */
const TOGETHER = 64

/** After so many steps the loss on what is held out is measured again: that takes about as long as a few of them. */
const BETWEEN_MEASURES = 25

export class Diverged extends Error {
  constructor(
    readonly step: number,
    readonly rate: number,
  ) {
    super(`the gradient of step ${step} is not finite`)
  }
}

function averagedFrom({ averaged }: Recipe, steps: number): number {
  return Math.floor(steps * (1 - averaged))
}

/** The learning rate of a step, counted from 1: a straight rise, level, then falling with the root of the step. */
export function rateAt({ rate, warm_up, level }: Recipe, step: number): number {
  return rate * Math.min(1, step / warm_up, Math.sqrt(level / step))
}

function layoutOf({ tensors }: Graph): Layout[] {
  let offset = 0
  return tensors
    .filter(({ kind, gradient_of }) => kind === 'weight' && gradient_of == null)
    .map(({ name, shape }) => {
      const length = shape.reduce((product, one) => product * one, 1)
      offset += length
      return { name, shape, offset: offset - length, length }
    })
}
