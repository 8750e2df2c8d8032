/**
 * Chapters, filled in for a model and a question: asked for one at a time, and some of them kept.
 */
import type { Source } from '../source/source'
import type { Chapter } from '../protocol/lessons'

const KEPT = 12

/** A chapter's number is that of its file, such as 4 of 04-self-attention: so the article and the links count too. */
export function numberOf(slug: string): number {
  return Number.parseInt(slug, 10)
}

export class Chapters {
  readonly #kept = new Map<string, Chapter>()
  #asked: AbortController | null = null

  constructor(private readonly source: Source) {}

  forget(): void {
    this.#kept.clear()
  }

  /** Null when another one has been asked for meanwhile. Rejects with what the server refuses. */
  async get(language: string, slug: string, model: string, prompt: readonly number[]): Promise<Chapter | null> {
    this.#asked?.abort()
    const { signal } = (this.#asked = new AbortController())
    const key = [language, slug, model, prompt].join(' ')
    try {
      const chapter =
        this.#kept.get(key) ?? (await this.source.chapter(language, slug, { model, prompt, change: '' }, signal))
      if (signal.aborted) return null
      this.#kept.set(key, chapter)
      if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as string)
      return chapter
    } catch (error) {
      if (signal.aborted) return null
      throw error
    }
  }
}
