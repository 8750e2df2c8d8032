/**
 * What the run at hand is compared with, in words.
 */
import { tick } from 'svelte'
import { isChanged, writtenAs } from '../lesson/other.svelte'
import { SEEN } from '../session/against'
import { isNew, type Page } from '../page.svelte'

export function withWhat({ other, i18n, description, models }: Page): string {
  const { what } = other
  const words = i18n.t.against.with
  if (what === null || description === null) return ''
  switch (what.kind) {
    case 'unchanged':
      return words.unchanged
    case 'moment':
      return words.moment(i18n.integer(what.moment.step))
    case 'model': {
      const known = other.model?.id === what.model ? other.model : null
      if (isNew(what.model)) return words.fresh
      const title = known?.title ?? models?.models.find(({ id }) => id === what.model)?.title ?? what.model
      return known?.training['steps'] === 0 ? words.untrained(title) : words.model(title)
    }
    default:
      return words.text(writtenAs(what, description))
  }
}

/**
 * The key that begins a comparison: with the run without changes, where something is changed, and else with what the reader chooses under
 * Explore. While there is one, what is seen goes round.
 */
export async function turnComparison(page: Page): Promise<void> {
  const { other, run, tour } = page
  if (other.what === null && isChanged(run)) return other.begin({ kind: 'unchanged' })
  if (other.what === null) {
    await tour.turnTo('explore')
    await tick()
    const choice = page.target.querySelector<HTMLElement>('[data-part="compare"]')
    choice?.scrollIntoView({ block: 'start' })
    choice?.querySelector('button')?.focus()
    return
  }
  other.show(SEEN[(SEEN.indexOf(other.seen) + 1) % SEEN.length] ?? 'difference')
}
