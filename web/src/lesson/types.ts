/**
 * The JSON of the guided tour, as docs/protocol.md describes it under "Lessons", one interface per object and with the same names.
 */
import type { CellReference } from '../model/cells'
import type { Lit } from '../model/inspection.svelte'
import type { Tensor } from '../model/types'

/** `GET /api/lessons` */
export interface Contents {
  languages: Record<string, ChapterEntry[]>
}

export interface ChapterEntry {
  slug: string
  title: string
  summary: string
  words: number
  minutes: number
  steps: number
}

/** `GET /api/lessons/LANGUAGE/SLUG`: filled in for a model and a question. */
export interface Chapter {
  language: string
  slug: string
  title: string
  summary: string
  minutes: number
  steps: LessonStep[]
  values: LiveValue[]
}

export interface LessonStep {
  /** HTML, as all texts of a step. */
  title: string
  html: string
  /** How long a careful reader takes. */
  seconds: number
  cue: Cue
  exercises: ExerciseText[]
  widgets: WidgetCall[]
}

/** Half-open ranges of indices by axis letter. */
export interface CellRegion {
  tensor: string
  at: Record<string, [number, number]>
}

export interface Cue {
  focus: string[]
  show: string[]
  run: string[]
  at: CellRegion[]
  select: { tensor: string; index: Record<string, number> } | null
  generated: number
  tokens: number[]
  off: CellRegion[]
  models: string[]
  view: 'part' | 'home'
  camera: CueCamera
  note: string
}

/** From where it looks, in degrees to the right of the front and above it; null: as the page sees fit. */
export interface CueCamera {
  turn: number | null
  tilt: number | null
  /** Whether it goes along with single cells while they are played. */
  follow: boolean
}

export interface ExerciseText {
  question: string
  answer: CellRegion[]
  hint: string
  praise: string
}

export interface WidgetCall {
  kind: string
  options: Record<string, unknown>
}

export interface LiveValue {
  text: string
  cells: CellRegion[]
}

/** `GET /api/glossary/LANGUAGE` */
export interface Glossary {
  terms: Term[]
}

export interface Term {
  id: string
  word: string
  /** HTML. */
  definition: string
  /** Tensors in which it can be seen. */
  see: string[]
}

/** `GET /api/models/MODEL/heads` */
export interface Heads {
  correct: number
  total: number
  heads: { tensor: string; head: number; correct: number }[]
}

/** `GET /api/models/MODEL/descent` */
export interface Descent {
  rate: number
  loss: { before: number; after: number }
  weight: { tensor: string; index: Record<string, number>; before: number; gradient: number; after: number }
  probabilities: { target: number; before: number[]; after: number[] }
}

/** `GET /api/models/MODEL/training` */
export interface TrainingCurve {
  seed: number
  steps: { step: number; loss: number; accuracy: number }[]
  correct: number
  total: number
}

/** The ranges in axis order. */
export function ranges(tensor: Tensor, { at }: CellRegion): [number, number][] {
  return tensor.axes.map((axis, place) => at[axis] ?? [0, tensor.shape[place] ?? 1])
}

/** Regions as the stage lights them; one of a tensor that this model lacks is left out. */
export function litRegions(tensors: ReadonlyMap<string, Tensor>, regions: readonly CellRegion[]): Lit {
  return regions.flatMap((region) => {
    const tensor = tensors.get(region.tensor)
    return tensor ? [{ tensor: tensor.name, region: ranges(tensor, region) }] : []
  })
}

export function holdsCell(tensor: Tensor, regions: readonly CellRegion[], index: readonly number[]): boolean {
  return regions.some(
    (region) =>
      region.tensor === tensor.name &&
      ranges(tensor, region).every(([low, high], axis) => low <= (index[axis] ?? -1) && (index[axis] ?? -1) < high),
  )
}

/** The one cell of a region, or its whole tensor. */
export function cellOf(tensor: Tensor, region: CellRegion): CellReference {
  const spans = ranges(tensor, region)
  const single = spans.every(([low, high]) => high === low + 1)
  return { tensor: tensor.name, index: single ? spans.map(([low]) => low) : null }
}

/** Cells to switch off, as the server's addresses spell them: an axis that is meant whole (`lengths`, by letter) is left out. */
export function offQuery(regions: readonly CellRegion[], lengths: Readonly<Record<string, number>>): string {
  return regions.flatMap(({ tensor, at }) => places(at, lengths).map((place) => tensor + place)).join(';')
}

/** Every combination of the indices that the ranges name, in brackets. */
function places(at: CellRegion['at'], lengths: Readonly<Record<string, number>>): string[] {
  let combinations = ['']
  for (const [axis, [low, high]] of Object.entries(at)) {
    if (low === 0 && high >= (lengths[axis] ?? Infinity)) continue
    const indices = Array.from({ length: high - low }, (_, offset) => `${axis}=${low + offset}`)
    combinations = combinations.flatMap((before) => indices.map((index) => (before === '' ? index : `${before},${index}`)))
  }
  return combinations.map((combination) => (combination === '' ? '' : `[${combination}]`))
}
