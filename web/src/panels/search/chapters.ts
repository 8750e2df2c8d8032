/**
 * The chapters of the guided tour and the other things to read, to be found by their titles in every language.
 */
import { tick } from 'svelte'
import { numberOf } from '../../lesson/chapters'
import { KNOWN } from '../../words/languages'
import type { ReaderView } from '../../session/place'
import type { Page } from '../../page.svelte'
import type { Finding, Provider } from './finding'

const VIEWS: readonly ReaderView[] = ['contents', 'glossary', 'explore']

export function chapters(page: Page): Provider {
  const { tour, i18n, explained } = page
  const inEveryLanguage = Object.values(tour.book.contents?.languages ?? {}).flat()
  const all = tour.book.entries.map(({ slug, title, summary }): Finding => ({
    id: `chapter:${slug}`,
    title,
    place: summary,
    detail: i18n.t.tour.chapterNumber(numberOf(slug)),
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
  void explained.load()
  const terms = (explained.glossary?.terms ?? []).map((term): Finding => ({
    id: `term:${term.id}`,
    title: term.word,
    place: i18n.t.tour.views.glossary,
    detail: '',
    spellings: [term.id, term.word],
    completion: null,
    mark: 'chapter',
    run: async () => {
      await tour.turnTo('glossary')
      await tick()
      page.target.querySelector(`#${CSS.escape(page.id(`term-${term.id}`))}`)?.scrollIntoView({ block: 'center' })
    },
  }))
  return {
    heading: i18n.t.search.chapters,
    all: tour.book.entries.length > 0 ? [...all, ...views, ...terms] : [],
    before: 4,
  }
}
