/**
 * What a step speaks of: the model after it has read a question and some letters of its own answer, maybe with cells switched off or
 * changed otherwise. What Python's lessons/moment.py and facts.py know of it, computed by the page's own engine.
 */
import type { Engine } from '../formula/engine'
import type { Question } from '../formula/types'
import { formatInterventions, parseChange, type Intervention, type Span } from '../protocol/interventions'
import type { LiveIntervention } from '../protocol/compiled'
import type { Consequence } from '../protocol/lessons'
import { found, Unfit, type Known, type Numbers } from './expression'
import { FACTS, type Subject } from './facts'
import type { Lookup } from './tasks'

/** The model of a lesson: what is known of it, what computes it, and which questions a change breaks. */
export interface Model {
  readonly subject: Subject
  readonly engine: Engine
  /** What the model was taught, if it was taught a task. */
  readonly lookup: Lookup | null
  consequence(interventions: readonly Intervention[]): Consequence
}

/** A reader's question put to a model, and the moments that the steps of a chapter speak of, computed once each. */
export class Lens {
  readonly right: readonly number[] | null
  readonly answerLength: number
  readonly #moments = new Map<string, Moment>()
  readonly #written = new Map<string, readonly number[]>()

  constructor(
    readonly model: Model,
    readonly question: readonly number[],
  ) {
    this.answerLength = model.subject.task?.answer_length ?? 0
    this.right = model.lookup?.answer(question) ?? null
  }

  run(tokens: readonly number[], off: readonly Intervention[]): Question {
    return { tokens, interventions: possibleAt(off, this.model.engine, tokens.length) }
  }

  moment(generated: number, off: readonly LiveIntervention[] = []): Moment {
    const plain = off.length === 0 ? null : this.moment(generated)
    return this.#moment(
      generated,
      off.map(({ cells, change }) => {
        const { tensor, axes, spans } = found(cells, plain!, [])
        const parsed = parseChange(change)
        if (parsed === null) throw new Unfit(`${change} is no change`)
        const at = Object.fromEntries(axes.map((axis, place) => [axis, spans[place] ?? null]))
        return { cells: { tensor, at }, change: parsed }
      }),
    )
  }

  #moment(generated: number, off: readonly Intervention[]): Moment {
    const key = `${generated} ${formatInterventions(off)}`
    const known = this.#moments.get(key) ?? new Moment(this, generated, off)
    this.#moments.set(key, known)
    return known
  }

  /** The first tokens of the answer, each the likeliest one, written with these interventions. */
  written(count: number, off: readonly Intervention[]): readonly number[] {
    const key = formatInterventions(off)
    let written = this.#written.get(key) ?? []
    while (written.length < count) {
      if (this.question.length + written.length > this.model.subject.context) throw new Unfit('the answer is too long')
      written = [...written, likeliestToken(this.model.engine, this.run([...this.question, ...written], off))]
    }
    this.#written.set(key, written)
    return written.slice(0, count)
  }

  /** The moment that a step shows: of the reader's question, or of one that its changes break, if there is any. */
  shown(generated: number, off: readonly LiveIntervention[], isBroken: boolean): Moment {
    const moment = this.moment(generated, off)
    return (isBroken ? moment.broken : null) ?? moment
  }
}

export class Moment implements Known {
  readonly own: Moment
  readonly tokens: readonly number[]
  readonly onPage = true
  readonly letters: readonly string[]
  readonly #tensors = new Map<string, Numbers>()
  #broken: Moment | null | undefined
  #consequence: Consequence | undefined

  constructor(
    readonly lens: Lens,
    readonly generated: number,
    readonly off: readonly Intervention[],
    own?: Moment,
  ) {
    this.own = own ?? this
    this.tokens = [...lens.question, ...lens.written(generated, off)]
    this.letters = lens.model.subject.vocabulary ?? []
  }

  get last(): number {
    return this.tokens.length - 1
  }

  get answer(): number {
    return this.lens.question.length - 1
  }

  shape(tensor: string): readonly number[] {
    return shapeAt(this.lens.model.engine, tensor, this.tokens.length)
  }

  values(tensor: string): Numbers {
    if (this.#tensors.size === 0) this.#take()
    if (!this.#tensors.has(tensor)) this.#take([tensor])
    return this.#tensors.get(tensor)!
  }

  #take(keep?: readonly string[]): void {
    const { buffer, index } = this.lens.model.engine.run(this.lens.run(this.tokens, this.off), keep)
    for (const [name, { shape, offset }] of Object.entries(index)) {
      const size = shape.reduce((product, length) => product * length, 1)
      this.#tensors.set(name, { shape, data: new Float32Array(buffer, 4 * offset, size) })
    }
  }

  fact(name: string): number | string | boolean {
    const size = /^size\.(.*)$/.exec(name)?.[1]
    if (size !== undefined) return this.lens.model.engine.graph.axes[size]?.size ?? NaN
    return FACTS[name]?.(this) ?? NaN
  }

  /** The tokens of the whole answer. */
  get written(): readonly number[] {
    return this.lens.written(this.lens.answerLength, this.off)
  }

  get isCorrect(): boolean {
    return same(this.written, this.lens.right)
  }

  /**
   * The same of a question that is answered rightly, but wrongly with these changes: of the reader's own, or else of the first such that
   * there is.
   */
  get broken(): Moment | null {
    if (this.#broken === undefined) this.#broken = this.#findBroken()
    return this.#broken
  }

  #findBroken(): Moment | null {
    const { lens, off, generated } = this
    if (off.length === 0 || lens.model.subject.task === null) return null
    if (!this.isCorrect && same(lens.written(lens.answerLength, []), lens.right)) return this
    const question = this.consequence.broken
    return question === null ? null : new Moment(new Lens(lens.model, question), generated, off, this)
  }

  /** What the changes do to all questions. */
  get consequence(): Consequence {
    return (this.#consequence ??= this.lens.model.consequence(this.off))
  }

  /** What training makes small, for this question with its right answer; not a number where none is known. */
  get loss(): number {
    const { lens, off, answer } = this
    const { engine } = lens.model
    if (lens.right === null || engine.graph.outputs === null) return NaN
    const { logits, largest, total } = engine.graph.outputs
    const tokens = [...lens.question, ...lens.right.slice(0, -1)]
    const { buffer, index } = engine.run(lens.run(tokens, off), [logits, largest, total])
    const at = (name: string, offset: number): number =>
      new Float32Array(buffer, 4 * (index[name]!.offset + offset), 1)[0]!
    const width = index[logits]!.shape[1]!
    const logarithms = lens.right.map((token, step) => {
      const place = answer + step
      return at(logits, place * width + token) - at(largest, place) - Math.log(at(total, place))
    })
    return -logarithms.reduce((sum, one) => sum + one, 0) / logarithms.length
  }
}

function same(one: readonly number[], other: readonly number[] | null): boolean {
  return other !== null && one.join() === other.join()
}

/** The likeliest token after a text. */
export function likeliestToken(engine: Engine, question: Question): number {
  const logits = engine.graph.outputs?.logits
  if (logits === undefined) throw new Unfit('the model writes nothing')
  const { buffer, index } = engine.run(question, [logits])
  const { shape, offset } = index[logits]!
  const [positions, width] = shape as [number, number]
  return largestOf(new Float32Array(buffer, 4 * (offset + (positions - 1) * width), width))
}

/** The place of the first of the largest numbers. */
export function largestOf(numbers: ArrayLike<number>): number {
  let largest = 0
  for (let place = 1; place < numbers.length; place++) if (numbers[place]! > numbers[largest]!) largest = place
  return largest
}

/** The lengths of a tensor's axes for so many tokens. */
function shapeAt({ graph }: Engine, name: string, positions: number): readonly number[] {
  const tensor = graph.tensors.find((one) => one.name === name)
  if (tensor === undefined) throw new Unfit(`there is no tensor ${name}`)
  return tensor.axes.map((axis, place) =>
    graph.axes[axis]!.grows && tensor.kind !== 'weight' ? positions : tensor.shape[place]!,
  )
}

/** Those that a run over so many tokens has cells for, without the cells that only a longer text has. */
export function possibleAt(
  interventions: readonly Intervention[],
  engine: Engine,
  positions: number,
): readonly Intervention[] {
  return interventions.flatMap(({ cells: { tensor, at }, change }) => {
    const shape = shapeAt(engine, tensor, positions)
    const spans = Object.entries(at).map(([axis, span], place): [string, Span | null] => [
      axis,
      span && [span[0], Math.min(span[1], shape[place]!)],
    ])
    const isThere = spans.every(([, span]) => span === null || span[0] < span[1])
    return isThere ? [{ cells: { tensor, at: Object.fromEntries(spans) }, change }] : []
  })
}
