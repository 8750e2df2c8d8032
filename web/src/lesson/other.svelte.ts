/**
 * The run that the one at hand is compared with: the same letters without what is changed, other letters, another model of the same shape,
 * or a moment of a training. The stage shows either of the two, or how far they are apart.
 */
import { shapeText } from '../protocol/cells'
import { formatInterventions } from '../protocol/interventions'
import { valueAt, type TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Description, NextToken } from '../protocol/types'
import type { Substitute } from '../scene/stage'
import type { Address } from '../session/address'
import { formatAgainst, parseAgainst, type Against, type Moment, type Seen } from '../session/against'
import { difference } from '../session/comparison'
import { weightsWith } from '../session/changes'
import { differenceOf, gapOf, type Gap } from '../session/difference'
import { Fetched } from '../session/fetched.svelte'
import { decodeTokens, encodePrompt } from '../session/prompt'
import { Run, type Changed } from '../session/run.svelte'
import type { Session } from '../session/session.svelte'
import { untilItComes } from '../source/arriving'
import { Refusal } from '../source/refusal'
import type { Source } from '../source/source'

type Weights = ReadonlyMap<string, TensorView>

/** Whoever computes the other run, of which model. */
interface Computing {
  readonly source: Pick<Source, 'run' | 'next' | 'numbers'>
  readonly description: Description
  readonly weights: Weights
  /** What reads the tokens that the run at hand reads, and what answers what that is asked. */
  readonly reading: Run
  readonly answering: Run
}

/** Two runs, of whose numbers each belongs to the other's. */
export interface Pair {
  readonly own: Trace
  readonly other: Trace
  readonly ownWeights: Weights
  readonly otherWeights: Weights
  /** What follows in the one and in the other, and the answers as far as they are known. */
  readonly next: readonly [NextToken | null, NextToken | null]
  readonly answers: readonly [readonly NextToken[], readonly NextToken[]]
}

export class Other {
  what = $state.raw<Against | null>(null)
  /** When the comparison was begun, in milliseconds. */
  since = $state(0)
  seen = $state<Seen>('difference')
  pair = $state.raw<Pair | null>(null)
  /** Why there is nothing to compare with just now. */
  trouble = $state.raw<Refusal | null>(null)
  /** What a training on this page offers to be compared with. */
  moments = $state.raw<readonly Moment[]>([])
  /** The model that computes the other run. */
  model = $state.raw<Description | null>(null)
  readonly fetched: Fetched
  #computing: Computing | null = null
  /** What the one who computes was made for. */
  #made: readonly unknown[] = []
  /** A run that the page has computed once more, because it came from somewhere else. */
  #again: { readonly model: Description; readonly of: Trace; readonly is: Trace } | null = null
  #turn = 0

  constructor(private readonly session: Session) {
    this.fetched = new Fetched(this.#asShown())
  }

  /** The other run, as those see it that fetch numbers one by one. */
  #asShown(): ConstructorParameters<typeof Fetched>[0] {
    const { session } = this
    const computing = () => this.#computing
    const pair = () => this.pair
    return {
      get source() {
        return computing()?.source ?? session.source
      },
      get description() {
        return computing()?.description ?? null
      },
      get weights() {
        return pair()?.otherWeights ?? null
      },
      get run() {
        const run = computing()?.reading
        const trace = pair()?.other
        return run && trace ? { trace, question: run.question } : null
      },
      get tensors() {
        return session.tensors
      },
      shapeOf: (tensor) => session.shapeOf(tensor),
      numbersOf: (name) => this.#otherNumbers(name),
    }
  }

  // What is compared.

  /** Begins, or ends (null). */
  async compare(what: Against | null, seen: Seen = 'difference'): Promise<void> {
    if (what !== this.what) this.since = performance.now()
    this.what = what
    this.seen = seen
    if (what === null) this.#forget()
    await this.follow()
  }

  #forget(): void {
    this.#turn++
    this.pair = this.trouble = null
    this.#computing = null
    this.#made = []
    this.fetched.clear()
  }

  /** What of it an address says. */
  get place(): Pick<Address, 'against' | 'seen'> {
    const against = formatAgainst(this.what)
    return { against, seen: against === null || this.seen === 'difference' ? null : this.seen }
  }

  /** What an address says, which may be of another model than before. */
  async arrive({ against, seen }: Pick<Address, 'against' | 'seen'>): Promise<void> {
    const isSame = against === formatAgainst(this.what) && this.what?.kind !== 'moment'
    if (!isSame) this.#forget()
    await this.compare(isSame ? this.what : parseAgainst(against), seen ?? 'difference')
  }

  /** The reader begins, chooses what is seen, or ends: that is a place of its own. */
  async begin(what: Against, seen: Seen = 'difference'): Promise<void> {
    this.#forget()
    await this.compare(what, seen)
    this.session.record('push')
  }

  show(seen: Seen): void {
    this.seen = seen
    this.session.record('replace')
  }

  async end(): Promise<void> {
    if (this.what === null) return
    await this.compare(null)
    this.session.record('push')
    this.session.announce(this.session.i18n.t.against.ended)
  }

  /** The run at hand is another one now, or the other one is: computes what is missing. */
  async follow(): Promise<void> {
    const { what, session } = this
    const { run, description, weights } = session
    const turn = ++this.#turn
    if (what === null || !run?.trace || description === null || weights === null) return
    const [trace, step, chain] = [run.trace, run.step, run.chain]
    try {
      const own = await this.#alike(run)
      const computing = await this.#computes(what, description, weights)
      if (turn !== this.#turn) return
      const { reading, answering } = computing
      const { prompt, asked, changed } = run
      const common: Changed =
        what.kind === 'unchanged'
          ? { own: [], told: '', instead: null }
          : { own: changed.own, told: changed.told, instead: null }
      const text = what.kind === 'text' || what.kind === 'tokens' ? lettersOf(what, description) : null
      if (text === null) await reading.show(own.tokens, 0, common)
      else await reading.show(text, step, common)
      await answering.show(text ?? asked, 0, common)
      if (description.task !== null) await Promise.all([answering.foresee(), run.foresee()])
      const other = reading.trace
      if (turn !== this.#turn || other === null || run.trace !== trace || run.prompt !== prompt) return
      if (other.tokens.length !== own.tokens.length) throw this.#unlike(own, other)
      this.pair = {
        own,
        other,
        ownWeights: weightsWith(weights, run.interventions, description),
        otherWeights: weightsWith(computing.weights, reading.interventions, computing.description),
        next: [chain[step] ?? null, reading.chain[text === null ? 0 : step] ?? null],
        answers: [run.foreseen, answering.foreseen],
      }
      this.trouble = null
      this.model = computing.description
      void this.fetched.want([...session.fetched.entries.keys()])
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (turn !== this.#turn) return
      this.pair = null
      this.trouble = error
    }
  }

  /**
   * The run at hand by whoever computes the other one too: what another program computes differs in the last digit, and would seem to be
   * different everywhere.
   */
  async #alike(run: Run): Promise<Trace> {
    const trace = run.trace as Trace
    const { source, description } = this.session
    if (this.#again?.of === trace) return this.#again.is
    if (description === null || !(await source.isLocal(description.id))) return trace
    // What comes after the page has begun to compute is computed by it.
    if (this.#again?.model === description) return trace
    this.#again = { model: description, of: trace, is: await source.run(run.question) }
    return this.#again.is
  }

  #unlike(own: Trace, other: Trace): Refusal {
    const [length, expected] = [other.tokens.length, own.tokens.length]
    const sentence = `The other input has ${length} tokens and this one has ${expected}: give both the same number of tokens.`
    return new Refusal('unlike-length', sentence, { length, expected })
  }

  /** Who computes the other run; the one before, where it is the same. */
  async #computes(what: Against, description: Description, weights: Weights): Promise<Computing> {
    const made = [what, description, weights]
    if (this.#computing !== null && made.every((one, place) => one === this.#made[place])) return this.#computing
    const { session } = this
    let found = { source: session.source as Computing['source'], description, weights }
    if (what.kind === 'moment') {
      const { rehearsing } = await untilItComes(() => import('./rehearsal'))
      const taught = what.moment.weights()
      found = { source: rehearsing(description, taught), description, weights: taught }
    } else if (what.kind === 'model') {
      const model = await session.source.description(what.model)
      if (!areAlike(description, model)) throw unlikeModel(description, model)
      found = { ...found, description: model, weights: await session.source.weights(what.model) }
    }
    const run = () => new Run(found.source, found.description)
    this.#made = made
    return (this.#computing = { ...found, reading: run(), answering: run() })
  }

  // What is seen.

  readonly #differences = $derived.by(() => {
    const { pair } = this
    const found = new Map<string, TensorView>()
    if (pair === null) return found
    for (const name of this.session.tensors.keys()) {
      const [own, other] = [this.#ownNumbers(name), this.#otherNumbers(name)]
      const apart = own && other && differenceOf(own, other)
      if (apart) found.set(name, apart)
    }
    return found
  })

  #ownNumbers(name: string): TensorView | null {
    const { pair, session } = this
    return pair?.ownWeights.get(name) ?? pair?.own.tensors.get(name) ?? session.fetched.get(name) ?? null
  }

  #otherNumbers(name: string): TensorView | null {
    const { pair } = this
    return pair?.otherWeights.get(name) ?? pair?.other.tensors.get(name) ?? this.fetched.get(name) ?? null
  }

  /** Null: the run at hand is seen as it is. */
  readonly #isSeen = $derived.by(() => this.pair !== null && this.seen !== 'own')

  /** The numbers of a tensor as they are seen, the run's own where nothing is compared. */
  numbersOf(name: string): TensorView | null {
    if (!this.#isSeen) return this.session.numbersOf(name)
    return this.seen === 'other' ? this.#otherNumbers(name) : (this.#differences.get(name) ?? null)
  }

  /** What the stage shows in place of the run at hand; null: that. */
  readonly substitute: Substitute | null = $derived.by(() => {
    const { pair } = this
    if (pair === null || !this.#isSeen) return null
    if (this.seen === 'other')
      return { weights: pair.otherWeights, trace: pair.other, scaledAs: (name) => this.#ownNumbers(name) ?? undefined }
    const differences = this.#differences
    const weights = new Map([...pair.ownWeights.keys()].flatMap((name) => pairOf(name, differences.get(name))))
    return { weights, trace: { ...pair.own, tensors: differences }, scaledAs: (name) => differences.get(name) }
  })

  /** What goes in and comes out of the run that is seen, where that is not the one at hand. */
  readonly gates: Pick<Run, 'trace' | 'chain' | 'foreseen'> | null = $derived.by(() => {
    const { pair } = this
    if (pair === null || this.seen !== 'other') return null
    const next = pair.next[1]
    return { trace: pair.other, chain: next === null ? [] : [next], foreseen: pair.answers[1] }
  })

  /** One cell in both runs, and how far it is apart; null where it is not known of both. */
  valuesAt(tensor: string, index: readonly number[]): { own: number; other: number; apart: number } | null {
    const [ownNumbers, otherNumbers] = [this.#ownNumbers(tensor), this.#otherNumbers(tensor)]
    if (this.pair === null || ownNumbers === null || otherNumbers === null) return null
    const [own, other] = [valueAt(ownNumbers, index), valueAt(otherNumbers, index)]
    return own === null || other === null ? null : { own, other, apart: difference(other, own) }
  }

  /** How far each tensor is apart, in the order of computing. */
  readonly gaps: readonly Gap[] = $derived.by(() =>
    [...this.#differences].map(([name, apart]) => gapOf(name, apart, this.#ownNumbers(name) as TensorView)),
  )
}

function pairOf(name: string, view: TensorView | undefined): [string, TensorView][] {
  return view === undefined ? [] : [[name, view]]
}

function lettersOf(what: Extract<Against, { kind: 'text' | 'tokens' }>, description: Description) {
  if (what.kind === 'tokens') return what.tokens
  const read = encodePrompt(what.text, description)
  return typeof read === 'string' ? read : [...read]
}

/** Whether two models have the same tensors, of the same shapes. */
export function areAlike(one: Description, other: Description): boolean {
  const shape = ({ graph }: Description) =>
    graph.tensors.map(({ name, shape: sizes }) => `${name} ${sizes.join()}`).join()
  return other.loaded && shape(one) === shape(other)
}

function unlikeModel(own: Description, other: Description): Refusal {
  const shapes = new Map(own.graph.tensors.map((tensor) => [tensor.name, tensor]))
  const unlike = other.graph.tensors.find(({ name, shape }) => shapes.get(name)?.shape.join() !== shape.join())
  const why = unlike ? `: its ${unlike.name} is ${shapeText(unlike, unlike.shape)}` : ''
  const sentence = `${other.title} is not of the same shape as ${own.title}${why}. Choose a model with the same sizes.`
  return new Refusal('unlike-model', sentence, { model: other.title, other: own.title })
}

/** The letters of the other input, as they are written. */
export function writtenAs(what: Against, description: Description): string {
  if (what.kind === 'text') return what.text
  return what.kind === 'tokens' ? (decodeTokens(what.tokens, description.vocabulary) ?? what.tokens.join(', ')) : ''
}

/** Whether anything is changed in a run by hand. */
export function isChanged(run: Run | null): boolean {
  return run !== null && (formatInterventions(run.changed.own) !== '' || run.changed.told !== '')
}
