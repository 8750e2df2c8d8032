/**
 * The languages that the page speaks, each with its sentences. Everything else that has words takes its languages from here.
 */
import { en, type Messages } from './en'
import { ja } from './ja'

export const LANGUAGES = { en, ja } satisfies Readonly<Record<string, Messages>>

export type Language = keyof typeof LANGUAGES

export function isLanguage(value: string | null): value is Language {
  return value !== null && value in LANGUAGES
}
