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

interface Asked {
  readonly key: string
  readonly pending: AbortController
  readonly chapter: Promise<Chapter | null>
}

export class Chapters {
  readonly #kept = new Map<string, Chapter>()
  /** The one that is on its way. */
  #asked: Asked | null = null

  constructor(private readonly source: Source) {}

  forget(): void {
    this.#kept.clear()
    this.#asked = null
  }

  /** Null when another one has been asked for meanwhile. Rejects with what the server refuses. */
  get(language: string, slug: string, model: string, prompt: readonly number[]): Promise<Chapter | null> {
    const key = [language, slug, model, prompt].join(' ')
    if (this.#asked?.key === key) return this.#asked.chapter
    this.#asked?.pending.abort()
    const pending = new AbortController()
    const kept = this.#kept.get(key)
    const coming = kept
      ? Promise.resolve(kept)
      : this.source.chapter(language, slug, { model, prompt, change: '' }, pending.signal)
    const asked: Asked = { key, pending, chapter: this.#arrived(key, coming, pending.signal) }
    this.#asked = asked
    return asked.chapter.finally(() => {
      if (this.#asked === asked) this.#asked = null
    })
  }

  async #arrived(key: string, coming: Promise<Chapter>, signal: AbortSignal): Promise<Chapter | null> {
    try {
      const chapter = await coming
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
