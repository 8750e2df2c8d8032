/**
 * What is seen as a still picture, an SVG: in place of the stage where a browser cannot draw, and to be saved. Who has a program that
 * draws is asked for it; else the page makes tables of the numbers that are spoken of.
 */
import { litRegions } from '../lesson/regions'
import type { Page } from '../page.svelte'
import { coordinates, indexText, pieceAt, shapeText, spelled } from '../protocol/cells'
import { formatInterventions } from '../protocol/interventions'
import { colourScale, rowAt, type TensorView } from '../protocol/tensors'
import type { Description, Tensor } from '../protocol/types'
import { regionOf, type Lit } from '../session/inspection.svelte'
import { Refusal } from '../source/refusal'
import type { Pictured, Question } from '../source/source'
import { drawTables, LEFT_OUT, type Block, type Table } from './tables'

/** So many tables are drawn at most, of so many numbers each. */
const MOST_TABLES = 12
const MOST_NUMBERS = 300_000
/** Where cells are spoken of, longer sides are told by so many at their beginning and end. */
const MOST_SHOWN = 16
const BEGINNING = 5
const ENDING = 2
/** What there is of an axis that a tensor does not have. */
const ONE = [0, 1] as const
/** So many that are spoken of are all shown. */
const FEW = 3

export interface Wanted {
  readonly name: string
  readonly question: Question
  readonly pictured: Pictured
  /** The cells that are spoken of, of the tensors that are drawn, in order; the last one is the selected one where one is. */
  readonly told: Lit
  readonly isChosen: boolean
}

/** Null while there is nothing to be seen. Of what is told there are numbers here; more may come. */
export function wantedOf(page: Page): Wanted | null {
  const wanted = seenIn(page)
  return wanted && { ...wanted, told: wanted.told.filter(({ tensor }) => page.numbersOf(tensor) !== null) }
}

function seenIn(page: Page): Wanted | null {
  const { run, description, inspection, tour, i18n } = page
  if (!run?.trace || !description) return null
  const { language } = i18n
  const { selection } = inspection
  const common = { language, theme: page.preferences.theme }
  const tensor = page.tensors.get(selection?.tensor ?? '')
  if (selection && tensor) {
    const chosen = selection.index === null ? { tensor: selection.tensor, region: [] } : regionOf(selection)
    const told = [...(selection.index === null ? [] : (inspection.explanation?.reads ?? [])), chosen]
    const pictured = { ...common, cells: spelled(selection) }
    return {
      name: i18n.title(tensor.title),
      question: run.question,
      pictured,
      told,
      isChosen: selection.index !== null,
    }
  }
  const { chapter } = tour.book
  if (tour.active && !chapter) return null
  const question = { ...run.question, prompt: run.prompt, change: formatInterventions(run.changed.own) }
  if (!tour.active || !chapter) {
    return {
      name: description.title,
      question: run.question,
      pictured: common,
      told: outputsOf(description),
      isChosen: false,
    }
  }
  const pictured = { ...common, step: { chapter: chapter.slug, number: tour.step } }
  return { name: `${chapter.title} ${tour.step + 1}`, question, pictured, told: toldIn(page), isChosen: false }
}

/** What the model answers. */
function outputsOf({ graph: { outputs } }: Description): Lit {
  return outputs === null ? [] : [outputs.logits, outputs.probs].map((tensor) => ({ tensor, region: [] }))
}

/** What a step speaks of: its cells, or else what it computes, or is about. */
function toldIn(page: Page): Lit {
  const { cue, staging } = page.tour
  if (cue === null) return []
  const selected = staging.marked?.index ? [...staging.reads, regionOf(staging.marked)] : []
  const cells = [...litRegions(page.tensors, cue.at), ...selected]
  if (cells.length > 0) return cells
  const names = [cue.run, cue.show, cue.focus].find((some) => some.length > 0)
  return names?.map((tensor) => ({ tensor, region: [] })) ?? (page.description ? outputsOf(page.description) : [])
}

/** The SVG. Raises Refusal where there is none. */
export async function pictureOf(page: Page, { name, question, pictured, told, isChosen }: Wanted): Promise<string> {
  try {
    return await page.source.picture(question, pictured)
  } catch (error) {
    const tables = error instanceof Refusal ? tablesOf(page, told, isChosen) : []
    if (tables.length === 0) throw error
    return drawTables(name, tables, pictured.theme, page.i18n.t.locale)
  }
}

/** In the order of computing. */
function tablesOf(page: Page, told: Lit, isChosen: boolean): Table[] {
  const names = new Set(told.map(({ tensor }) => tensor))
  const found = [...page.tensors.values()].flatMap((tensor) => {
    const numbers = names.has(tensor.name) ? page.numbersOf(tensor.name) : null
    if (numbers === null || numbers.data.length > MOST_NUMBERS) return []
    const regions = told.filter((cells) => cells.tensor === tensor.name && cells.region.length === numbers.shape.length)
    const chosen = isChosen && told.at(-1)?.tensor === tensor.name ? regions.at(-1) : undefined
    return leadsOf(numbers, (chosen ?? regions[0])?.region).map((lead) =>
      tableOf(page, tensor, numbers, lead, { regions: regions.filter((one) => one !== chosen), chosen }),
    )
  })
  return found.slice(0, MOST_TABLES)
}

/** Which matrices of a stack are drawn: that of the cells, or all. */
function leadsOf({ shape }: TensorView, region: Lit[number]['region'] | undefined): number[][] {
  const lead = shape.slice(0, Math.max(0, shape.length - 2))
  if (region) return [lead.map((_, axis) => region[axis]?.[0] ?? 0)]
  return lead.reduce<number[][]>(
    (places, size) => places.flatMap((place) => Array.from({ length: size }, (_, index) => [...place, index])),
    [[]],
  )
}

interface Spoken {
  readonly regions: Lit
  readonly chosen: Lit[number] | undefined
}

function tableOf(
  page: Page,
  tensor: Tensor,
  numbers: TensorView,
  lead: readonly number[],
  { regions, chosen }: Spoken,
): Table {
  const description = page.description as Description
  const trace = page.run?.trace ?? null
  const spoken = [...(chosen ? [chosen] : []), ...regions]
  const slotsOf = (place: -1 | -2): Slots =>
    slots(
      numbers.shape.at(place) ?? 1,
      spoken.map(({ region }) => region.at(place) ?? ONE),
    )
  const [rows, columns] = [slotsOf(-2), slotsOf(-1)]
  const named = (axis: string | undefined) => (at: number | null) => {
    if (axis === undefined) return ''
    if (at === null) return LEFT_OUT
    const piece = pieceAt(description, trace, tensor, axis, at)
    return piece === undefined ? String(at) : `${at} ${piece}`
  }
  const rowOf = (at: number | null): (number | null)[] => {
    const row =
      at === null
        ? null
        : (rowAt(numbers, numbers.shape.length < 2 ? [] : [...lead, at]) ?? [...numbers.data].map(Number))
    return columns.map((column) => (column === null ? null : (row?.[column] ?? null)))
  }
  const blockOf = ({ region }: Lit[number]): Block[] => {
    const isHere = lead.every(
      (at, axis) => region[axis] === undefined || (region[axis][0] <= at && at < region[axis][1]),
    )
    const block: Block = [within(rows, region.at(-2) ?? ONE), within(columns, region.at(-1) ?? ONE)]
    return isHere && block.every(([start, stop]) => start < stop) ? [block] : []
  }
  const place = coordinates(description, trace, tensor, lead).slice(0, lead.length)
  return {
    title: page.i18n.title(tensor.title),
    detail: [shapeText(tensor, numbers.shape), indexText(place)].filter(Boolean).join(' · '),
    kind: tensor.kind,
    rows: rows.map(named(tensor.axes.at(-2))),
    columns: columns.map(named(tensor.axes.at(-1))),
    numbers: rows.map(rowOf),
    scale: colourScale(numbers),
    marked: regions.flatMap(blockOf),
    chosen: (chosen && blockOf(chosen)[0]) ?? null,
  }
}

/** The indices along a side of a table; null: some are left out. */
type Slots = readonly (number | null)[]

/** Of what is long both ends and what is spoken of, with what is next to that; all of what nothing is spoken of in. */
export function slots(count: number, spoken: readonly (readonly [number, number])[]): Slots {
  const all = Array.from({ length: count }, (_, at) => at)
  if (count <= MOST_SHOWN || spoken.length === 0) return all
  const few = spoken.filter(([first, end]) => end - first <= FEW)
  const isNear = (at: number) => few.some(([first, end]) => first - 1 <= at && at <= end)
  const isShown = (at: number) => at < BEGINNING || at >= count - ENDING || isNear(at)
  // In place of one alone there is no room saved.
  const isKept = (at: number) => isShown(at) || (isShown(at - 1) && isShown(at + 1))
  return all.flatMap((at) => (isKept(at) ? [at] : isKept(at - 1) ? [null] : []))
}

/** The part of a side that shows these indices. */
function within(side: Slots, [first, end]: readonly [number, number]): readonly [number, number] {
  const places = side.flatMap((at, place) => (at !== null && first <= at && at < end ? [place] : []))
  return places.length === 0 ? [0, 0] : [places[0]!, places.at(-1)! + 1]
}

/** What a file of it is called, without its ending. */
export function fileNameOf({ description, tour }: Page): string {
  return ['pellucid', description?.title, tour.active ? tour.place?.chapter : null]
    .filter((part) => part != null)
    .join('-')
}
