/**
 * Panels that are not there when the page opens: each comes when it is first wanted, or when there is nothing else to do.
 */
import type { Component } from 'svelte'
import { untilItComes } from '../source/arriving'

export class Later<Props extends Record<string, unknown>> {
  /** Null until it has come. */
  component = $state.raw<Component<Props> | null>(null)
  /** Resolves when it has come, once it is wanted. */
  came: Promise<void> = Promise.resolve()
  #asked = false

  constructor(private readonly load: () => Promise<{ default: Component<Props> }>) {}

  want(): void {
    if (this.#asked) return
    this.#asked = true
    this.came = untilItComes(this.load).then((module) => void (this.component = module.default))
  }
}

export function latePanels() {
  return {
    inspector: new Later(() => import('./Inspector.svelte')),
    search: new Later(() => import('./Search.svelte')),
    keys: new Later(() => import('./Keys.svelte')),
  }
}

/** How many milliseconds a page that is never idle puts off what can wait. */
const MOST_PUT_OFF = 5000

/** Does what can wait: when the page is there, and has nothing else to do for once. */
export function whenIdle(ready: Promise<void>, task: () => void): void {
  void ready.then(() => {
    // Safari has none.
    if ('requestIdleCallback' in window) requestIdleCallback(task, { timeout: MOST_PUT_OFF })
    else setTimeout(task, 500)
  })
}
