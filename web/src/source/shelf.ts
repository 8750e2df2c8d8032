/**
 * Models that were taught in the page and kept: they are in this browser alone, from visit to visit where it keeps such things. What
 * follows from their weights is computed where the page is; what follows from their task is that of the model they were taught like.
 */
import { createStore, del, entries, set } from 'idb-keyval'
import type { TensorView } from '../protocol/tensors'
import type { Description, ModelEntry, ModelList } from '../protocol/types'
import type { About, Store } from './local'
import { MEASURED_BY_SERVER, NOT_COMPUTED, NOT_DRAWN, NOT_FILLED_IN, notComputed, ONLY_HERE, Refusal } from './refusal'
import type { Question, Source } from './source'
import type { Lesson } from '../training/lesson'

const PREFIX = 'kept:'
const DRAFT = 'draft:'

export interface Kept {
  readonly description: Description
  /** The model that it was taught like. */
  readonly like: string
  readonly weights: ReadonlyMap<string, TensorView>
  /** What it is taught, where nobody else knows that. */
  readonly lesson?: Lesson | undefined
}

export type Draft = Kept & { readonly lesson: Lesson }

/** What a model is shown with instead of its own. */
export type Loan = Omit<Kept, 'like' | 'lesson'>

export class Shelf implements Store {
  readonly #kept = new Map<string, Kept>()
  /** Those that nobody has kept yet: they go with the page. */
  readonly #drafts = new Map<string, Kept>()
  /** What models are for now instead of what they are. */
  readonly #lent = new Map<string, Kept>()
  /** None where the browser keeps nothing. */
  readonly #store: ReturnType<typeof createStore> | null

  /** `knows`: whether the other source can answer, where nobody computes a model here. */
  constructor(
    private readonly other: Source,
    private readonly knows: Store['holds'] = () => true,
  ) {
    this.#store = 'indexedDB' in globalThis ? createStore('pellucid', 'models') : null
  }

  /** What was kept on earlier visits, or on another page of this browser. */
  async #fetch(): Promise<void> {
    if (this.#store === null) return
    // A browser may have a shelf and let nobody near it, as in private windows: then what is here stays.
    const found = await entries<string, Kept>(this.#store).catch(() => null)
    if (found === null) return
    this.#kept.clear()
    for (const [id, kept] of found) this.#kept.set(id, kept)
  }

  /** Shows a model with other weights, as if they were its own, until null is lent. */
  lend(model: string, lent: Loan | null): void {
    if (lent === null) this.#lent.delete(model)
    else this.#lent.set(model, { ...this.#origin(model), ...lent })
  }

  /** What a model comes from that has these weights no more. */
  #origin(model: string): Pick<Kept, 'like' | 'lesson'> {
    const { like, lesson } = this.#kept.get(model) ?? this.#drafts.get(model) ?? { like: model }
    return { like, lesson }
  }

  /** A model to be taught that is only here; its id. */
  draft(draft: Draft): string {
    const id = `${DRAFT}${this.#drafts.size}`
    this.#drafts.set(id, { ...draft, description: { ...draft.description, id } })
    return id
  }

  /** What nobody but this page knows. */
  #own(model: string): Kept | undefined {
    return this.#lent.get(model) ?? this.#kept.get(model) ?? this.#drafts.get(model)
  }

  /** Keeps a model under a name that nobody has; whether it is still here on the next visit. */
  async keep(title: string, like: Description, weights: Kept['weights'], facts: Partial<Description>): Promise<string> {
    const id = `${PREFIX}${Date.now().toString(36)}`
    const description = { ...like, ...facts, id, title, name: title }
    await this.#put(id, { description, ...this.#origin(like.id), weights })
    return id
  }

  async #put(id: string, kept: Kept): Promise<void> {
    this.#kept.set(id, kept)
    if (this.#store) await set(id, kept, this.#store).catch(() => undefined)
  }

  /** Whether there is such a model, which has that name from now on. */
  async rename(id: string, title: string): Promise<boolean> {
    const kept = this.#kept.get(id)
    if (kept) await this.#put(id, { ...kept, description: { ...kept.description, title, name: title } })
    return kept !== undefined
  }

  /** Takes a model off the shelf; returns what puts it back. */
  async remove(id: string): Promise<() => Promise<void>> {
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    if (this.#store) await del(id, this.#store).catch(() => undefined)
    return async () => {
      if (kept) await this.#put(id, kept)
    }
  }

  /** Whether nobody else has these weights. */
  isOwn(model: string): boolean {
    return this.#own(model) !== undefined
  }

  /** Whether nobody else knows what it is taught. */
  isTaughtHere(model: string): boolean {
    return this.#own(model)?.lesson !== undefined
  }

  isKept(model: string): boolean {
    return this.#kept.has(model)
  }

  /** Whom to ask about what does not follow from the weights. */
  #like(model: string): string {
    return this.#own(model)?.like ?? model
  }

  holds(question: Question, about: About): boolean {
    return this.#own(question.model) === undefined && this.knows(question, about)
  }

  async models(): Promise<ModelList> {
    const [list] = await Promise.all([this.other.models(), this.#fetch()])
    const kept = [...this.#kept.values(), ...this.#drafts.values()].map(
      ({ description: { id, title, parameters, learned } }): ModelEntry => ({
        id,
        title,
        parameters,
        loaded: true,
        ...(learned === undefined ? {} : { learned }),
      }),
    )
    const [loaded, others] = [true, false].map((are) => list.models.filter((model) => model.loaded === are))
    return { ...list, models: [...loaded!, ...kept, ...others!] }
  }

  async description(model: string): Promise<Description> {
    return this.#own(model)?.description ?? (await this.other.description(model))
  }

  /** Of a kept model in arrays of its own: who computes with them may take them away. */
  async weights(model: string): Promise<ReadonlyMap<string, TensorView>> {
    const kept = this.#own(model)
    if (kept === undefined) return await this.other.weights(model)
    return new Map([...kept.weights].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
  }

  async hasChanged(model: string): Promise<boolean> {
    return this.#own(model) === undefined && (await this.other.hasChanged(model))
  }

  /** What follows from the task, or from the formulas. */
  python: Source['python'] = (model, tensors) => this.other.python(this.#like(model), tensors)
  lessons: Source['lessons'] = (model) => this.other.lessons(this.#like(model))
  compiled: Source['compiled'] = (language, slug, model) => this.other.compiled(language, slug, this.#like(model))
  questions: Source['questions'] = (model) => this.other.questions(this.#like(model))
  teaching: Source['teaching'] = async (model) => {
    const lesson = this.#own(model)?.lesson
    if (lesson === undefined) return await this.other.teaching(this.#like(model))
    return (await import('../training/lesson')).teachingOf(lesson)
  }

  watch: Source['watch'] = (changed) => this.other.watch(changed)
  isLocal: Source['isLocal'] = (model) => this.other.isLocal(model)
  glossary: Source['glossary'] = (language) => this.other.glossary(language)
  reading: Source['reading'] = (...asked) => this.other.reading(...asked)

  /** What follows from the weights, which nobody else has. */
  get workshop(): Source['workshop'] {
    return this.other.workshop
  }

  readAgain: Source['readAgain'] = this.#passedOn('readAgain', ([model]) => model)
  run: Source['run'] = this.#passedOn('run', ([{ model }]) => model, NOT_COMPUTED)
  explain: Source['explain'] = this.#passedOn('explain', ([{ model }]) => model, NOT_COMPUTED)
  next: Source['next'] = this.#passedOn('next', ([{ model }]) => model, NOT_COMPUTED)
  numbers: Source['numbers'] = this.#passedOn('numbers', ([model]) => model)
  why: Source['why'] = this.#passedOn('why', ([{ model }]) => model, MEASURED_BY_SERVER)
  picture: Source['picture'] = this.#passedOn('picture', ([{ model }]) => model, NOT_DRAWN)
  chapter: Source['chapter'] = this.#passedOn('chapter', ([, , { model }]) => model, NOT_FILLED_IN)
  consequence: Source['consequence'] = this.#passedOn('consequence', ([model]) => model)
  heads: Source['heads'] = this.#passedOn('heads', ([model]) => model)
  ablations: Source['ablations'] = this.#passedOn('ablations', ([model]) => model)
  descent: Source['descent'] = this.#passedOn('descent', ([{ model }]) => model)
  training: Source['training'] = this.#passedOn('training', ([model]) => model)
  weightsInTraining: Source['weightsInTraining'] = this.#passedOn('weightsInTraining', ([model]) => model)

  /** A question that is passed on, unless it is about a kept model. */
  #passedOn<Name extends keyof Passed>(
    name: Name,
    modelOf: (asked: Parameters<Passed[Name]>) => string,
    code = ONLY_HERE,
  ): Passed[Name] {
    const pass = (...asked: Parameters<Passed[Name]>): Promise<unknown> => {
      const kept = this.#own(modelOf(asked))
      if (kept === undefined) return (this.other[name] as (...asked: unknown[]) => Promise<unknown>)(...asked)
      const { title } = kept.description
      if (code === NOT_COMPUTED) return Promise.reject(notComputed(title))
      const sentence = `${title} is in this browser alone, and this is measured where a model is stored.`
      return Promise.reject(new Refusal(code, sentence, { model: title }))
    }
    return pass as Passed[Name]
  }
}

/** Methods whose answers come later. */
type Passed = {
  [Name in keyof Source as Source[Name] extends (...asked: never[]) => Promise<unknown> ? Name : never]: Source[Name]
}
