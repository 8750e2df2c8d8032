/**
 * The address bar: everything that a link to this page carries, read from a query string and written back to one.
 *
 *     ?text=CBABBC&step=3&cell=blocks.0.attn.q:2,3,7&pin=blocks.0.attn.q:0,3,7&camera=0,-80,0,200,30,15&lang=ja&theme=dark
 */
import { isLanguage, type Language } from '../words/languages'
import { spelled, type CellReference } from '../protocol/cells'
import { parseAgainst, parseSeen, type Seen } from './against'
import type { CameraState } from './camera'
import { formatPlace, parsePlace, parseView, type ReaderView, type TourPlace } from './place'
import type { Theme } from './preferences.svelte'

const PARALLEL = 'parallel'
const NONE = 'none'

/** What an address may say. `off` is an older name of `change`. */
const ENTRIES: ReadonlySet<string> = new Set(
  'model text tokens step tour view beside cell fan pin change off against seen camera lang theme'.split(' '),
)

/** Null: not said, so the page decides. */
export interface Address {
  model: string | null
  /** The prompt; `tokens` where its text would not tell. */
  text: string | null
  tokens: readonly number[] | null
  /** How many tokens have been generated; in the tour its steps say that. */
  step: number
  /** Where in the guided tour one is. */
  tour: TourPlace | null
  view: ReaderView
  /** The models that stand beside it; in the tour its steps say that. */
  beside: readonly string[]
  /** A tensor or a cell: itself, or as a link spells it (docs/protocol.md), which only the model at hand makes sense of. */
  cell: CellReference | string | null
  /** The tensors whose heads lie side by side; none of them: an empty list; null: as the tour says. */
  fan: readonly string[] | null
  /** The cell that others are compared with. */
  pin: CellReference | string | null
  /** What is changed in every run, as docs/protocol.md spells it; several with semicolons between them. */
  change: string | null
  /** What the run is compared with, as `session/against.ts` spells it. */
  against: string | null
  /** Which of the two runs is seen; null: the difference. */
  seen: Seen | null
  camera: CameraState | null
  language: Language | null
  theme: Theme | null
}

/** Where nothing is said. */
export const NOWHERE: Address = parseAddress('')

export function parseAddress(search: string): Address {
  const query = new URLSearchParams(search)
  const language = query.get('lang')
  const theme = query.get('theme')
  return {
    model: query.get('model'),
    text: query.get('text'),
    tokens: wholeNumbers(query.get('tokens')),
    step: Math.max(0, Math.trunc(Number(query.get('step'))) || 0),
    tour: parsePlace(query.get('tour')),
    view: parseView(query.get('view')),
    beside:
      query
        .get('beside')
        ?.split(',')
        .filter((id) => id !== '') ?? [],
    cell: query.get('cell'),
    fan: parseFan(query.get('fan')),
    pin: query.get('pin'),
    change: [...query.getAll('change'), ...query.getAll('off')].filter((one) => one !== '').join(';') || null,
    against: query.get('against'),
    seen: parseSeen(query.get('seen')),
    camera: parseCamera(query.get('camera')),
    language: isLanguage(language) ? language : null,
    theme: theme === 'light' || theme === 'dark' ? theme : null,
  }
}

/** The entries of a query that say nothing here: misspelled ones, those of other programs, and values that none has. */
export function unknownEntries(search: string): string[] {
  const query = new URLSearchParams(search)
  const { tokens, tour, view, against, seen, camera, language, theme } = parseAddress(search)
  const shown = view === 'chapter' ? null : view
  const read = { tokens, tour, view: shown, against: parseAgainst(against), seen, camera, lang: language, theme }
  const senseless = Object.entries({ ...read, step: /^\d*$/.test(query.get('step') ?? '') }).flatMap(
    ([name, value]) => {
      const said = query.get(name) ?? ''
      return said === '' || said === 'chapter' || (value !== null && value !== false) ? [] : [`${name}=${said}`]
    },
  )
  return [...new Set(query.keys())].filter((name) => !ENTRIES.has(name)).concat(senseless)
}

export function formatAddress(address: Address): string {
  const { model, text, tokens, step, tour, view, beside, cell, fan, pin, change, camera, language, theme } = address
  const { against, seen } = address
  const entries: [string, string | null | undefined][] = [
    ['model', model],
    ['text', text],
    ['tokens', tokens?.join(',')],
    ['step', step > 0 ? String(step) : null],
    ['tour', tour && formatPlace(tour)],
    ['view', view === 'chapter' ? null : view],
    ['beside', beside.length > 0 ? beside.join(',') : null],
    ['cell', cell && spelled(cell)],
    ['fan', fan && (fan.join(',') || NONE)],
    ['pin', pin && spelled(pin)],
    ['change', change],
    ['against', against],
    ['seen', against && seen],
    ['camera', camera && formatCamera(camera)],
    ['lang', language],
    ['theme', theme],
  ]
  const said = entries.filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== undefined)
  return said.length === 0 ? '' : `?${said.map(([key, value]) => `${key}=${readable(value)}`).join('&')}`
}

/** Percent-encoded but for the signs that a query may carry as they are. */
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%(?:2C|3A|3B|3D)/g, decodeURIComponent)
}

function parseFan(text: string | null): string[] | null {
  return text === null ? null : text === NONE ? [] : text.split(',').filter((name) => name !== '')
}

function wholeNumbers(text: string | null): number[] | null {
  return text !== null && /^\d+(,\d+)*$/.test(text) ? text.split(',').map(Number) : null
}

/** Seven entries, the last one a word, where lines are parallel. */
function formatCamera({ target, distance, azimuth, elevation, parallel }: CameraState): string {
  const numbers = [...target, distance, azimuth, elevation].map((number) => Number(number.toFixed(1)))
  return [...numbers, ...(parallel ? [PARALLEL] : [])].join(',')
}

function parseCamera(text: string | null): CameraState | null {
  const entries = text?.split(',') ?? []
  const parallel = entries[6] === PARALLEL
  const numbers = entries.slice(0, parallel ? 6 : undefined).map(Number)
  if (numbers.length !== 6 || !numbers.every(Number.isFinite)) return null
  const [x, y, z, distance, azimuth, elevation] = numbers as [number, number, number, number, number, number]
  return { target: [x, y, z], distance, azimuth, elevation, parallel }
}
