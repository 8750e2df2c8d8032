/**
 * Where the places that one has been at are kept, one after another: in the browser's history, with its address bar, or, for a page
 * that is a guest in a document, in a list of its own.
 */

export interface Visits {
  /** Where one is, as the query of an address. */
  readonly search: string
  /** What was kept with it. */
  readonly mark: unknown
  push(search: string, mark: unknown): void
  replace(search: string, mark: unknown): void
  /** Forward by so many, or back. */
  go(by: number): void
  /** Calls back when another place has been gone to; returns what ends that. */
  watch(arrived: () => void): () => void
}

export class BrowserVisits implements Visits {
  get search(): string {
    return location.search
  }

  get mark(): unknown {
    return history.state as unknown
  }

  push(search: string, mark: unknown): void {
    history.pushState(mark, '', location.pathname + search)
  }

  replace(search: string, mark: unknown): void {
    history.replaceState(mark, '', location.pathname + search)
  }

  go(by: number): void {
    history.go(by)
  }

  watch(arrived: () => void): () => void {
    addEventListener('popstate', arrived)
    return () => removeEventListener('popstate', arrived)
  }
}

export class OwnVisits implements Visits {
  readonly #places: { search: string; mark: unknown }[]
  #here = 0
  readonly #watchers = new Set<() => void>()

  constructor(search: string) {
    this.#places = [{ search, mark: null }]
  }

  get search(): string {
    return this.#places[this.#here]?.search ?? ''
  }

  get mark(): unknown {
    return this.#places[this.#here]?.mark
  }

  push(search: string, mark: unknown): void {
    this.#places.splice(++this.#here, Infinity, { search, mark })
  }

  replace(search: string, mark: unknown): void {
    this.#places[this.#here] = { search, mark }
  }

  go(by: number): void {
    if (this.#places[this.#here + by] === undefined) return
    this.#here += by
    for (const arrived of this.#watchers) arrived()
  }

  watch(arrived: () => void): () => void {
    this.#watchers.add(arrived)
    return () => this.#watchers.delete(arrived)
  }
}
