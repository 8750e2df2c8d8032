/**
 * The words of the languages that the page speaks. Those of each come when they are first wanted: a reader is sent those of one.
 */
import { SvelteMap } from 'svelte/reactivity'
import { untilItComes } from '../source/arriving'
import { SPOKEN, type Language, type Words } from './spoken'

export * from './spoken'

/** The words that have come. */
export const KNOWN = new SvelteMap<Language, Words>()

/** Brings the words of a language, where they have not come yet. */
export async function learn(language: Language): Promise<void> {
  if (!KNOWN.has(language)) KNOWN.set(language, await untilItComes(SPOKEN[language].words))
}
