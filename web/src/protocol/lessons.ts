/**
 * The JSON of the guided tour, as docs/protocol.md describes it under "Lessons", one interface per object and with the same names.
 */

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
