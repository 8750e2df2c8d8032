/**
 * The languages that the page speaks. The words of each come when they are first wanted: a reader is sent those of one. Everything else
 * that has words takes its languages from here.
 */
import { SvelteMap } from 'svelte/reactivity'
import { untilItComes } from '../source/arriving'
import type { Messages } from './en'
import type { SharedWords } from './shared'

export interface Words {
  readonly messages: Messages
  readonly shared: SharedWords
}

/** What each language calls itself, and where its words are. A new language is a line here. */
const SPOKEN = {
  en: { name: 'English', words: (): Promise<Words> => import('./en') },
  ja: { name: '日本語', words: (): Promise<Words> => import('./ja') },
}

export type Language = keyof typeof SPOKEN

export const LANGUAGES = Object.keys(SPOKEN) as Language[]

export function nameOf(language: Language): string {
  return SPOKEN[language].name
}

/** The words that have come. */
export const KNOWN = new SvelteMap<Language, Words>()

export function isLanguage(value: string | null): value is Language {
  return value !== null && value in SPOKEN
}

/** The first of the reader's languages that the page speaks. */
export function preferred(): Language {
  for (const tag of navigator.languages) {
    const language = tag.slice(0, 2).toLowerCase()
    if (isLanguage(language)) return language
  }
  return 'en'
}

/** Brings the words of a language, where they have not come yet. */
export async function learn(language: Language): Promise<void> {
  if (!KNOWN.has(language)) KNOWN.set(language, await untilItComes(SPOKEN[language].words))
}
