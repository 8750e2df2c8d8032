/**
 * Asking the server: one method per address of docs/protocol.md. A server that does not answer is asked again until it
 * does, so that a restart costs the reader nothing; a server that refuses makes a `Refusal`.
 */
import type { Ablations, Chapter, Contents, Descent, Glossary, Heads, TrainingCurve } from '../protocol/lessons'
import { parseSafetensors } from '../protocol/safetensors'
import type { TensorView } from '../protocol/tensors'
import { parseTrace, type Trace } from '../protocol/trace'
import type {
  Description,
  ErrorBody,
  Explanation,
  FileState,
  ModelList,
  NextToken,
  PythonLines,
  ReadTokens,
} from '../protocol/types'
import { Refusal } from './refusal'
import type { Cell, Question, Sampling, Source } from './source'

const FIRST_WAIT = 500
const LONGEST_WAIT = 4000

/** Codes of a server, or statuses of what stands before it, that cannot answer just now. */
const NOT_NOW = new Set<string | number>(['busy', 502, 504])

export class Server implements Source {
  readonly #watchers = new Set<(lost: boolean) => void>()
  #lost = false

  watch(changed: (lost: boolean) => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  isLocal(): Promise<boolean> {
    return Promise.resolve(false)
  }

  models(): Promise<ModelList> {
    return this.#json('/api/models')
  }

  async description(model: string): Promise<Description> {
    const response = await this.#ask(address(model))
    return (await response.json()) as Description
  }

  /** Nobody waits for this: a server that is away is not missed for it. */
  async hasChanged(model: string): Promise<boolean> {
    const response = await answered(address(model, 'file'))
    return response instanceof Response && ((await response.json()) as FileState).changed
  }

  async readAgain(model: string): Promise<void> {
    await this.#ask(address(model, 'file', { read: 'again' }))
  }

  /** A model that is too large to be sent whole is no refusal here. */
  async weights(model: string): Promise<ReadonlyMap<string, TensorView>> {
    try {
      const response = await this.#ask(address(model, 'weights'))
      return parseSafetensors(await response.arrayBuffer()).tensors
    } catch (error) {
      if (error instanceof Refusal && error.status === 413) return new Map()
      throw error
    }
  }

  async numbers(model: string, tensor: string, question: Question | null): Promise<TensorView> {
    const query = { cells: tensor, ...(question && spelled(question)) }
    const response = await this.#ask(address(model, 'cells', query))
    const [view] = parseSafetensors(await response.arrayBuffer()).tensors.values()
    if (view === undefined) throw new Error(`The answer for ${tensor} holds no tensor.`)
    return view
  }

  /** Of a run that is too large to be sent whole only what it reads is known. */
  async run(question: Question, signal?: AbortSignal): Promise<Trace> {
    try {
      const response = await this.#ask(address(question.model, 'trace', spelled(question)), signal)
      return parseTrace(await response.arrayBuffer())
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 413) throw error
      const { model, prompt } = question
      const read = await this.#json<ReadTokens>(
        address(model, 'tokens', spelled({ model, prompt, change: '' })),
        signal,
      )
      return { ...read, tensors: new Map() }
    }
  }

  explain(question: Question, { tensor, index }: Cell, signal?: AbortSignal): Promise<Explanation> {
    const query = { ...spelled(question), tensor, index: index.join(',') }
    return this.#json(address(question.model, 'explain', query), signal)
  }

  async python(model: string, tensors: readonly string[]): Promise<readonly string[]> {
    const { lines } = await this.#json<PythonLines>(address(model, 'python', { tensors: tensors.join(',') }))
    return lines
  }

  next(question: Question, sampling: Sampling = {}, signal?: AbortSignal): Promise<NextToken> {
    const said = Object.fromEntries(Object.entries(sampling).map(([name, value]) => [name, String(value)]))
    return this.#json(address(question.model, 'next', { ...spelled(question), ...said }), signal)
  }

  // The guided tour.

  lessons(model: string): Promise<Contents> {
    return this.#json(`/api/lessons?${new URLSearchParams({ model })}`)
  }

  chapter(language: string, slug: string, question: Question, signal?: AbortSignal): Promise<Chapter> {
    const query = new URLSearchParams({ model: question.model, ...spelled(question) })
    return this.#json(`/api/lessons/${language}/${encodeURIComponent(slug)}?${query}`, signal)
  }

  glossary(language: string): Promise<Glossary> {
    return this.#json(`/api/glossary/${language}`)
  }

  heads(model: string): Promise<Heads> {
    return this.#json(address(model, 'heads'))
  }

  ablations(model: string): Promise<Ablations> {
    return this.#json(address(model, 'ablations'))
  }

  descent(question: Question, { tensor, index }: Cell, rate: number): Promise<Descent> {
    const query = { ...spelled(question), tensor, index: index.join(','), rate: String(rate), untrained: '1' }
    return this.#json(address(question.model, 'descent', query))
  }

  training(model: string, steps: number, holdOut?: string): Promise<TrainingCurve> {
    return this.#json(address(model, 'training', taught(steps, holdOut)))
  }

  async weightsInTraining(
    model: string,
    steps: number,
    holdOut?: string,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, TensorView>>> {
    const response = await this.#ask(address(model, 'training/weights', taught(steps, holdOut)))
    const found = new Map<number, Map<string, TensorView>>()
    for (const [name, view] of parseSafetensors(await response.arrayBuffer()).tensors) {
      const [step, tensor] = [Number(name.split('/')[0]), name.slice(name.indexOf('/') + 1)]
      const weights = found.get(step) ?? new Map<string, TensorView>()
      found.set(step, weights.set(tensor, view))
    }
    return new Map([...found].sort(([one], [other]) => one - other))
  }

  /** An answer in which numbers may be infinite. Looking at each for that takes long where there are megabytes of them. */
  async #json<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
    const response = await this.#ask(path, signal)
    return JSON.parse(await response.text(), reviveInfinity) as Answer
  }

  async #ask(path: string, signal?: AbortSignal): Promise<Response> {
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      const answer = await answered(path, signal)
      this.#setLost(answer === null)
      if (answer instanceof Refusal) throw answer
      if (answer !== null) return answer
      await pause(wait, signal)
    }
  }

  #setLost(lost: boolean): void {
    if (lost === this.#lost) return
    this.#lost = lost
    for (const changed of this.#watchers) changed(lost)
  }
}

/** A question as a query: `change` only where something is changed. */
function spelled({ prompt, change }: Question): Record<string, string> {
  const text: Record<string, string> = typeof prompt === 'string' ? { text: prompt } : { tokens: prompt.join(',') }
  return change === '' ? text : { ...text, change }
}

function taught(steps: number, holdOut: string | undefined): Record<string, string> {
  return { steps: String(steps), ...(holdOut && { hold_out: holdOut }) }
}

function address(model: string, what?: string, query?: Record<string, string>): string {
  const path = ['/api/models', encodeURIComponent(model), ...(what ? [what] : [])].join('/')
  return query ? `${path}?${new URLSearchParams(query)}` : path
}

/** The answer; null where there is none for now. */
async function answered(path: string, signal?: AbortSignal): Promise<Response | Refusal | null> {
  const response = await fetch(path, signal ? { signal } : {}).catch((error: unknown) => {
    if (error instanceof TypeError) return null
    throw error
  })
  if (response === null || response.ok) return response
  const refused = await refusal(response)
  return NOT_NOW.has(refused.code) || NOT_NOW.has(refused.status) ? null : refused
}

async function refusal(response: Response): Promise<Refusal> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as ErrorBody
    return new Refusal(error.code, error.message, error.details, response.status)
  } catch {
    return new Refusal(
      'no-sentence',
      `The server answered ${response.status} ${response.statusText}.`,
      {},
      response.status,
    )
  }
}

/** What may be infinite: the fields whose type is `Real`. */
const REAL = new Set(['value', 'operand', 'logit', 'probability'])

/** JSON has no infinities: the server writes them as strings. */
function reviveInfinity(key: string, value: unknown): unknown {
  if (!REAL.has(key)) return value
  if (value === 'Infinity' || value === '-Infinity' || value === 'NaN') return Number(value)
  return value
}

/** Resolves after some milliseconds; rejects, as a fetch does, when the wait is aborted. */
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}
