/**
 * A token that has been written goes back in, from the model's exit to its entrance, and its column is filled.
 */
import type { Page } from '../page.svelte'
import type { Trace } from '../protocol/trace'
import { RETURN_SECONDS, returnAt } from '../scene/animation/opening'
import { perform } from './performing'

/** By page, the run whose last token goes back in now. */
const latest = new WeakMap<Page, Trace>()

export async function returnToken(page: Page): Promise<void> {
  const { stage } = page.viewpoint
  const { run } = page
  if (stage === null || run?.trace == null) return
  const { trace } = run
  latest.set(page, trace)
  const isWanted = () => run.trace === trace && !page.playback.open && !page.tour.active
  const pulse = await stage.playing.pulse(trace, trace.tokens.length - 1)
  const draw = (share: number) => {
    const { gates, scenery } = returnAt(pulse, share)
    stage.moveGates(gates)
    stage.playing.set(scenery)
  }
  await perform(RETURN_SECONDS, draw, isWanted)
  if (latest.get(page) !== trace) return
  stage.moveGates(null)
  if (!page.playback.open && !page.tour.active) stage.playing.set(null)
}
