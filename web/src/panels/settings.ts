/** What is asked for of a new model, and what one may be called. */
import type { Page } from '../page.svelte'
import { lateWords } from '../words/late'

/** Settings that no model can have, and why. */
export interface Bad {
  readonly names: readonly string[]
  readonly why: string
}

/** The heads of a block share out its channels evenly; null: they do, or there are none. */
export function unevenHeads(
  width: number,
  heads: number,
  say: (channels: string, heads: string) => string,
): Bad | null {
  if (!(heads > 0 && width % heads !== 0)) return null
  return { names: ['width', 'heads'], why: say(String(width), String(heads)) }
}

/** Why a model cannot be called that, `own` being the one that is to be; null: it can. */
export function unfitName(page: Page, title: string, own: string | null = null): string | null {
  const { unnamed, taken } = lateWords(page.i18n.language).learning
  const name = title.trim()
  return name === '' ? unnamed : page.isTaken(name, own) ? taken(name) : null
}
