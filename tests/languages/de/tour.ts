/** The guided tour's own words in German: a draft. */
import { tour as english } from './en'

export const tour: typeof english = {
  ...english,
  views: { chapter: 'Tour', contents: 'Inhalt', glossary: 'Glossar', explore: 'Erkunden' },
  viewsName: 'Was zu lesen ist',
  letters: 'Deine Buchstaben',
  chapterNumber: (number) => `Kapitel ${number}`,
  minutes: (minutes) => `${Math.max(1, Math.round(minutes))} Min.`,
  next: 'Nächster Schritt',
  back: 'Ein Schritt zurück',
  stepOf: (step, all, title) => `Schritt ${step} von ${all}: ${title}`,
  goToStep: (title) => `Diesen Schritt zeigen: ${title}`,
}
