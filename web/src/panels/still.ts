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
import { drawTables, type Block, type Table } from './tables'

/** So many tables are drawn at most, of so many numbers each. */
const MOST_TABLES = 12
const MOST_NUMBERS = 300_000

export interface Wanted {
  readonly name: string
  readonly question: Question
  readonly pictured: Pictured
  /** The cells that are spoken of, of the tensors that are drawn, in order; the last one is the selected one where one is. */
  readonly told: Lit
  readonly isChosen: boolean
}

/** Null while there is nothing to be seen. */
export function wantedOf(page: Page): Wanted | null {
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

function outputsOf({ graph }: Description): Lit {
  return Object.values(graph.outputs ?? {}).map((tensor) => ({ tensor, region: [] }))
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

function tablesOf(page: Page, told: Lit, isChosen: boolean): Table[] {
  const names = new Set(told.map(({ tensor }) => tensor))
  const found = [...names].flatMap((name) => {
    const [tensor, numbers] = [page.tensors.get(name), page.numbersOf(name)]
    if (!tensor || !numbers || numbers.data.length > MOST_NUMBERS) return []
    const regions = told.filter((cells) => cells.tensor === name && cells.region.length === numbers.shape.length)
    const chosen = isChosen && told.at(-1)?.tensor === name ? regions.at(-1) : undefined
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

function tableOf(
  page: Page,
  tensor: Tensor,
  numbers: TensorView,
  lead: readonly number[],
  { regions, chosen }: { regions: Lit; chosen: Lit[number] | undefined },
): Table {
  const description = page.description as Description
  const trace = page.run?.trace ?? null
  const [down, across] = [tensor.axes.at(-2), tensor.axes.at(-1)]
  const named = (axis: string | undefined, size: number) =>
    Array.from({ length: axis === undefined ? 1 : size }, (_, at) => {
      if (axis === undefined) return ''
      const piece = pieceAt(description, trace, tensor, axis, at)
      return piece === undefined ? String(at) : `${at} ${piece}`
    })
  const rows = named(down, numbers.shape.at(-2) ?? 1)
  const place = coordinates(description, trace, tensor, lead).slice(0, lead.length)
  const blockOf = ({ region }: Lit[number]): Block[] => {
    const isHere = lead.every((at, axis) => (region[axis]?.[0] ?? 0) <= at && at < (region[axis]?.[1] ?? Infinity))
    const [first, end] = down === undefined ? [0, 1] : (region.at(-2) ?? [0, 0])
    const [from, to] = across === undefined ? [0, 1] : (region.at(-1) ?? [0, 0])
    const block: Block = [
      [first, Math.min(end, rows.length)],
      [from, Math.min(to, numbers.shape.at(-1) ?? 1)],
    ]
    return isHere && block.every(([start, stop]) => start < stop) ? [block] : []
  }
  return {
    title: page.i18n.title(tensor.title),
    detail: [shapeText(tensor, numbers.shape), indexText(place)].filter(Boolean).join(' · '),
    kind: tensor.kind,
    rows,
    columns: named(across, numbers.shape.at(-1) ?? 1),
    numbers: rows.map((_, row) =>
      across === undefined
        ? [Number(numbers.data[0])]
        : (rowAt(numbers, down === undefined ? [] : [...lead, row]) ?? []),
    ),
    scale: colourScale(numbers),
    marked: regions.flatMap(blockOf),
    chosen: (chosen && blockOf(chosen)[0]) ?? null,
  }
}

/** What a file of it is called, without its ending. */
export function fileNameOf({ description, tour }: Page): string {
  return ['pellucid', description?.title, tour.active ? tour.place?.chapter : null]
    .filter((part) => part != null)
    .join('-')
}
