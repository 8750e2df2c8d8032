/**
 * What the model has computed: the prompt, the tokens generated after it one by one, and the trace of the forward pass
 * that predicts the next. The trace shown is always the pass that made, or is about to make, the token in focus.
 */
import { formatInterventions, parseInterventions, type Intervention } from '../protocol/interventions'
import type { Question, Source } from '../source/source'
import type { Trace } from '../protocol/trace'
import type { Description, NextToken } from '../protocol/types'
import { possibleAt } from './changes'

const KEPT_TRACES = 24
/** What takes longer than so many milliseconds is told of while it lasts. */
const SLOW = 400

/** One forward pass: how many tokens have been generated before, its numbers, and the token that it chooses, if there is one to come. */
export interface Pass {
  step: number
  trace: Trace
  next: NextToken | null
}

/** What is changed in a run. */
export interface Changed {
  /** What the reader changes: in every pass, as far as that has such cells. */
  readonly own: readonly Intervention[]
  /** What a step of the tour changes besides, as docs/protocol.md spells it. */
  readonly told: string
  /** The question that such a step asks in place of the prompt; null: the prompt. */
  readonly instead: readonly number[] | null
}

const NOTHING_CHANGED: Changed = { own: [], told: '', instead: null }

/** Whether two runs of a text are changed alike. */
export function areSame(one: Changed, other: Changed): boolean {
  return one.own === other.own && one.told === other.told && one.instead?.join() === other.instead?.join()
}

export class Run {
  prompt = $state.raw<readonly number[]>([])
  /** The prompt as it was written, where it was asked as a text. */
  text = $state<string | null>(null)
  /** How many tokens of the answer have been generated. */
  step = $state(0)
  /** The distribution that each token of the answer is taken from; one more than `step` while there is one to come. */
  chain = $state.raw<readonly NextToken[]>([])
  trace = $state.raw<Trace | null>(null)
  /** The distributions of the whole answer, where the model's task says how long that is; empty until they are here. */
  foreseen = $state.raw<readonly NextToken[]>([])
  changed = $state.raw(NOTHING_CHANGED)
  /** Whether something is under way that takes its time: what is shown is still what was asked for before. */
  slow = $state(false)
  /** The step last asked for, which `step` reaches as soon as it is computed: keys pressed quickly all count. */
  wanted = 0
  /** The prompt last asked for, which `prompt` becomes as soon as it is computed: what is done meanwhile is done with it. */
  coming: readonly number[] | string = []

  #description: Description
  #traces = new Map<string, Trace>()
  #chains = new Map<string, readonly NextToken[]>()
  #pending: AbortController | null = null
  #shown: Promise<boolean> = Promise.resolve(true)

  constructor(
    private readonly source: Pick<Source, 'run' | 'next'>,
    description: Description,
  ) {
    this.#description = description
  }

  /** Computes what is shown once more, after what is under way, with a model that may have changed meanwhile. */
  async renew(description: Description): Promise<void> {
    await this.#shown.catch(() => false)
    this.#description = description
    this.#traces.clear()
    this.#chains.clear()
    await this.show(this.coming, this.wanted, this.changed)
  }

  /** How many tokens can be generated after a prompt: what the task asks for, or what the context leaves room for. */
  answerLength(prompt: readonly number[] = this.prompt): number {
    const { task, context } = this.#description
    const room = Math.max(0, context - prompt.length + 1)
    return task === null ? room : Math.min(task.answer_length, room)
  }

  readonly finished = $derived.by(
    () => this.prompt.length > 0 && (this.step >= this.answerLength() || this.#isEnded(this.chain.slice(0, this.step))),
  )

  /** The question that is shown: the prompt, unless a step of the tour asks another. */
  readonly asked: readonly number[] = $derived.by(() => this.changed.instead ?? this.prompt)

  /** The tokens that the model reads in the pass shown. */
  readonly inputs = $derived.by(() => this.trace?.tokens ?? [])

  /** What the pass shown is computed from. */
  readonly question: Question = $derived.by(() => this.#asked(this.inputs, this.changed))

  /** What is changed in the pass shown. */
  readonly interventions: readonly Intervention[] = $derived.by(() => {
    const { tensors } = this.#description.graph
    return parseInterventions(this.question.change, (name) => tensors.find((tensor) => tensor.name === name)) ?? []
  })

  /** The tokens of the answer so far. */
  readonly answer = $derived.by(() => this.chain.slice(0, this.step).map(({ chosen }) => chosen))

  /**
   * Computes and shows a prompt with so many tokens of its answer. What is shown stays until all of it has arrived; a later
   * call takes the place of an earlier one that is still under way. Returns false when that happened. What the reader changes stays as
   * it is, and nothing else is changed, where nothing is said about it.
   */
  show(prompt: readonly number[] | string, step: number, changed: Partial<Changed> = {}): Promise<boolean> {
    this.#pending?.abort()
    const pending = (this.#pending = new AbortController())
    this.wanted = step
    this.coming = prompt
    const { own = this.changed.own, told = '', instead = null } = changed
    const timer = setTimeout(() => (this.slow = true), SLOW)
    this.#shown = this.#compute(prompt, step, { own, told, instead }, pending.signal).finally(() => {
      clearTimeout(timer)
      if (this.#pending === pending) this.slow = false
    })
    return this.#shown
  }

  /** The prompt as whoever computes it writes it. */
  async readBack(): Promise<string> {
    const { pieces, text } = await this.#traceOf(this.prompt, this.changed, new AbortController().signal)
    return text ?? pieces.join('')
  }

  /** The passes from the one shown to the one that completes the answer, at most so many. */
  async passes(most: number): Promise<Pass[]> {
    const { asked: prompt, changed, step } = this
    const { signal } = new AbortController()
    const last = Math.min(this.answerLength(), step + most)
    const chain = await this.#chainFor(prompt, Math.max(0, last - 1), changed, signal)
    const passes: Pass[] = []
    for (let at = step; at < Math.max(last, step + 1); at++) {
      const trace = await this.#traceOf(this.#inputsAt(prompt, chain, at), changed, signal)
      if (at > chain.length) break
      passes.push({ step: at, trace, next: chain[at] ?? null })
    }
    return passes
  }

  /** Computes the whole answer of a model that has a task, whatever of it is shown. */
  async foresee(): Promise<void> {
    const { asked: prompt, changed } = this
    if (this.#description.task === null || prompt.length === 0) return
    const chain = await this.#chainFor(prompt, this.answerLength() - 1, changed, new AbortController().signal)
    if (this.asked === prompt && areSame(this.changed, changed)) this.foreseen = chain
  }

  async #compute(
    prompt: readonly number[] | string,
    step: number,
    changed: Changed,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      // How long a text is, and so which cells it has to be changed, is known once it has been read.
      const read = typeof prompt === 'string' ? await this.#traceOf(prompt, NOTHING_CHANGED, signal) : null
      const own = read?.tokens ?? (prompt as readonly number[])
      const tokens = changed.instead ?? own
      const length = Math.min(step, this.answerLength(tokens))
      // The pass over the question alone needs not wait for the answer.
      const [chain, first] = await Promise.all([
        this.#chainFor(tokens, length, changed, signal),
        length === 0 ? this.#traceOf(this.#inputsAt(tokens, [], 0), changed, signal) : null,
      ])
      const reached = Math.min(length, chain.length)
      const trace = first ?? (await this.#traceOf(this.#inputsAt(tokens, chain, reached), changed, signal))
      if (signal.aborted) return false
      if (!areSame(changed, this.changed) || own.join() !== this.prompt.join()) this.foreseen = []
      this.changed = changed
      if (typeof prompt === 'string') this.text = prompt
      else if (prompt.join() !== this.prompt.join()) this.text = null
      this.prompt = this.coming = own
      this.step = this.wanted = reached
      this.chain = chain
      this.trace = trace
      return true
    } catch (error) {
      if (signal.aborted) return false
      this.wanted = this.step
      this.coming = this.prompt
      throw error
    }
  }

  #asked(prompt: Question['prompt'], { own, told }: Changed): Question {
    const possible = formatInterventions(possibleAt(own, this.#description, prompt.length))
    return { model: this.#description.id, prompt, change: [possible, told].filter((each) => each !== '').join(';') }
  }

  /** The context is full before the last token is: what is generated last is never read. */
  #inputsAt(prompt: readonly number[], chain: readonly NextToken[], step: number): number[] {
    const generated = chain.slice(0, step).map(({ chosen }) => chosen.token)
    return [...prompt, ...generated].slice(0, this.#description.context)
  }

  /** The distributions of the answer's tokens as far as `step`, and of the one after it. */
  async #chainFor(
    prompt: readonly number[],
    step: number,
    changed: Changed,
    signal: AbortSignal,
  ): Promise<readonly NextToken[]> {
    const key = [prompt.join(), formatInterventions(changed.own), changed.told].join(' ')
    let chain = this.#chains.get(key) ?? []
    const wanted = Math.min(step + 1, this.answerLength(prompt))
    while (chain.length < wanted && !this.#isEnded(chain)) {
      const inputs = this.#inputsAt(prompt, chain, chain.length)
      chain = [...chain, await this.source.next(this.#asked(inputs, changed), {}, signal)]
    }
    remember(this.#chains, key, chain)
    return chain
  }

  /** Whether the text ends with the last of these. */
  #isEnded(chain: readonly NextToken[]): boolean {
    return this.#description.ends.includes(chain.at(-1)?.chosen.token ?? -1)
  }

  async #traceOf(prompt: readonly number[] | string, changed: Changed, signal: AbortSignal): Promise<Trace> {
    const question = this.#asked(prompt, changed)
    const kept = typeof prompt === 'string' ? undefined : this.#traces.get(prompt.join() + question.change)
    const trace = kept ?? (await this.source.run(question, signal))
    remember(this.#traces, trace.tokens.join() + question.change, trace)
    return trace
  }
}

/** Keeps the latest few. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  const oldest = map.keys().next()
  if (map.size > KEPT_TRACES && !oldest.done) map.delete(oldest.value)
}
