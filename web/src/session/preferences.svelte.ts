/**
 * How the reader likes to see the page: theme and motion, from the system unless chosen here.
 */

export type Theme = 'light' | 'dark'

export class Preferences {
  /** Null: as the system. */
  chosenTheme = $state<Theme | null>(null)
  /** The theme of what the page stands in, such as a notebook, whatever the system has. Null: that of the system. */
  surroundings = $state<Theme | null>(null)
  #isSystemDark = $state(false)
  readonly systemTheme = $derived<Theme>(this.surroundings ?? (this.#isSystemDark ? 'dark' : 'light'))
  reducedMotion = $state(false)
  readonly theme = $derived(this.chosenTheme ?? this.systemTheme)
  readonly #ending = new AbortController()

  constructor() {
    this.#follow('(prefers-color-scheme: dark)', (dark) => (this.#isSystemDark = dark))
    this.#follow('(prefers-reduced-motion: reduce)', (reduced) => (this.reducedMotion = reduced))
  }

  /** Does as the system says, now and whenever it says something else. */
  #follow(question: string, take: (answer: boolean) => void): void {
    const query = matchMedia(question)
    take(query.matches)
    query.addEventListener('change', () => take(query.matches), { signal: this.#ending.signal })
  }

  dispose(): void {
    this.#ending.abort()
  }
}
