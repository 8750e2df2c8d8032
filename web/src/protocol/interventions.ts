/**
 * Cells and what happens to them, as text: the grammar of docs/protocol.md, which Python reads in graph/cells.py and
 * run/interventions.py. Whatever text of tests/golden/changes.json means there, it means here.
 *
 *     blocks.1.attn.z[h=2]~scale(2);blocks.0.attn.pattern[h=0,t=3..5];blocks.0.attn.q[2,3,7]~set(0.5)
 */

/** A half-open range of indices. */
export type Span = readonly [number, number]

/** For every axis of the tensor, in its order, a range, or null where the whole axis is meant. */
export interface Cells {
  readonly tensor: string
  readonly at: Readonly<Record<string, Span | null>>
}

export type Change =
  | { readonly kind: 'zero' | 'freeze' }
  | { readonly kind: 'set' | 'scale' | 'add'; readonly number: number }
  | { readonly kind: 'mean along'; readonly axes: readonly string[] }
  | { readonly kind: 'mean over'; readonly texts: readonly (readonly number[])[] }
  | { readonly kind: 'from'; readonly tokens: readonly number[] }

export interface Intervention {
  readonly cells: Cells
  readonly change: Change
}

/** Whether nothing is left of the cells. */
export function isOff(change: Change): boolean {
  return change.kind === 'zero' || ((change.kind === 'set' || change.kind === 'scale') && change.number === 0)
}

/** What has to be known of a tensor; found by our name for it or by another program's. */
export type Find = (name: string) => { readonly name: string; readonly axes: readonly string[] } | undefined

const CELLS = /^([^[\]:;~]+?)\s*(?:\[([^[\]]*)\]|:([^[\]:;~=]*))?$/
const PLACE = /^(?:([a-z])\s*=\s*)?(-?\d{1,9})(?:\s*\.\.\s*(-?\d{1,9}))?$/
const CHANGE = /^([a-z]+)(?:\(([^()]*)\))?$/
const NUMBER = /^-?(?:\d{1,40}(?:\.\d{1,40})?(?:e-?\d{1,3})?|inf)$/
const LETTERS = /^[a-z](?:,[a-z])*$/
const TOKENS = /^\d{1,9}(?:,\d{1,9})*$/
const LARGEST = 3.4028234663852886e38

// Reading. Null for what is not understood, or names a tensor or an axis that there is none of.

export function parseInterventions(text: string, find: Find): Intervention[] | null {
  if (text.trim() === '') return []
  const found = text.split(';').map((part) => parseIntervention(part, find))
  return found.every((each) => each !== null) ? found : null
}

export function parseIntervention(text: string, find: Find): Intervention | null {
  const tilde = text.indexOf('~')
  const cells = parseCells(tilde < 0 ? text : text.slice(0, tilde), find)
  const change: Change | null = tilde < 0 ? { kind: 'zero' } : parseChange(text.slice(tilde + 1))
  return cells && change && { cells, change }
}

export function parseCells(text: string, find: Find): Cells | null {
  const [, name, bracketed, index] = CELLS.exec(text.trim()) ?? []
  const tensor = name === undefined ? undefined : find(name)
  if (tensor === undefined) return null
  const said = bracketed ?? index
  const parts = said === undefined || said.trim() === '' ? [] : said.split(',')
  const places = parts.map((part) => PLACE.exec(part.trim()))
  const spans = new Map<string, Span>()
  for (const [number, place] of places.entries()) {
    const axis = place?.[1] ?? tensor.axes[number]
    const lettered = place?.[1] !== undefined
    if (!place || axis === undefined || !tensor.axes.includes(axis) || spans.has(axis)) return null
    if (lettered !== (places[0]?.[1] !== undefined)) return null
    const first = Number(place[2])
    const end = Number(place[3] ?? first) + 1
    if (first < 0 || end <= first) return null
    spans.set(axis, [first, end])
  }
  const inOrder = said !== undefined && places[0]?.[1] === undefined
  if (inOrder && spans.size !== tensor.axes.length) return null
  return { tensor: tensor.name, at: Object.fromEntries(tensor.axes.map((axis) => [axis, spans.get(axis) ?? null])) }
}

export function parseChange(text: string): Change | null {
  const [, word, given] = CHANGE.exec(text.replaceAll(' ', '')) ?? []
  if (given === undefined) return word === 'zero' || word === 'freeze' ? { kind: word } : null
  switch (word) {
    case 'set':
    case 'scale':
    case 'add': {
      const number = NUMBER.test(given) ? Number(given.replace('inf', 'Infinity')) : NaN
      const infinite = word === 'set' && given.endsWith('inf')
      return Math.abs(number) <= LARGEST || infinite ? { kind: word, number } : null
    }
    case 'mean': {
      if (LETTERS.test(given)) return { kind: 'mean along', axes: given.split(',') }
      const texts = given.split('|')
      return texts.every((each) => TOKENS.test(each)) ? { kind: 'mean over', texts: texts.map(numbers) } : null
    }
    case 'from':
      return TOKENS.test(given) ? { kind: 'from', tokens: numbers(given) } : null
    default:
      return null
  }
}

function numbers(text: string): number[] {
  return text.split(',').map(Number)
}

// Writing: the one canonical spelling, by which runs are kept.

export function formatInterventions(interventions: readonly Intervention[]): string {
  return interventions.map(formatIntervention).join(';')
}

export function formatIntervention({ cells, change }: Intervention): string {
  return change.kind === 'zero' ? formatCells(cells) : `${formatCells(cells)}~${formatChange(change)}`
}

export function formatCells({ tensor, at }: Cells): string {
  const said = Object.entries(at).flatMap(([axis, span]) => (span === null ? [] : [`${axis}=${formatSpan(span)}`]))
  return said.length === 0 ? tensor : `${tensor}[${said.join(',')}]`
}

function formatSpan([first, end]: Span): string {
  return end - first === 1 ? String(first) : `${first}..${end - 1}`
}

export function formatChange(change: Change): string {
  switch (change.kind) {
    case 'zero':
    case 'freeze':
      return change.kind
    case 'set':
    case 'scale':
    case 'add':
      return `${change.kind}(${formatNumber(change.number)})`
    case 'mean along':
      return `mean(${change.axes.join(',')})`
    case 'mean over':
      return `mean(${change.texts.map((tokens) => tokens.join(',')).join('|')})`
    case 'from':
      return `from(${change.tokens.join(',')})`
  }
}

/** The shortest digits that give this very number, as Python has them; no plus sign, which addresses read as a space. */
function formatNumber(number: number): string {
  const size = Math.abs(number)
  if (size === Infinity) return number < 0 ? '-inf' : 'inf'
  if (Object.is(number, -0)) return '-0'
  const far = size !== 0 && (size < 1e-4 || size >= 1e16)
  return (far ? number.toExponential() : String(number)).replace('e+', 'e')
}

// Asking.

/** The index of the one cell that it is, in axis order; null where it is not one cell. */
export function indexOf(cells: Cells): number[] | null {
  const spans = Object.values(cells.at)
  return spans.every((span) => span !== null && span[1] - span[0] === 1) ? spans.map((span) => span?.[0] ?? 0) : null
}
