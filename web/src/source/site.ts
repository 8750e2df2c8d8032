/**
 * A folder of files in place of a server: what `pellucid site` has written of some models and lessons. It computes nothing. Of a run it
 * has the one that the page opens with; everything else is computed where the page is, from the weights that lie in the folder.
 */
import { isKnown, Lookup } from '../filling/tasks'
import { choose } from '../formula/sample'
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
} from '../protocol/lessons'
import { parseSafetensors } from '../protocol/safetensors'
import type { TensorView } from '../protocol/tensors'
import { parseTrace, type Trace } from '../protocol/trace'
import type { Description, ErrorBody, Explanation, ModelList, NextToken } from '../protocol/types'
import { Asking, parseAnswer } from './asking'
import { tokenOf, type About, type Store } from './local'
import type { Learning } from './descending'
import { MEASURED_BY_SERVER, NOT_DRAWN, NOT_FILLED_IN, notComputed, Refusal } from './refusal'
import type { Cell, Pictured, Question, Sampling } from './source'
import type { Teaching } from '../training/teaching'

const TEXT = 'new:text'

/** What there is to read of a model's training: the steps after which its weights were kept, by how many steps it took. */
type Pictures = Readonly<Record<string, readonly number[]>>

export class Site implements Store {
  readonly #asking = new Asking()
  readonly #listed: Promise<ModelList>
  readonly #descriptions = new Map<string, Description>()
  /** The run that each model opens with. */
  readonly #openings = new Map<string, Trace>()

  /** `folder` is where the files are, relative to the page; it ends with a slash. */
  constructor(private readonly folder: string) {
    this.#listed = this.#answer<ModelList>('models.json.gz')
    this.#listed.catch(() => undefined)
  }

  watch(changed: (lost: boolean) => void): () => void {
    return this.#asking.watch(changed)
  }

  isLocal(): Promise<boolean> {
    return Promise.resolve(false)
  }

  models(): Promise<ModelList> {
    return this.#listed
  }

  async description(model: string): Promise<Description> {
    const known = this.#descriptions.get(model)
    if (known) return known
    const [description, opening] = await Promise.all([
      this.#sized<Description>(model, 'description.json.gz'),
      this.#opening(model),
    ])
    // Of a model without numbers nothing is kept: the description of a large one takes megabytes.
    if (opening) {
      this.#descriptions.set(model, description)
      this.#openings.set(model, opening)
    }
    return description
  }

  async #opening(model: string): Promise<Trace | null> {
    const { models } = await this.#listed
    if (models.find(({ id }) => id === model)?.loaded !== true) return null
    const response = await this.#ask(`${await this.#place(model)}opening.safetensors.gz`)
    return parseTrace(await unpacked(response))
  }

  /** Nobody trains models here but the page itself. */
  readonly workshop = null

  hasChanged(): Promise<boolean> {
    return Promise.resolve(false)
  }

  readAgain(model: string): Promise<void> {
    return Promise.reject(new Refusal('no-folder', `${model} was not read from a folder.`, { model }))
  }

  /** Those of a model that is still to be taught are drawn as its training here draws them. */
  async weights(model: string): Promise<ReadonlyMap<string, TensorView>> {
    const { models } = await this.#listed
    if (models.some(({ id }) => id === model)) return await this.#tensors(model, 'weights')
    const [teaching, { begun }, { named }] = await Promise.all([
      this.teaching(model),
      import('../training/training'),
      import('../training/remote'),
    ])
    const { layout, weights } = begun(teaching, 0)
    return named(weights, layout)
  }

  holds(question: Question, about: About): boolean {
    return about !== 'explain' && about !== 'why' && this.#isOpening(question)
  }

  #isOpening({ model, prompt, change }: Question): boolean {
    return change === '' && String(prompt) === String(this.#openings.get(model)?.tokens)
  }

  run(question: Question): Promise<Trace> {
    const trace = this.#openings.get(question.model)
    return trace && this.holds(question, 'run') ? Promise.resolve(trace) : this.#notHere(question)
  }

  next(question: Question, sampling: Sampling = {}): Promise<NextToken> {
    const [trace, description] = [this.#openings.get(question.model), this.#descriptions.get(question.model)]
    const logits = trace?.tensors.get(description?.graph.outputs?.logits ?? '')
    if (!trace || !description || !logits || !this.holds(question, 'next')) return this.#notHere(question)
    const last = (logits.data as Float32Array).slice(-(logits.shape.at(-1) ?? 0))
    const chosen = choose(last, sampling, trace.tokens.length)
    return Promise.resolve(tokenOf({ ...chosen, logits: last }, trace.tokens, description))
  }

  /** Of the run that the page opens with, in the light theme. */
  async picture(question: Question, { language, step, cells }: Pictured): Promise<string> {
    const { model } = question
    const refusal = new Refusal(NOT_DRAWN, 'Without a server there are pictures of the first letters alone.', { model })
    if (cells !== undefined || !this.#isOpening(question)) throw refusal
    const name = ['pictures', language, ...(step ? [encodeURIComponent(step.chapter)] : [])].join('/')
    const [pictures, images] = await Promise.all([
      this.#of<readonly string[]>(model, `${name}.json.gz`),
      this.#of<readonly string[]>(model, 'pictures/images.json.gz'),
    ])
    const picture = pictures[step?.number ?? 0]
    if (picture === undefined) throw refusal
    return picture.replace(/(?<=")image:(\d+)/g, (_, place: string) => `data:image/png;base64,${images[Number(place)]}`)
  }

  explain(question: Question): Promise<Explanation> {
    return this.#notHere(question)
  }

  numbers(model: string): Promise<TensorView> {
    return this.#notHere({ model })
  }

  /** The page computes whatever it can; what comes to here it cannot. */
  #notHere({ model, change = '' }: Pick<Question, 'model'> & { change?: string }): Promise<never> {
    if (change !== '') return Promise.reject(new Refusal('bad-change', 'This change cannot be made in this run.'))
    return Promise.reject(notComputed(model))
  }

  // The guided tour.

  lessons(model: string): Promise<Contents> {
    return this.#of(model, 'lessons.json.gz')
  }

  compiled(language: string, slug: string, model: string): Promise<Compiled> {
    return this.#of(model, `compiled/${language}/${encodeURIComponent(slug)}.json.gz`)
  }

  async consequence(model: string, change: string): Promise<Consequence> {
    const known = await this.#of<Readonly<Record<string, Consequence>>>(model, 'consequences.json.gz')
    return known[change] ?? (await this.#notHere({ model }))
  }

  questions(model: string): Promise<Questions> {
    return this.#of(model, 'questions.json.gz')
  }

  /** For the letters that the page opens with; for others the page fills it in. */
  chapter(language: string, slug: string, question: Question): Promise<Chapter> {
    if (!this.#isOpening(question))
      return Promise.reject(new Refusal(NOT_FILLED_IN, 'The page fills this chapter in for these letters.'))
    return this.#of(question.model, `${language}/${encodeURIComponent(slug)}.json.gz`)
  }

  glossary(language: string): Promise<Glossary> {
    return this.#answer(`glossary/${language}.json.gz`)
  }

  reading(language: string): string {
    return `read-${language}.html`
  }

  heads(model: string): Promise<Heads> {
    return this.#of(model, 'heads.json.gz')
  }

  ablations(model: string): Promise<Ablations> {
    return this.#of(model, 'ablations.json.gz')
  }

  async descent({ model, prompt }: Question, weight: Cell, rate: number): Promise<Descent> {
    const description = await this.description(model)
    const { task } = description
    if (typeof prompt === 'string' || task === null) return await this.#notHere({ model })
    const [learning, weights, told, { descend }] = await Promise.all([
      this.#of<Learning>(model, 'learning.json.gz'),
      this.#tensors(model, 'untrained'),
      isKnown(task) ? null : this.questions(model),
      import('./descending'),
    ])
    return descend({ description, learning, weights, lookup: new Lookup(task, told) }, prompt, weight, rate)
  }

  async teaching(model: string): Promise<Teaching> {
    const told = await this.#of<Omit<Teaching, 'graph'>>(model, 'teaching.json.gz')
    return { ...told, graph: await this.#sized<Teaching['graph']>(model, 'learning.json.gz') }
  }

  /** As it is, but of a model for a text: for as many letters as that has. */
  async #sized<Told>(model: string, name: string): Promise<Told> {
    const told = this.#of<Told>(model, name)
    if (!model.startsWith(TEXT)) return await told
    const [few, many, { between, lettersIn }] = await Promise.all([
      told,
      this.#of<Told>(model, `many/${name}`),
      import('./between'),
    ])
    return between(few, many, lettersIn(model))
  }

  training(model: string, steps: number, holdOut?: string): Promise<TrainingCurve> {
    return this.#of(model, `${taught(steps, holdOut)}.json.gz`)
  }

  /** Where no such training was kept, the weights before any are the same. */
  async weightsInTraining(
    model: string,
    steps: number,
    holdOut?: string,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, TensorView>>> {
    const name = taught(steps, holdOut)
    const { [name]: kept = [0] } = await this.#of<Pictures>(model, 'training.json.gz')
    const weights = kept.map(async (step): Promise<[number, ReadonlyMap<string, TensorView>]> => [
      step,
      await this.#tensors(model, step === 0 ? 'untrained' : `${name}-${step}`),
    ])
    return new Map(await Promise.all(weights))
  }

  /** What a logit comes from is measured by Python. */
  why(): Promise<never> {
    return Promise.reject(new Refusal(MEASURED_BY_SERVER, 'Without a server nobody measures what a logit comes from.'))
  }

  /** What makes each tensor: of several, one after the other. */
  async python(model: string, tensors: readonly string[]): Promise<readonly string[]> {
    const known = await this.#of<Readonly<Record<string, readonly string[]>>>(model, 'python.json.gz')
    return tensors.flatMap((tensor) => known[tensor] ?? [])
  }

  // Files.

  /** Where the files of a model are: folders are numbered, because a model may be called anything. */
  async #place(model: string): Promise<string> {
    const { models, new: others } = await this.#listed
    const known = model.startsWith(TEXT) ? TEXT : model
    const place = [...models, ...others].findIndex(({ id }) => id === known)
    if (place >= 0) return `models/${place}/`
    throw new Refusal('unknown-model', `There is no model '${model}' here: this site has those of its list.`, { model })
  }

  async #of<Answer>(model: string, name: string): Promise<Answer> {
    return await this.#answer((await this.#place(model)) + name)
  }

  async #tensors(model: string, name: string): Promise<ReadonlyMap<string, TensorView>> {
    const response = await this.#ask(`${await this.#place(model)}${name}.safetensors`)
    return parseSafetensors(await response.arrayBuffer()).tensors
  }

  /** What a server would answer, be it that it cannot. */
  async #answer<Answer>(name: string): Promise<Answer> {
    const answer = parseAnswer(new TextDecoder().decode(await unpacked(await this.#ask(name)))) as Answer | ErrorBody
    if (!isError(answer)) return answer
    const { code, message, details } = answer.error
    throw new Refusal(code, message, details)
  }

  async #ask(name: string): Promise<Response> {
    return await this.#asking.ask(this.folder + name).catch((error: unknown) => {
      // The files of an older page go when the folder is written anew.
      if (!(error instanceof Refusal) || error.status !== 404) throw error
      throw new Refusal('site-renewed', 'This site has been renewed meanwhile: load the page again.', {}, 404)
    })
  }
}

/** What the files of a training are called. */
function taught(steps: number, holdOut: string | undefined): string {
  return ['training', steps, ...(holdOut ? [holdOut] : [])].join('-')
}

function isError(answer: unknown): answer is ErrorBody {
  return typeof answer === 'object' && answer !== null && 'error' in answer
}

/** A file that is compressed as it lies there, unless whoever sends it has taken that for a coding of the transfer. */
async function unpacked(response: Response): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.buffer
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return await new Response(stream).arrayBuffer()
}
