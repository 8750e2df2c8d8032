/**
 * The lessons as a book: its contents in the reader's language, and the chapter that is open, filled in for what the model is asked.
 */
import type { Chapter, Contents, ContentsEntry } from '../protocol/lessons'
import type { Session } from '../session/session.svelte'
import { Refusal } from '../source/refusal'
import { Chapters } from './chapters'
import { Exercises } from './exercises'

/** What came of asking for a chapter. */
export type Filled = 'filled' | 'overtaken' | 'refused'

export class Book {
  /** Of the model that it was listed for. */
  contents = $state.raw<Contents | null>(null)
  chapter = $state.raw<Chapter | null>(null)
  /** Why there is no chapter to be read. */
  trouble = $state.raw<Refusal | null>(null)
  /** The chapter that has been asked for last; null where none is to be read. */
  slug: string | null = ''
  /** The exercises of the chapter that is open. */
  readonly exercises = new Exercises()
  readonly #chapters: Chapters
  #listedFor = ''
  /** The contents that are on their way. */
  #coming: { model: string; contents: Promise<Contents> } | null = null

  /** In the reader's language, where the lessons have it. */
  readonly language = $derived.by(() => {
    const known = Object.keys(this.contents?.languages ?? {})
    const { language } = this.session.i18n
    return known.includes(language) ? language : (known[0] ?? language)
  })
  readonly entries: readonly ContentsEntry[] = $derived.by(() => this.contents?.languages[this.language] ?? [])
  readonly steps: Chapter['steps'] = $derived.by(() => this.chapter?.steps ?? [])
  readonly #here = $derived.by(() => this.entries.findIndex(({ slug }) => slug === this.chapter?.slug))
  /** The chapters before and after the one that is open, of those that fit the model. */
  readonly preceding: ContentsEntry | null = $derived.by(
    () => this.entries.slice(0, Math.max(0, this.#here)).findLast(({ fits }) => fits) ?? null,
  )
  readonly following: ContentsEntry | null = $derived.by(
    () => this.entries.slice(this.#here + 1).find(({ fits }) => fits) ?? null,
  )
  /** Those that can be told of the model. */
  readonly fitting: readonly ContentsEntry[] = $derived.by(() => this.entries.filter(({ fits }) => fits))

  constructor(private readonly session: Session) {
    this.#chapters = new Chapters(session.source)
  }

  /** Whether a chapter has been asked for that is not here yet. */
  get isComing(): boolean {
    return this.slug !== null && this.trouble === null && this.chapter?.slug !== this.slug
  }

  /** Asks for the contents, once for each model that is shown. */
  async list(): Promise<void> {
    const model = this.session.description?.id ?? ''
    if (this.contents !== null && this.#listedFor === model) return
    if (this.#coming?.model !== model) this.#coming = { model, contents: this.session.source.lessons(model) }
    const coming = this.#coming
    const contents = await coming.contents.finally(() => {
      if (this.#coming === coming) this.#coming = null
    })
    if (this.session.description?.id !== model) return
    this.contents = contents
    this.#listedFor = model
  }

  /** The model may have become another: what has been asked about it is asked again. */
  forget(): void {
    this.#listedFor = ''
    this.#coming = null
    this.#chapters.forget()
  }

  /** A chapter that the model's tour has; one that no tour has is found out when it is asked for. */
  entry(slug: string): ContentsEntry | undefined {
    return this.entries.find((entry) => entry.slug === slug)
  }

  /** Nothing is open. */
  close(): void {
    this.chapter = null
    this.trouble = null
    this.slug = null
  }

  /** Has a chapter filled in for a question that is still being computed. What is refused is said to whoever opens it. */
  async foresee(slug: string, prompt: readonly number[]): Promise<void> {
    const { description } = this.session
    if (description === null) return
    await this.#chapters.get(this.language, slug, description.id, prompt).catch(() => null)
  }

  /** Fills a chapter in; it may be overtaken by another that is asked for meanwhile. */
  async fill(slug: string): Promise<Filled> {
    const { run, description } = this.session
    if (run === null || description === null) return 'overtaken'
    this.slug = slug
    try {
      const chapter = await this.#chapters.get(this.language, slug, description.id, run.prompt)
      if (chapter === null) return 'overtaken'
      if (this.chapter?.slug !== slug) this.exercises.clear()
      this.chapter = chapter
      this.trouble = null
      return 'filled'
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.chapter = null
      this.trouble = error
      return 'refused'
    }
  }
}
