/**
 * What a site tells of a model for a text is told of one for few letters and of one for many. All that depends on their number does so
 * evenly, but for ribbons, which are as broad as they are by a root: what is between, or beyond, is a fraction of a cell beside that.
 */
import { Refusal } from './refusal'

/** For so many letters: train/fresh.py and site/contents.py. Fewer would be drawn otherwise. */
const FEW = 12
const MANY = 128

/** How many letters a name asks for, which says nothing else here. Throws `Refusal`. */
export function lettersIn(model: string): number {
  const found = /^new:text(?:,letters=(\d{1,3}))?$/.exec(model)
  const letters = Number(found?.[1] ?? FEW)
  if (found !== null && letters >= FEW) return letters
  throw new Refusal('unknown-model', `There is no model '${model}' here: a text has at least ${FEW} letters.`, {
    model,
  })
}

export function between<Told>(few: Told, many: Told, letters: number): Told {
  const share = (letters - FEW) / (MANY - FEW)
  const found = (one: unknown, other: unknown): unknown => {
    if (typeof one === 'number')
      return one === other ? one : Math.round(100 * (one + share * ((other as number) - one))) / 100
    if (Array.isArray(one)) return one.map((each, place) => found(each, (other as unknown[])[place]))
    if (typeof one !== 'object' || one === null) return one
    const names = Object.entries(one).map(([name, value]) => [name, found(value, (other as typeof one)[name as never])])
    return Object.fromEntries(names) as unknown
  }
  return found(few, many) as Told
}
