/** A model for a text that nobody but this page knows: its sizes come from a source, its letters and what it is taught from the text. */
import type { Description } from '../protocol/types'
import type { Corpus, Kind } from '../training/corpus'
import { named } from '../training/remote'
import { begun } from '../training/training'
import type { Draft } from './shelf'
import type { Source } from './source'

/** How large the model is to be; null: as large as it is here. */
export type Sizes = Readonly<Record<'layers' | 'heads' | 'width', number>> | null

/** Asks only for a model of that size: the text goes nowhere. Throws `Unfit`, or what the source refuses. */
export async function drafted(
  source: Source,
  { corpus, kind, text }: { readonly corpus: Corpus; readonly kind: Kind; readonly text: string },
  sizes: Sizes,
  title: string,
): Promise<Draft> {
  const { alphabet, context, ends, example, recipe } = corpus
  const settings = { letters: alphabet.length, ...(sizes === null ? {} : { context, ...sizes }) }
  const like = `new:text,${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')}`
  const [told, teaching] = await Promise.all([source.description(like), source.teaching(like)])
  const folder = {
    ...teaching.folder,
    config: ends.length === 0 ? teaching.folder.config : { ...teaching.folder.config, eos_token_id: ends },
    letters: Object.fromEntries(alphabet.map((letter, number) => [letter, number])),
  }
  const base = { ...teaching, folder, recipe: { ...teaching.recipe, ...recipe } }
  const { batch, rate } = base.recipe
  const description: Description = {
    ...told,
    title,
    name: title,
    vocabulary: [...alphabet],
    ends: [...ends],
    example,
    training: { steps: 0, batch, rate },
    learned: kind,
  }
  const { layout, weights } = begun(base, 0)
  return { description, like, weights: named(weights, layout), lesson: { base, kind, text, context } }
}
