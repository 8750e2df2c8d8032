/**
 * Parts of the page that come when they are first wanted. A server that is away is asked again until it is back.
 */
const WAIT = 2000

export async function untilItComes<Part>(load: () => Promise<Part>): Promise<Part> {
  for (;;) {
    try {
      return await load()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, WAIT))
    }
  }
}
