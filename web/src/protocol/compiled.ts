/**
 * A compiled chapter, which both Python and the page fill in: docs/protocol.md, "Compiled chapters".
 * Made by docs/write_schemas.py from src/pellucid/serve/protocol/compiled.py: change it there.
 */

/** A chapter in one language for one kind of model. */
export interface Compiled {
  language: string
  slug: string
  title: string
  summary: string
  words: number
  minutes: number
  steps: CompiledStep[]
  /** What its steps change in the model: the text asks which questions are then still answered. */
  changes: string[]
}

/**
 * `exercises` and `widgets` stand in the HTML as `<div data-exercise="0"></div>`, and what depends on the run as
 * prose.py says.
 */
export interface CompiledStep {
  /** HTML with places left, as `html` and `note`. */
  title: string
  html: string
  note: string
  /** How long a careful reader takes. */
  seconds: number
  cue: Cue
  places?: (Value | Pointer | Choice)[]
  exercises?: Exercise[]
  widgets?: Widget[]
}

/**
 * How far to the right of the front it stands and how far up, in degrees, None being the page's own choice; and whether
 * it goes along with single cells while they are computed.
 */
export interface Camera {
  turn?: number | null
  tilt?: number | null
  follow?: boolean
}

/** What the stage shows: tensors by their full names, parts spelled out as their tensors. */
export interface Cue {
  focus?: string[]
  show?: string[]
  run?: string[]
  at?: Record<string, Place>
  select?: LiveCells | null
  generated?: number
  off?: LiveIntervention[]
  broken?: boolean
  models?: string[]
  view?: 'home' | 'part'
  camera?: Camera
  fan?: boolean
  flight?: boolean
}

/** All texts are HTML with places left for live values; `pencil` and `solution` are the article's. */
export interface Exercise {
  question: string
  answer: LiveCells[]
  hint?: string
  praise?: string
  pencil?: string
  solution?: string
}

export type Arithmetic = ['arithmetic', string, Expression, Expression]

export type Cellwise = ['cellwise', string, Expression]

export type Comparison = ['comparison', string, Expression, Expression]

export type Constant = ['number', number]

/** An expression of a lesson: each node is a list, its name first. */
export type Expression =
  | Constant
  | Letter
  | Position
  | NumberFact
  | TextFact
  | TruthFact
  | OnPage
  | LiveCells
  | Reduced
  | LikeliestLetter
  | LetterOf
  | Cellwise
  | Arithmetic
  | Comparison
  | Where
  | Logic

export type Letter = ['letter', string]

/** The letter of a token number. */
export type LetterOf = ['letter of', Expression]

/** `argmax` along the vocabulary, as a letter. */
export type LikeliestLetter = ['likeliest letter', Expression]

/**
 * Cells of a tensor whose indices are worked out from the run, each axis without an index whole. As a value, an axis
 * with an index is gone; one with a range or nothing stays. `order` are the axes of the tensor.
 */
export type LiveCells = ['cells', string, string[], Record<string, Place>]

/** `and`, `or`, and `not` with nothing on its right. */
export type Logic = ['logic', 'and' | 'not' | 'or', Expression, (Expression | null)?]

/** Something known about the model or the run, by its name in facts.py. */
export type NumberFact = ['number fact', string]

/** Whether the words stand on the interactive page, and not in the article. */
export type OnPage = ['on page']

/** Where along one axis: an index, or a range with both its ends in it. `source` is how the author wrote it. */
export type Place = [string | number, Expression, (Expression | null)?]

/** `last`, the position of the last token read, or `answer`, the one that predicts the answer's first letter. */
export type Position = ['position', 'answer' | 'last']

export type Reduced = ['reduced', string, Expression]

export type TextFact = ['text fact', string]

export type TruthFact = ['truth fact', string]

/** 1 where a comparison holds and 0 elsewhere, so that a sum can be taken of some cells and not of others. */
export type Where = ['where', Expression]

/** An intervention whose cells are worked out from the run; the change is spelled as in run/interventions.py. */
export interface LiveIntervention {
  cells: LiveCells
  change: string
}

/** Which of several branches is true; its text is the branch's number. The last branch may have no condition. */
export interface Choice {
  type: 'choice'
  number: number
  conditions: Expression[]
}

/** A reference to cells, whose indices may depend on the run. */
export interface Pointer {
  type: 'pointer'
  number: number
  cells: LiveCells
}

/** A number or a word in the text. */
export interface Value {
  type: 'value'
  number: number
  node: Expression
  format?: string
  in_math?: boolean
  signed?: boolean
}

/** `cells` are the options that name cells. */
export interface Widget {
  kind: string
  options?: Record<string, unknown>
  cells?: Record<string, LiveCells>
}
