/**
 * Parts of the page that come when they are first wanted. A server that is away is asked again until it is back, so that no part stays
 * away for good.
 */
const FIRST_WAIT = 500
const LONGEST_WAIT = 4000

/** `load` imports a part; `missed` is called when it has not come at first, and is asked for again. */
export async function untilItComes<Part>(
  load: () => Promise<Part>,
  missed: () => void = () => undefined,
): Promise<Part> {
  let failure: unknown = null
  for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      return await (failure === null ? load() : loadAgain(load, failure))
    } catch (error) {
      failure = error
      missed()
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}

/** A browser may remember that a part did not come, and never ask for it again: by another address it does. */
async function loadAgain<Part>(load: () => Promise<Part>, failure: unknown): Promise<Part> {
  try {
    return await load()
  } catch (error) {
    const address = /https?:\S+\.js/.exec(String(failure))?.[0]
    if (address === undefined) throw error
    return (await import(/* @vite-ignore */ `${address}?again=${Date.now()}`)) as Part
  }
}
