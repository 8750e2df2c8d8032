/**
 * Where in the tour one is, as the address bar spells it: `04-self-attention:3`, and `04-self-attention:3:0.42` where one has
 * stopped within the step. Steps are counted from 1, as readers do.
 */

/** How finely a link says where one has stopped, and the track of the timeline can be set. */
export const POSITION_DIGITS = 3

/** What the reader pane shows. */
export type ReaderView = 'chapter' | 'contents' | 'glossary' | 'explore'

const VIEWS: readonly ReaderView[] = ['chapter', 'contents', 'glossary', 'explore']

export interface TourPlace {
  chapter: string
  /** From 0. */
  step: number
  /** From 0 to 1, of what the step plays; null: not stopped within it. */
  position: number | null
}

export function parsePlace(text: string | null): TourPlace | null {
  const match = /^([\w-]{1,80})(?::(\d{1,3}))?(?::([01](?:\.\d{1,4})?))?$/.exec(text ?? '')
  if (match === null) return null
  const [, chapter, step, position] = match
  return {
    chapter: chapter as string,
    step: Math.max(0, Number(step ?? 1) - 1),
    position: position === undefined ? null : Math.min(1, Number(position)),
  }
}

export function formatPlace({ chapter, step, position }: TourPlace): string {
  const parts = [
    chapter,
    ...(step > 0 || position !== null ? [step + 1] : []),
    ...(position === null ? [] : [Number(position.toFixed(POSITION_DIGITS))]),
  ]
  return parts.join(':')
}

export function parseView(text: string | null): ReaderView {
  return VIEWS.find((view) => view === text) ?? 'chapter'
}
