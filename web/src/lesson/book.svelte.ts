/**
 * The lessons as a book: its contents in the reader's language, and the chapter that is open, filled in for what the model is asked.
 */
import type { Chapter, ChapterEntry, Contents } from '../protocol/lessons'
import type { Session } from '../session/session.svelte'
import { Refusal } from '../source/refusal'
import { Chapters } from './chapters'
import { Exercises } from './exercises'

/** What came of asking for a chapter. */
export type Filled = 'filled' | 'overtaken' | 'refused'

export class Book {
  contents = $state.raw<Contents | null>(null)
  chapter = $state.raw<Chapter | null>(null)
  /** Why there is no chapter to be read. */
  trouble = $state.raw<Refusal | null>(null)
  /** The chapter that has been asked for last. */
  slug = ''
  /** The exercises of the chapter that is open. */
  readonly exercises = new Exercises()
  readonly #chapters: Chapters

  /** In the reader's language, where the lessons have it. */
  readonly language = $derived.by(() => {
    const known = Object.keys(this.contents?.languages ?? {})
    const { language } = this.session.i18n
    return known.includes(language) ? language : (known[0] ?? language)
  })
  readonly entries: readonly ChapterEntry[] = $derived.by(() => this.contents?.languages[this.language] ?? [])
  readonly steps: Chapter['steps'] = $derived.by(() => this.chapter?.steps ?? [])
  readonly #here = $derived.by(() => this.entries.findIndex(({ slug }) => slug === this.chapter?.slug))
  readonly preceding: ChapterEntry | null = $derived.by(() => this.entries[this.#here - 1] ?? null)
  readonly following: ChapterEntry | null = $derived.by(() => this.entries[this.#here + 1] ?? null)

  constructor(private readonly session: Session) {
    this.#chapters = new Chapters(session.source)
  }

  /** Whether a chapter has been asked for that is not here yet. */
  get isComing(): boolean {
    return this.trouble === null && this.chapter?.slug !== this.slug
  }

  /** Asks for the contents once. */
  async list(): Promise<void> {
    this.contents ??= await this.session.source.lessons()
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
