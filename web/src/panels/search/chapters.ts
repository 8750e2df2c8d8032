/**
 * The chapters of the guided tour and the other things to read, to be found by their titles in every language.
 */
import { KNOWN } from '../../words/languages'
import type { ReaderView } from '../../session/place'
import type { Page } from '../../page.svelte'
import type { Finding, Provider } from './finding'

const VIEWS: readonly ReaderView[] = ['contents', 'glossary', 'explore']

export function chapters({ tour, i18n }: Page): Provider {
  const inEveryLanguage = Object.values(tour.book.contents?.languages ?? {}).flat()
  const all = tour.book.entries.map(({ slug, title, summary }, number): Finding => ({
    id: `chapter:${slug}`,
    title,
    place: summary,
    detail: i18n.t.tour.chapterNumber(number),
    spellings: [slug, ...inEveryLanguage.filter((entry) => entry.slug === slug).map((entry) => entry.title)],
    completion: null,
    mark: 'chapter',
    run: () => tour.open(slug),
  }))
  const views = VIEWS.map((view): Finding => ({
    id: `view:${view}`,
    title: i18n.t.tour.views[view],
    place: '',
    detail: '',
    spellings: [...KNOWN.values()].map(({ messages }) => messages.tour.views[view]),
    completion: null,
    mark: 'chapter',
    run: () => tour.turnTo(view),
  }))
  return { heading: i18n.t.search.chapters, all: tour.book.entries.length > 0 ? [...all, ...views] : [], before: 4 }
}
