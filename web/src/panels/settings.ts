/** What is asked for of a new model. */

/** Settings that no model can have, and why. */
export interface Bad {
  readonly names: readonly string[]
  readonly why: string
}

/** The heads of a block share out its channels evenly; null: they do, or there are none. */
export function unevenHeads(
  width: number,
  heads: number,
  say: (channels: string, heads: string) => string,
): Bad | null {
  if (!(heads > 0 && width % heads !== 0)) return null
  return { names: ['width', 'heads'], why: say(String(width), String(heads)) }
}
