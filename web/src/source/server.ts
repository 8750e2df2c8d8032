/**
 * Asking the server: one method per address of docs/protocol.md. Addresses are relative to the page's own, so that both may stand under
 * any path.
 */
import type { Compiled } from '../protocol/compiled'
import type {
  Ablations,
  Chapter,
  Consequence,
  Contents,
  Descent,
  Glossary,
  Heads,
  Questions,
  TrainingCurve,
  TrainingEntry,
  TrainingList,
  TrainingTold,
} from '../protocol/lessons'
import { parseSafetensors } from '../protocol/safetensors'
import type { TensorView } from '../protocol/tensors'
import { parseTrace, type Trace } from '../protocol/trace'
import type {
  Description,
  Explanation,
  FileState,
  ModelEntry,
  ModelList,
  NextToken,
  PythonLines,
  ReadTokens,
  Why,
} from '../protocol/types'
import { Asking, type Fetching, parseAnswer } from './asking'
import { Refusal } from './refusal'
import type { Asked, Cell, Pictured, Question, Sampling, Source, Workshop } from './source'
import type { Teaching } from '../training/teaching'

export class Server implements Source {
  readonly #asking: Asking

  /** `fetching`: how it is reached where the browser's own way is not the one. */
  constructor(fetching?: Fetching) {
    this.#asking = new Asking(fetching)
  }

  watch(changed: (lost: boolean) => void): () => void {
    return this.#asking.watch(changed)
  }

  isLocal(): Promise<boolean> {
    return Promise.resolve(false)
  }

  models(): Promise<ModelList> {
    return this.#json('api/models')
  }

  async description(model: string): Promise<Description> {
    const response = await this.#asking.ask(address(model))
    return (await response.json()) as Description
  }

  /** Nobody waits for this: a server that is away is not missed for it. */
  async hasChanged(model: string): Promise<boolean> {
    const response = await this.#asking.once(address(model, 'file'))
    return response instanceof Response && ((await response.json()) as FileState).changed
  }

  async readAgain(model: string): Promise<void> {
    await this.#asking.ask(address(model, 'file', { read: 'again' }))
  }

  /** A model that is too large to be sent whole is no refusal here. */
  async weights(model: string): Promise<ReadonlyMap<string, TensorView>> {
    try {
      const response = await this.#asking.ask(address(model, 'weights'))
      return parseSafetensors(await response.arrayBuffer()).tensors
    } catch (error) {
      if (error instanceof Refusal && error.status === 413) return new Map()
      throw error
    }
  }

  async numbers(model: string, tensor: string, question: Question | null): Promise<TensorView> {
    const query = { cells: tensor, ...(question && spelled(question)) }
    const response = await this.#asking.ask(address(model, 'cells', query))
    const [view] = parseSafetensors(await response.arrayBuffer()).tensors.values()
    if (view === undefined) throw new Error(`The answer for ${tensor} holds no tensor.`)
    return view
  }

  /** Of a run that is too large to be sent whole only what it reads is known. */
  async run(question: Question, signal?: AbortSignal): Promise<Trace> {
    try {
      const response = await this.#asking.ask(address(question.model, 'trace', spelled(question)), signal)
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

  why(question: Question, { by, token, position, language, other }: Asked): Promise<Why> {
    const text = other ? { other: other.join(',') } : {}
    const asked = { by, of: String(token), position: String(position), language, ...text }
    return this.#json(address(question.model, 'why', { ...spelled(question), ...asked }))
  }

  async python(model: string, tensors: readonly string[]): Promise<readonly string[]> {
    const { lines } = await this.#json<PythonLines>(address(model, 'python', { tensors: tensors.join(',') }))
    return lines
  }

  async picture({ model, prompt, change }: Question, { language, theme, step, cells }: Pictured): Promise<string> {
    const path = step
      ? `api/lessons/${language}/${encodeURIComponent(step.chapter)}/picture?${new URLSearchParams({ model, tokens: String(prompt), step: String(step.number + 1), theme })}`
      : address(model, 'picture', {
          ...spelled({ model, prompt, change }),
          language,
          theme,
          ...(cells !== undefined && { cells }),
        })
    const response = await this.#asking.ask(path)
    return await response.text()
  }

  next(question: Question, sampling: Sampling = {}, signal?: AbortSignal): Promise<NextToken> {
    const said = Object.fromEntries(Object.entries(sampling).map(([name, value]) => [name, String(value)]))
    return this.#json(address(question.model, 'next', { ...spelled(question), ...said }), signal)
  }

  // The guided tour.

  lessons(model: string): Promise<Contents> {
    return this.#json(`api/lessons?${new URLSearchParams({ model })}`)
  }

  chapter(language: string, slug: string, question: Question, signal?: AbortSignal): Promise<Chapter> {
    const query = new URLSearchParams({ model: question.model, ...spelled(question) })
    return this.#json(`api/lessons/${language}/${encodeURIComponent(slug)}?${query}`, signal)
  }

  compiled(language: string, slug: string, model: string): Promise<Compiled> {
    return this.#json(`api/lessons/${language}/${encodeURIComponent(slug)}/compiled?${new URLSearchParams({ model })}`)
  }

  consequence(model: string, change: string): Promise<Consequence> {
    return this.#json(address(model, 'consequences', { change }))
  }

  questions(model: string): Promise<Questions> {
    return this.#json(address(model, 'questions'))
  }

  glossary(language: string): Promise<Glossary> {
    return this.#json(`api/glossary/${language}`)
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

  teaching(model: string): Promise<Teaching> {
    return this.#json(address(model, 'teaching'))
  }

  training(model: string, steps: number, holdOut?: string): Promise<TrainingCurve> {
    return this.#json(address(model, 'training', taught(steps, holdOut)))
  }

  async weightsInTraining(
    model: string,
    steps: number,
    holdOut?: string,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, TensorView>>> {
    const response = await this.#asking.ask(address(model, 'training/weights', taught(steps, holdOut)))
    const found = new Map<number, Map<string, TensorView>>()
    for (const [name, view] of parseSafetensors(await response.arrayBuffer()).tensors) {
      const [step, tensor] = [Number(name.split('/')[0]), name.slice(name.indexOf('/') + 1)]
      const weights = found.get(step) ?? new Map<string, TensorView>()
      found.set(step, weights.set(tensor, view))
    }
    return new Map([...found].sort(([one], [other]) => one - other))
  }

  readonly workshop: Workshop = {
    trainings: async () => (await this.#json<TrainingList>('api/trainings')).trainings,
    begin: async (model, { seed, rate, steps }) =>
      (await (await this.#change('POST', 'api/trainings', { model, seed, rate, steps })).json()) as TrainingEntry,
    told: async (id, after) => {
      const answer = await this.#asking.once(`api/trainings/${id}?after=${after}`)
      if (answer instanceof Refusal) throw answer
      return answer && ((await answer.json()) as TrainingTold)
    },
    moment: async (id, step, what = 'weights') => {
      const response = await this.#asking.ask(`api/trainings/${id}/${what}?step=${step}`)
      return parseSafetensors(await response.arrayBuffer()).tensors
    },
    order: async (id, what) => void (await this.#change('POST', `api/trainings/${id}`, { do: what })),
    stop: async (id) => void (await this.#change('DELETE', `api/trainings/${id}`)),
    keep: async (id, title, step) =>
      (await (await this.#change('POST', `api/trainings/${id}/keep`, { title, step })).json()) as ModelEntry,
    rename: async (model, title) => void (await this.#change('POST', address(model), { title })),
    remove: async (model) => void (await this.#change('DELETE', address(model))),
    restore: async (model) => void (await this.#change('POST', address(model, 'restore'), {})),
    archive: (model) => address(model, 'archive'),
  }

  #change(...asked: Parameters<Asking['change']>): Promise<Response> {
    return this.#asking.change(...asked)
  }

  reading(language: string, search: string): string {
    return `read/${language}${search}`
  }

  async #json<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
    const response = await this.#asking.ask(path, signal)
    return parseAnswer(await response.text()) as Answer
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
  const path = ['api/models', encodeURIComponent(model), ...(what ? [what] : [])].join('/')
  return query ? `${path}?${new URLSearchParams(query)}` : path
}
