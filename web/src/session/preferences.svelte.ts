/**
 * How the reader likes to see the page: theme and motion, from the system unless chosen here.
 */
import type { Theme } from '../scene/stage'

const dark = matchMedia('(prefers-color-scheme: dark)')
const still = matchMedia('(prefers-reduced-motion: reduce)')

class Preferences {
  /** Null: as the system. */
  chosenTheme = $state<Theme | null>(null)
  systemTheme = $state<Theme>(dark.matches ? 'dark' : 'light')
  reducedMotion = $state(still.matches)
  readonly theme = $derived(this.chosenTheme ?? this.systemTheme)

  constructor() {
    dark.addEventListener('change', () => (this.systemTheme = dark.matches ? 'dark' : 'light'))
    still.addEventListener('change', () => (this.reducedMotion = still.matches))
  }
}

export const preferences = new Preferences()
