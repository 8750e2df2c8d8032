/**
 * The model computed in the page: runs, interventions, explanations, next tokens and chapters of lessons come from a worker that holds
 * the model's graph and weights. Everything else, and every question that the worker cannot answer, is passed on to another source. So
 * typing a letter, generating and taking numbers apart ask a server nothing, and go on while it is gone.
 */
import type { NextResult, RunResult } from '../formula/engine'
import type { Question as Asked } from '../formula/types'
import { RemoteEngine, type Filling } from '../filling/remote'
import { isKnown } from '../filling/tasks'
import type { Compiled } from '../protocol/compiled'
import { parseInterventions, type Change, type Intervention } from '../protocol/interventions'
import type { Ablations, Chapter, Consequence, Heads, Questions } from '../protocol/lessons'
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Description, Explanation, NextToken, Why } from '../protocol/types'
import { NOT_FILLED_IN, ONLY_HERE, Refusal } from './refusal'
import type { Asked as Wanted, Cell, Following, Question, Sampling, Source } from './source'
import type { Needed } from './sweeping'
import { thread } from './thread'

/** Larger models are computed where they are stored: a pass in the page would take too long. */
export const MOST_NUMBERS = 1_000_000
/** How many models are held at once, each by a worker of its own. */
const MOST_MODELS = 4
/** How many of the likeliest tokens are listed, as docs/protocol.md says. */
const CANDIDATES = 100
const AGAIN_DELAY = 2000
/** A chapter that was filled in elsewhere is filled in here from then on; what that takes is asked for when the page is there. */
const PREPARING_DELAY = 1000

interface Held {
  readonly description: Description
  readonly engine: RemoteEngine
  readonly weights: ReadonlyMap<string, Float32Array>
}

/** What is asked about a run. */
export type About = 'run' | 'explain' | 'next' | 'why'

/** A source that computes nothing, and has what is asked about a few runs. */
export interface Store extends Source {
  holds(question: Question, about: About): boolean
}

/**
 * Computes small models where the page is. Of larger ones, and until a worker is ready, the store answers what it holds. No worker is
 * started before the page stands where it begins, unless it waits for one.
 */
export function computedHere(store: Store, standing: Promise<void>): Source {
  return new Local(store, (...asked) => store.holds(...asked), standing)
}

class Local implements Source {
  readonly #descriptions = new Map<string, Description>()
  readonly #held = new Map<string, Held>()
  /** The models whose weights have been asked for, and whether they are computed here, as soon as that is decided. */
  readonly #decided = new Map<string, Promise<boolean>>()
  /** What is to be filled in, and what changes do to the models. */
  readonly #compiled = new Once<Compiled>()
  readonly #consequences = new Once<Consequence | null>()
  readonly #questions = new Once<Questions | null>()
  /** What the parts of a model are needed for that nobody else has. */
  readonly #needed = new Once<Needed>()
  /** Resolves when workers may be started. */
  readonly #free: Promise<void>
  #want: () => void = () => undefined

  constructor(
    private readonly other: Source,
    /** Whether the other source can answer. */
    private readonly isKnownThere: (question: Question, about: About) => boolean,
    /** What a worker would be in the way of, unless it is wanted at once. */
    private readonly standing: Promise<void>,
  ) {
    this.#free = Promise.race([standing, new Promise<void>((resolve) => (this.#want = resolve))])
  }

  async description(model: string): Promise<Description> {
    const description = await this.other.description(model)
    // Nothing is kept of a model that is computed elsewhere: the description of a large one takes megabytes.
    if (isReadHere(description)) this.#descriptions.set(model, description)
    return description
  }

  async weights(model: string): Promise<ReadonlyMap<string, TensorView>> {
    const arriving = this.other.weights(model)
    const decided = arriving.then((weights) => this.#begin(model, weights))
    this.#decided.set(
      model,
      decided.catch(() => false),
    )
    return await arriving
  }

  async #begin(model: string, weights: ReadonlyMap<string, TensorView>): Promise<boolean> {
    const description = this.#descriptions.get(model)
    this.#held.get(model)?.engine.close()
    this.#held.delete(model)
    this.#compiled.forget()
    this.#consequences.forget()
    this.#questions.forget()
    this.#needed.forget()
    if (!description || !isSmall(weights)) return false
    const hold = (): Promise<boolean> => this.#hold(description, weights)
    await this.#free
    // A worker whose program could not be fetched just now is tried once more.
    return (await hold()) || (await later(AGAIN_DELAY, hold))
  }

  async isLocal(model: string): Promise<boolean> {
    this.#want()
    return (await this.#decided.get(model)) ?? false
  }

  async #hold(description: Description, weights: ReadonlyMap<string, TensorView>): Promise<boolean> {
    const engine = new RemoteEngine(thread())
    const numbers = new Map([...weights].map(([name, { data }]) => [name, data as Float32Array]))
    try {
      await engine.load(description.graph, numbers)
    } catch {
      // The other source answers, as it does until a worker is ready.
      engine.close()
      return false
    }
    // Weights asked for once more in the meantime have a worker of their own.
    if (this.#held.has(description.id) || this.#descriptions.get(description.id) !== description) engine.close()
    else this.#keep({ description, engine, weights: numbers })
    return this.#held.has(description.id)
  }

  /** The latest few; of an earlier one the other source answers again, until its weights are asked for once more. */
  #keep(held: Held): void {
    this.#held.set(held.description.id, held)
    const [oldest] = this.#held.keys()
    if (this.#held.size <= MOST_MODELS || oldest === undefined) return
    this.#held.get(oldest)?.engine.close()
    for (const known of [this.#held, this.#decided, this.#descriptions]) known.delete(oldest)
  }

  run(question: Question, signal?: AbortSignal): Promise<Trace> {
    return this.#answer(
      'run',
      question,
      async (engine, asked, description) => traceOf(await engine.run(asked), asked.tokens, description),
      () => this.other.run(question, signal),
    )
  }

  explain(question: Question, cell: Cell, signal?: AbortSignal): Promise<Explanation> {
    return this.#answer(
      'explain',
      question,
      async (engine, asked) => await engine.explain(asked, cell.tensor, cell.index),
      () => this.other.explain(question, cell, signal),
    )
  }

  next(question: Question, sampling: Sampling = {}, signal?: AbortSignal): Promise<NextToken> {
    return this.#answer(
      'next',
      question,
      async (engine, asked, description) => tokenOf(await engine.next(asked, sampling), asked.tokens, description),
      () => this.other.next(question, sampling, signal),
    )
  }

  /** Of what has no residual stream, the other source says what there is to say. */
  async why(question: Question, asked: Wanted): Promise<Why> {
    const there = (): Promise<Why> => this.other.why(question, asked)
    return await this.#answer(
      'why',
      question,
      async (engine, run, { vocabulary }) => (await engine.why({ ...asked, ...run, vocabulary })) ?? (await there()),
      there,
    )
  }

  heads(model: string, following: Following = {}): Promise<Heads> {
    return this.#unlessOnlyHere(this.other.heads(model), async () => (await this.#neededFor(model, following)).heads)
  }

  ablations(model: string, following: Following = {}): Promise<Ablations> {
    return this.#unlessOnlyHere(
      this.other.ablations(model),
      async () => (await this.#neededFor(model, following)).ablations,
    )
  }

  /** What nobody else has the weights for is found out here. */
  async #unlessOnlyHere<Answer>(there: Promise<Answer>, here: () => Promise<Answer>): Promise<Answer> {
    try {
      return await there
    } catch (error) {
      if (error instanceof Refusal && error.code === ONLY_HERE) return await here()
      throw error
    }
  }

  async #neededFor(model: string, following: Following): Promise<Needed> {
    await this.isLocal(model)
    const held = this.#held.get(model)
    const task = held?.description.task
    if (!held || !task) throw new Refusal(ONLY_HERE, `${model} has no task whose questions could be asked.`, { model })
    return await this.#needed.get(model, async () => {
      const told = isKnown(task) ? null : await this.#questions.get(model, () => this.other.questions(model))
      const { neededFor } = await import('./sweeping')
      return await neededFor(held.description, held.weights, task, told, following)
    })
  }

  async chapter(language: string, slug: string, question: Question, signal?: AbortSignal): Promise<Chapter> {
    const isPrepared = this.#compiled.has(chapterKey(language, slug, question.model))
    const here = isPrepared ? await this.#filled(language, slug, question) : null
    if (here !== null) return here
    try {
      return await this.other.chapter(language, slug, question, signal)
    } catch (error) {
      const isHere = error instanceof Refusal && error.code === NOT_FILLED_IN && (await this.isLocal(question.model))
      const filled = isHere ? await this.#filled(language, slug, question) : null
      if (filled === null) throw error
      return filled
    } finally {
      if (!isPrepared) {
        const prepare = (): void => void this.#prepare(language, slug, question.model)
        void this.standing.then(() => setTimeout(prepare, PREPARING_DELAY))
      }
    }
  }

  /** The chapter by the worker; null where it cannot fill it in: the other source can, or says why nobody can. */
  async #filled(language: string, slug: string, { model, prompt, change }: Question): Promise<Chapter | null> {
    const length = this.#descriptions.get(model)?.task?.length
    const found = this.#mine({ model, prompt: prompt.slice(0, length), change })
    if (found === null || found.asked.tokens.length !== (length ?? prompt.length)) return null
    const { description, engine } = found.held
    if (change !== '') return null
    const prepared = await this.#prepared(language, slug, model)
    try {
      return await engine.fill({ ...prepared, subject: subjectOf(description), question: found.asked.tokens })
    } catch {
      return null
    }
  }

  async #prepared(
    language: string,
    slug: string,
    model: string,
  ): Promise<Pick<Filling, 'chapter' | 'consequences' | 'told'>> {
    const key = chapterKey(language, slug, model)
    const chapter = await this.#compiled.get(key, () => this.other.compiled(language, slug, model))
    const known = chapter.changes.map((change) =>
      this.#consequences.get(`${model} ${change}`, () => refusedAsNull(this.other.consequence(model, change))),
    )
    const task = this.#descriptions.get(model)?.task ?? null
    const told =
      task === null || isKnown(task)
        ? null
        : this.#questions.get(model, () => refusedAsNull(this.other.questions(model)))
    const consequences = (await Promise.all(known)).filter((one) => one !== null)
    return { chapter, consequences, told: await told }
  }

  /** So that nothing is to be asked any more when the reader changes a letter. */
  async #prepare(language: string, slug: string, model: string): Promise<void> {
    if (!(await this.isLocal(model))) return
    await refusedAsNull(this.#prepared(language, slug, model))
    // A worker that is closed meanwhile, with its page, needs to be prepared for nothing.
    await this.#held
      .get(model)
      ?.engine.prepare()
      .catch(() => undefined)
  }

  /** What the worker says, or the other source where it cannot. */
  async #answer<Answer>(
    about: About,
    question: Question,
    here: (engine: RemoteEngine, asked: Asked, description: Description) => Promise<Answer>,
    there: () => Promise<Answer>,
  ): Promise<Answer> {
    await this.#readyFor(question, about)
    const found = this.#mine(question)
    if (found === null) return await there()
    const { held, asked } = found
    try {
      return await here(held.engine, asked, held.description)
    } catch (error) {
      if (this.#held.get(question.model) === held) throw error
      // It was closed meanwhile, for one with weights that were asked for anew.
      return await this.#answer(about, question, here, there)
    }
  }

  /** Waits for the worker where nobody else can answer. */
  async #readyFor(question: Question, about: About): Promise<void> {
    if (!this.#held.has(question.model) && !this.isKnownThere(question, about)) await this.isLocal(question.model)
  }

  /** The worker for a question, and the question as it takes it; null for what only the other source can answer, or refuse in a sentence. */
  #mine({ model, prompt, change }: Question): { held: Held; asked: Asked } | null {
    const held = this.#held.get(model)
    if (held === undefined || typeof prompt === 'string') return null
    const { description } = held
    const tensors = new Map(description.graph.tensors.map((tensor) => [tensor.name, tensor]))
    const interventions = parseInterventions(change, (name) => tensors.get(name))
    if (!isReadable(prompt, description) || !interventions?.every((one) => fits(one, description, prompt))) return null
    return { held, asked: { tokens: prompt, interventions } }
  }

  get workshop(): Source['workshop'] {
    return this.other.workshop
  }

  hasChanged: Source['hasChanged'] = (model) => this.other.hasChanged(model)
  readAgain: Source['readAgain'] = (model) => this.other.readAgain(model)
  picture: Source['picture'] = (...asked) => this.other.picture(...asked)
  python: Source['python'] = (...asked) => this.other.python(...asked)
  numbers: Source['numbers'] = (...asked) => this.other.numbers(...asked)
  watch: Source['watch'] = (changed) => this.other.watch(changed)
  models: Source['models'] = () => this.other.models()
  lessons: Source['lessons'] = (model) => this.other.lessons(model)
  compiled: Source['compiled'] = (...asked) => this.other.compiled(...asked)
  consequence: Source['consequence'] = (...asked) => this.other.consequence(...asked)
  questions: Source['questions'] = (model) => this.other.questions(model)
  glossary: Source['glossary'] = (language) => this.other.glossary(language)
  reading: Source['reading'] = (...asked) => this.other.reading(...asked)
  descent: Source['descent'] = (...asked) => this.other.descent(...asked)
  teaching: Source['teaching'] = (model) => this.other.teaching(model)
  training: Source['training'] = (...asked) => this.other.training(...asked)
  weightsInTraining: Source['weightsInTraining'] = (...asked) => this.other.weightsInTraining(...asked)
}

/** Answers that are asked for once; one that does not come is asked for again. */
class Once<Answer> {
  readonly #asked = new Map<string, Promise<Answer>>()

  get(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#asked.get(key) ?? ask()
    this.#asked.set(key, known)
    known.catch(() => this.#asked.delete(key))
    return known
  }

  has(key: string): boolean {
    return this.#asked.has(key)
  }

  forget(): void {
    this.#asked.clear()
  }
}

function chapterKey(language: string, slug: string, model: string): string {
  return `${model} ${language} ${slug}`
}

async function refusedAsNull<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

/** What the lessons say of a model, without what its worker holds already. */
function subjectOf(description: Description): Filling['subject'] {
  const { name, parameters, context, sizes, training, task, vocabulary, accuracy } = description
  return { name, parameters, context, sizes, training, task, vocabulary, accuracy }
}

function later(delay: number, begin: () => Promise<boolean>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    setTimeout(() => void begin().then(resolve, reject), delay)
  })
}

/** Whether the page can tell the tokens of a small model as the model does: only its tokenizer knows how text is put together. */
function isReadHere({ loaded, parameters, asked_in, vocabulary }: Description): boolean {
  const isWritten = asked_in === 'numbers' || (asked_in === 'letters' && vocabulary !== null)
  return loaded && parameters <= MOST_NUMBERS && isWritten
}

function isSmall(weights: ReadonlyMap<string, TensorView>): boolean {
  const count = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0)
  return count > 0 && count <= MOST_NUMBERS
}

function isReadable(tokens: readonly number[], { graph, context }: Description): boolean {
  const words = graph.axes['v']?.size ?? 0
  return tokens.length > 0 && tokens.length <= context && tokens.every((token) => token >= 0 && token < words)
}

/** Whether an intervention can be done here to a run over these tokens. */
function fits({ cells, change }: Intervention, description: Description, tokens: readonly number[]): boolean {
  const { graph } = description
  const tensor = graph.tensors.find(({ name }) => name === cells.tensor)
  if (tensor === undefined || (tensor.kind === 'input' && !isInput(change, cells.tensor, description))) return false
  if (change.kind === 'mean along' && !change.axes.every((axis) => tensor.axes.includes(axis))) return false
  const grows = (axis: string): boolean => graph.axes[axis]?.grows === true && tensor.kind !== 'weight'
  // What is taken from another text must be there; that may well be longer.
  const needed = Math.max(0, ...tensor.axes.filter(grows).map((axis) => cells.at[axis]?.[1] ?? tokens.length))
  const texts = change.kind === 'from' ? [change.tokens] : change.kind === 'mean over' ? change.texts : []
  if (!texts.every((text) => text.length >= needed && isReadable(text, description))) return false
  return tensor.axes.every((axis, place) => {
    const span = cells.at[axis] ?? null
    return span === null || span[1] <= (grows(axis) ? tokens.length : (tensor.shape[place] ?? 0))
  })
}

/** Whether what changes an input leaves a number there that stands for something. */
function isInput(change: Change, tensor: string, { graph, context }: Description): boolean {
  if (change.kind !== 'set') return change.kind === 'from' || change.kind === 'freeze'
  const most = tensor === graph.inputs.tokens ? graph.axes['v']?.size : context
  return Number.isInteger(change.number) && change.number >= 0 && change.number < (most ?? 0)
}

function traceOf({ buffer, index }: RunResult, tokens: readonly number[], description: Description): Trace {
  return { tokens, pieces: tokens.map((token) => pieceOf(token, description)), tensors: tensorsOf({ buffer, index }) }
}

/** The tensors of a run. */
export function tensorsOf({ buffer, index }: RunResult): Map<string, TensorView> {
  const tensors = new Map<string, TensorView>()
  for (const [name, { shape, offset }] of Object.entries(index)) {
    const size = shape.reduce((product, length) => product * length, 1)
    tensors.set(name, { shape, data: new Float32Array(buffer, 4 * offset, size) })
  }
  return tensors
}

export function tokenOf(
  { token, probabilities, kept, logits }: NextResult,
  tokens: readonly number[],
  description: Description,
): NextToken {
  const order = [...probabilities.keys()].sort((one, other) => probabilities[other]! - probabilities[one]!)
  return {
    tokens: [...tokens],
    chosen: { token, text: pieceOf(token, description), probability: probabilities[token]! },
    distribution: order.slice(0, CANDIDATES).map((candidate) => ({
      token: candidate,
      text: pieceOf(candidate, description),
      logit: logits[candidate]!,
      probability: probabilities[candidate]!,
      kept: kept[candidate]!,
    })),
  }
}

function pieceOf(token: number, { vocabulary }: Description): string {
  return vocabulary?.[token] ?? String(token)
}
