/**
 * The languages that the page speaks, and what each calls itself. Everything else that has words takes its languages from here.
 */
import type { Messages } from './en'
import type { SharedWords } from './shared'

export interface Words {
  readonly messages: Messages
  readonly shared: SharedWords
}

/** What each language calls itself, and where its words are. A new language is a line here. */
export const SPOKEN = {
  en: { name: 'English', words: (): Promise<Words> => import('./en') },
  ja: { name: '日本語', words: (): Promise<Words> => import('./ja') },
}

export type Language = keyof typeof SPOKEN

export const LANGUAGES = Object.keys(SPOKEN) as Language[]

export function nameOf(language: Language): string {
  return SPOKEN[language].name
}

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
