/**
 * The word that is being explained, and where it stands. The glossary comes from the server with the first word asked for.
 */
import type { Glossary, Term } from '../protocol/lessons'
import type { Session } from '../session/session.svelte'
import type { Tour } from './tour.svelte'

export class Explained {
  /** The reference that was followed. */
  word = $state.raw<HTMLElement | null>(null)
  glossary = $state.raw<Glossary | null>(null)
  #language = ''

  readonly term: Term | null = $derived.by(() => {
    const id = this.word?.dataset['term']
    return this.glossary?.terms.find((term) => term.id === id) ?? null
  })

  /** The letter of the axis that is being explained. */
  readonly axis = $derived.by(() => this.word?.dataset['axis'] ?? null)

  constructor(
    private readonly session: Session,
    private readonly tour: Tour,
  ) {}

  open(word: HTMLElement): void {
    this.word = word
    void this.load()
  }

  async load(): Promise<void> {
    const { language } = this.tour.book
    if (this.#language === language) return
    this.#language = language
    await this.session.attempt(async () => void (this.glossary = await this.session.source.glossary(language)))
  }
}
