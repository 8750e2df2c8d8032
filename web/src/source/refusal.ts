/**
 * What is said when something asked for cannot be done.
 */

/** The code of a source that has chapters only as they are before they are filled in: whoever computes the model fills them in. */
export const NOT_FILLED_IN = 'not-filled-in'

/** The code of a source without the program that measures what a logit comes from. */
export const MEASURED_BY_SERVER = 'measured-by-server'

/** The code of what is measured where a model is stored, for one that is in this browser alone. */
export const ONLY_HERE = 'only-here'

/** The code of what could not be computed in the page, where nobody else can. */
export const NOT_COMPUTED = 'not-computed'

/** The code of a source that has no program that draws: what the page holds it can draw itself. */
export const NOT_DRAWN = 'not-drawn'

/** Something asked for cannot be done: the server's sentence, or the page's own where it need not ask. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, string | number | null | undefined>> = {},
    readonly status = 400,
  ) {
    super(message)
  }
}

/** A model that could not be computed in the page, where nobody else can. */
export function notComputed(model: string): Refusal {
  const sentence = `This browser could not compute ${model}: load the page again, or open it in another browser.`
  return new Refusal(NOT_COMPUTED, sentence, { model })
}

/** As much of what somebody wrote as a sentence repeats. */
export function shortened(text: string, most: number): string {
  const signs = Array.from(text)
  return signs.length > most ? `${signs.slice(0, most).join('')}…` : text
}
