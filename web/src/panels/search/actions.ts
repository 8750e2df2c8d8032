/**
 * What the page can do, to be found by its words in every language: the same things that buttons and keys do.
 */
import { KNOWN, LANGUAGES, nameOf } from '../../words/languages'
import type { Messages } from '../../words/en'
import { shortened } from '../../source/refusal'
import { turnComparison } from '../against'
import { copyText } from '../clipboard'
import type { Page } from '../../page.svelte'
import type { Finding, Provider } from './finding'

export function actions(page: Page): Provider {
  const { run, writing, inspection, tour, i18n } = page
  const { selection } = inspection
  const key = (name: string) => (tour.active ? '' : name)
  const action = (id: string, words: (messages: Messages) => string, run: () => unknown, keys = ''): Finding => ({
    id: `action:${id}`,
    title: words(i18n.t),
    place: '',
    detail: keys,
    spellings: everywhere(words),
    completion: null,
    mark: 'action',
    run,
  })
  const all = [
    run &&
      !run.finished &&
      action(
        'next',
        (t) => t.generation.next,
        () => writing.next(),
        key('Space'),
      ),
    run &&
      run.step > 0 &&
      action(
        'previous',
        (t) => t.generation.back,
        () => writing.previous(),
        key('Backspace'),
      ),
    run &&
      run.step > 0 &&
      action(
        'reset',
        (t) => t.generation.reset,
        () => writing.reset(),
      ),
    run &&
      action(
        'play',
        (t) => t.generation.play,
        () => writing.play(),
      ),
    run &&
      page.description?.task &&
      action(
        'shuffle',
        (t) => t.tokens.shuffle,
        () => writing.shuffle(),
      ),
    run &&
      action(
        'perform',
        (t) => (selection?.index ? t.playback.playCell : t.playback.play),
        () => page.playback.toggle(),
        'P',
      ),
    run &&
      action(
        'compare',
        (t) => t.against.heading,
        () => page.attempt(() => turnComparison(page)),
        'C',
      ),
    page.other.what !== null &&
      action(
        'end',
        (t) => t.against.endIt,
        () => page.other.end(),
        'U',
      ),
    tour.staging.fanning.isPossible &&
      action(
        'fan',
        (t) => t.fan.button,
        () => page.attempt(() => tour.staging.fanning.toggle()),
        'F',
      ),
    action(
      'home',
      (t) => t.stage.home,
      () => page.home(),
      'Home',
    ),
    action(
      'undo',
      (t) => t.stage.undo,
      () => page.viewpoint.stage?.framing.undo(),
      'Z',
    ),
    action(
      'redo',
      (t) => t.stage.redo,
      () => page.viewpoint.stage?.framing.redo(),
      'Shift Z',
    ),
    action(
      'lens',
      (t) => t.stage.lens,
      () => page.viewpoint.turnLens(),
      'O',
    ),
    selection?.index &&
      action(
        'pin',
        (t) => t.inspector.pin,
        () => inspection.pin(selection),
      ),
    inspection.pinned &&
      action(
        'unpin',
        (t) => t.inspector.unpin,
        () => inspection.pin(null),
      ),
    selection &&
      action(
        'close',
        (t) => t.inspector.close,
        () => inspection.close(),
        'Escape',
      ),
    action(
      'link',
      (t) => t.copy.link,
      () => copyLink(page),
    ),
    ...(['light', 'dark', 'auto'] as const).map((theme) =>
      action(
        theme,
        (t) => t.page.theme[theme],
        () => page.chooseTheme(theme === 'auto' ? null : theme),
      ),
    ),
    ...LANGUAGES.map((language) =>
      action(
        language,
        (t) => t.page.language(nameOf(language)),
        () => page.chooseLanguage(language),
      ),
    ),
    action(
      'keys',
      (t) => t.keys.heading,
      () => (page.dialog = 'keys'),
      '?',
    ),
  ]
  return {
    heading: i18n.t.search.actions,
    all: all.filter((one) => one !== null && one !== false && one !== undefined),
    before: 6,
  }
}

export function models(page: Page): Provider {
  const { i18n } = page
  const all = (page.models?.models ?? []).map((entry): Finding => ({
    id: `model:${entry.id}`,
    title: entry.title,
    place: '',
    detail: i18n.t.models.parameters(i18n.integer(entry.parameters)),
    spellings: [entry.id, entry.title, ...everywhere((t) => t.models.heading)],
    completion: entry.id,
    mark: 'model',
    run: () => page.choose(entry.id),
  }))
  return { heading: i18n.t.models.heading, all, before: 3 }
}

function everywhere(words: (messages: Messages) => string): string[] {
  return [...KNOWN.values()].map(({ messages }) => words(messages))
}

/** So much of an address is shown. */
const SHOWN = 100

async function copyLink(page: Page): Promise<void> {
  const { i18n } = page
  const copied = await copyText(page.link)
  page.tell(copied ? i18n.t.copy.copiedLink(shortened(page.link, SHOWN)) : i18n.t.copy.failed)
}
