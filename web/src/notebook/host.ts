/**
 * What the two halves of a notebook's view say to each other. The view stands in the notebook's document and talks to Python; the page
 * stands in a frame of its own, so that neither's styles and keys are the other's.
 */
import type { Handle } from '../handle'
import type { Theme } from '../session/preferences.svelte'

export interface Host {
  /** Where the page begins, as the query of an address. */
  readonly search: string
  /** Asks Python, as a browser asks a server; a TypeError where nobody answers. */
  ask(path: string): Promise<Response>
  /** The page says where it is, as the query of an address. */
  arrived(search: string): void
  /** Says which theme the notebook has, now and whenever that changes. */
  followTheme(tell: (theme: Theme) => void): void
  /** The page is there. */
  started(handle: Handle): void
}

declare global {
  interface Window {
    /** Set on the window of the frame before the page's script runs there. */
    pellucidHost?: Host
  }
}
