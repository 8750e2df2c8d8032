/**
 * Long work in pieces: a generator that yields where it may pause is run for some milliseconds at a time, and the page can answer in between.
 */

/** So long may one piece hold up the page, in milliseconds. */
const BUDGET = 12

/** Runs `work` to its end and resolves to what it returns; to null when `abandoned` says, between two pieces, that nobody wants it any more. */
export async function inPieces<Result>(
  work: Generator<void, Result>,
  abandoned: () => boolean,
): Promise<Result | null> {
  for (;;) {
    const end = performance.now() + BUDGET
    do {
      const step = work.next()
      if (step.done === true) return step.value
    } while (performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve))
    if (abandoned()) return null
  }
}
