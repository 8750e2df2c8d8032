/** The page in German: a draft. What it does not say is said in English. */
import { en, type Messages } from './en'
import { completed } from './shared'
import { tour } from './tour/de'
import german from '../../../src/pellucid/words/de.json'

export const shared = completed(german)
export { de as messages }

const de: Messages = {
  ...en,
  locale: 'de',

  page: {
    ...en.page,
    reader: 'Text',
    stage: 'Das Modell in 3D',
    skip: 'Zum Text springen',
    loading: 'Das Modell wird geladen …',
    language: (name) => `Sprache: ${name}`,
    keys: 'Tasten',
    close: 'Schließen',
  },

  tokens: {
    ...en.tokens,
    heading: (length) => `${length} Buchstaben eingeben`,
    field: (length, alphabet) => `Die Eingabe: ${length} Buchstaben aus ${alphabet}`,
    shuffle: 'Andere Buchstaben',
  },

  generation: {
    ...en.generation,
    heading: 'Die Antwort, ein Token nach dem anderen',
    next: 'Nächstes Token',
    reset: 'Von vorn',
  },

  stage: { ...en.stage, home: 'Das ganze Modell', notComputed: 'nicht berechnet' },

  tour,
}
