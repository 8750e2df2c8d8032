/**
 * The words of panels that come when they are wanted: they come with these, and are not waited for when the page opens. What a language
 * has no words for is said in English.
 */
import type { Language } from './languages'
import type { LateWords } from './late/en'

const SPOKEN = import.meta.glob<{ late: LateWords }>('./late/*.ts', { eager: true })

export function lateWords(language: Language): LateWords {
  return (SPOKEN[`./late/${language}.ts`] ?? SPOKEN['./late/en.ts']!).late
}
