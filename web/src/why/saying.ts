/** What a measurement says, as a plain sentence in a reader's language, made from its numbers, word for word as Python's why/saying.py. */
import { fixed } from '../formula/rounding'
import { BIAS, FINAL } from './attribution'
import { BIASES, REST, type Contributions } from './contributions'
import { largest, type Measurement } from './measurement'

/** The sentences of src/pellucid/words, by their names. */
export type Sayings = Readonly<Record<string, string>>

/** At most so many parts are named in a sentence. */
const NAMED = 3
/** A part is named where it is at least this share of the largest. */
const WORTH = 0.1
/** What moves a logit by no more than this moves it by rounding alone. */
const NOTHING = 1e-6

interface About {
  readonly token: string
  readonly position: number
}

/** Three decimals, with a real minus sign. */
export function number(value: number): string {
  return (value < 0 || Object.is(value, -0) ? '−' : '') + fixed(Math.abs(value), 3)
}

function filled(template: string, details: Readonly<Record<string, string | number | null>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''))
}

/** How a reader is told: in which sentences, what each tensor is called, with its block, and what stands at each position. */
export interface Speech {
  readonly words: Sayings
  readonly titles: Readonly<Record<string, string>>
  readonly pieces: readonly string[]
}

function said(
  found: Measurement,
  kind: string,
  speech: Speech,
  about: Readonly<Record<string, string | number | null>>,
): string {
  const { words } = speech
  const [first, ...others] = largest(found, NAMED)
  const more = others
    .filter(({ value }) => Math.abs(value) >= WORTH * Math.abs(first!.value))
    .map(({ labels: [label = ''], value }) =>
      filled(words['then']!, { part: partIn(label, speech), amount: number(value) }),
    )
  const most = { first: partIn(first!.labels[0]!, speech), amount: number(first!.value), more: more.join('') }
  return filled(words[kind]!, { ...about, ...most })
}

/**
 * What a label of a measurement means: "blocks.0.attn.z[h=1,t=5]" is "block 1: gathered values, h=1, t=5 (C)". A position, such as "5:C",
 * is "t=5 (C)"; what else names no tensor is left as it is.
 */
export function partIn(label: string, { words, titles, pieces }: Speech): string {
  const placeOf = (axis: string, index: string): string =>
    axis === 't' ? `t=${index} (${pieces[Number(index)]})` : `${axis}=${index}`
  if (label === FINAL) return words['final']!
  const position = /^(\d+):/.exec(label)?.[1]
  if (position !== undefined) return placeOf('t', position)
  const [, tensor = '', places = ''] = /^([^[,]+)(?:\[|, |$)(.*)$/s.exec(label) ?? []
  const title = titles[tensor]
  if (title === undefined) return label
  if (places === BIAS) return filled(words['bias']!, { tensor: title })
  const found = [...places.matchAll(/(?:^|, ?)([a-z])=(\d+)/g)]
  return [title, ...found.map(([, axis = '', index = '']) => placeOf(axis, index))].join(', ')
}

export function ofAttribution(found: Measurement, about: About, against: string | null, speech: Speech): string {
  const kind = against === null ? 'attribution' : 'attribution-against'
  return said(found, kind, speech, { ...about, value: number(found.about['sum']!), against })
}

export function ofLetters(found: Measurement, about: About, speech: Speech): string {
  return said(found, 'letters', speech, { ...about })
}

/** What each layer answers at a position, as tokens. */
export function answersOf({ labels: [layers, along, tokens], values }: Measurement, position: number): number[] {
  const width = tokens!.length
  return layers!.map((_, layer) => {
    const start = (layer * along!.length + position) * width
    const own = values.subarray(start, start + width)
    return own.reduce((best, value, token) => (value > own[best]! ? token : best), 0)
  })
}

/** From which layer on the answer is the one that the model gives. */
export function ofLens(
  found: Measurement,
  position: number,
  pieceOf: (token: number) => string,
  speech: Speech,
): string {
  const answers = answersOf(found, position)
  const last = answers.at(-1)!
  const agreeing = answers.findLastIndex((answer) => answer !== last) + 1
  return filled(speech.words['lens']!, {
    position,
    answers: answers.map(pieceOf).join(' '),
    layer: partIn(found.labels[0]![agreeing]!, speech),
    token: pieceOf(last),
  })
}

export function ofContributions(found: Contributions, about: About, speech: Speech): string {
  const details = { value: number(found.value), share: `${fixed(found.shown * 100, 0)}%` }
  const way = strongest(found).map((cells) => partIn(cells, speech))
  return filled(speech.words['contributions']!, { ...about, ...details, way: way.join(' → ') })
}

/** The way to the target along the largest edge at each step, the beginning first. */
export function strongest({ target, edges }: Contributions): string[] {
  const way = [target]
  for (;;) {
    const [first] = edges
      .filter((edge) => edge.target === way[0])
      .sort((one, other) => Math.abs(other.value) - Math.abs(one.value))
      .filter(({ source }) => source !== BIASES && source !== REST)
    if (first === undefined) return way
    way.unshift(first.source)
  }
}

/** The patch that brings the logit furthest from where it was. */
export function ofPatching(found: Measurement, about: About, speech: Speech): string {
  const { words } = speech
  const base = found.about['corrupted']!
  const [furthest] = largest(moved(found), 1)
  const both = { ...about, corrupted: number(base), clean: number(found.about['clean']!) }
  if (Math.abs(furthest!.value) < NOTHING) return filled(words['patching-nothing']!, both)
  const place = partIn(placed(found, furthest!.labels), speech)
  return filled(words['patching']!, { ...both, place, value: number(base + furthest!.value) })
}

/** How far each patch moves the logit from what it is in the text itself. */
export function moved(found: Measurement): Measurement {
  return { ...found, values: found.values.map((value) => value - found.about['corrupted']!) }
}

/** Where in a tensor a patch is: "blocks.0.attn.z, h=0, t=5:C". */
export function placed({ axes }: Measurement, place: readonly string[]): string {
  return place.map((label, at) => (axes[at] === 'tensor' ? label : `${axes[at]}=${label}`)).join(', ')
}
