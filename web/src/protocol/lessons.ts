/**
 * What the server says in the guided tour: one struct per object of docs/protocol.md, under "Lessons".
 * Made by docs/write_schemas.py from src/pellucid/serve/protocol/lessons.py: change it there.
 */

export interface ContentsEntry {
  slug: string
  title: string
  summary: string
  words: number
  minutes: number
  steps: number
  /** False where the chapter speaks of what the model does not have. */
  fits: boolean
}

/** `GET /api/lessons?model=MODEL` */
export interface Contents {
  languages: Record<string, ContentsEntry[]>
  /** Whether these are somebody's own lessons, and not Pellucid's tour. */
  own: boolean
}

/** Half-open ranges of indices by axis letter. */
export interface CellRegion {
  tensor: string
  at: Record<string, [number, number]>
}

export interface ChangedRegion {
  tensor: string
  at: Record<string, [number, number]>
  /** What happens to the cells, where they are not set to zero. */
  change?: string
}

export interface SelectedCell {
  tensor: string
  index: Record<string, number>
}

/** From where it looks, in degrees to the right of the front and above it; null: as the page sees fit. */
export interface CueCamera {
  turn: number | null
  tilt: number | null
  /** Whether it goes along with single cells while they are played. */
  follow: boolean
}

/** All that the stage shows in a step. */
export interface Cue {
  focus: string[]
  show: string[]
  run: string[]
  at: CellRegion[]
  select: SelectedCell | null
  generated: number
  tokens: number[]
  off: ChangedRegion[]
  /** A question shown in place of the reader's own: the first that what is off breaks. */
  instead: number[] | null
  models: string[]
  view: 'home' | 'part'
  camera: CueCamera
  /** Whether heads of what is in focus lie side by side. */
  fan: boolean
  /** Whether the camera flies from one number out to the models beside. */
  flight: boolean
  note: string
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

/** `GET /api/lessons/LANGUAGE/SLUG`: filled in for a model and a question. */
export interface Chapter {
  language: string
  slug: string
  title: string
  summary: string
  words: number
  minutes: number
  steps: LessonStep[]
  values: LiveValue[]
}

export interface Term {
  id: string
  word: string
  /** HTML. */
  definition: string
  /** Tensors in which it can be seen. */
  see: string[]
}

/** Something that the lessons cite. */
export interface Work {
  id: string
  authors: string
  year: string
  title: string
  where: string
  link: string
}

/** `GET /api/glossary/LANGUAGE` */
export interface Glossary {
  terms: Term[]
  works: Work[]
}

export interface HeadResult {
  tensor: string
  head: number
  correct: number
}

/** `GET /api/models/MODEL/heads` */
export interface Heads {
  correct: number
  total: number
  heads: HeadResult[]
}

export interface PartResult {
  block: string
  /** The part's path; that of the block where it is the whole block. */
  part: string
  head: number | null
  /** What switches it off. */
  change: string
  /** How many questions are answered rightly without it. */
  correct: number
  /** The first question that is then answered wrongly. */
  broken: number[] | null
}

/** `GET /api/models/MODEL/ablations` */
export interface Ablations {
  correct: number
  total: number
  parts: PartResult[]
}

/** `GET /api/models/MODEL/consequences?change=CHANGE`: what the model can still do when cells are changed. */
export interface Consequence {
  change: string
  /** How many questions are then answered rightly. */
  right: number
  /** How many were asked: all that the task has, or a sample of many. */
  asked: number
  /** The first question that is answered rightly, but wrongly then. */
  broken: number[] | null
}

/** `GET /api/models/MODEL/questions`: what the model's task asks, and the right answers. */
export interface Questions {
  /** All questions in alphabetical order, or a sample where they are many: tokens of each. */
  asked: number[][]
  /** The right answer to each of them. */
  answers: number[][]
}

export interface Losses {
  before: number
  after: number
}

export interface DescentWeight {
  tensor: string
  index: Record<string, number>
  before: number
  gradient: number
  after: number
}

export interface DescentProbabilities {
  target: number
  before: number[]
  after: number[]
}

/** `GET /api/models/MODEL/descent` */
export interface Descent {
  rate: number
  loss: Losses
  weight: DescentWeight
  probabilities: DescentProbabilities
}

export interface TrainingStep {
  step: number
  loss: number
  accuracy: number
}

/** `GET /api/models/MODEL/training` */
export interface TrainingCurve {
  seed: number
  steps: TrainingStep[]
  correct: number
  total: number
  heldout_correct: number
  heldout_total: number
}

/** How a model is trained; docs of `pellucid.train.Recipe` say what each number does. */
export interface Recipe {
  steps: number
  most: number
  batch: number
  rate: number
  warm_up: number
  level: number
  averaged: number
  betas: [number, number]
  weight_decay: number
  clip: number
  deviation: number
}

/** How a weight begins: normal numbers of that deviation around that value. */
export interface Start {
  tensor: string
  value: number
  deviation: number
  /** Whether weight decay makes it smaller. */
  decays: boolean
}

export interface Sequences {
  tokens: number[][]
  /** The right token after each; -1 where none is asked. */
  targets: number[][]
}

export interface Checked {
  tokens: number[][]
  /** The right token after each; -1 where none is asked. */
  targets: number[][]
  /** Which of the questions are never trained on. */
  held_out: boolean[]
  /** How many the task has in all: where these are fewer, a sample. */
  questions: number
}

/**
 * Where a weight lies in a checkpoint: one of so many parts, side by side in the last dimension, of an array whose
 * dimensions are these axes, merged.
 */
export interface Place {
  tensor: string
  key: string
  layout: string[][]
  part: [number, number]
}

/** What it takes to write the folder of a model that was taught so. */
export interface Folder {
  /** The whole of `config.json`. */
  config: Record<string, unknown>
  /** The whole of `vocab.json`, for models of letters. */
  letters: Record<string, number> | null
  /** Where `model.safetensors` has each weight. */
  arrays: Place[]
}

/** `GET /api/models/MODEL/teaching`: all that it takes to teach the model its task anew. */
export interface Teaching {
  /** As in a description, with the loss and the gradient of every tensor behind it. */
  graph: Record<string, unknown>
  starts: Start[]
  recipe: Recipe
  /** Drawn from the task at random; none is held out. */
  taught: Sequences
  /** The questions on which changes are tried out. */
  checked: Checked
  folder: Folder
}

/** Failed: its process has ended by itself. */
export type TrainingState = 'diverged' | 'done' | 'failed' | 'paused' | 'running'

/** A training on the computer that serves. */
export interface TrainingEntry {
  id: string
  /** The model that is taught anew. */
  model: string
  /** What that model is called. */
  title: string
  task: string
  seed: number
  state: TrainingState
  step: number
  /** How many are planned. */
  steps: number
  recipe: Recipe
}

/** `GET /api/trainings` */
export interface TrainingList {
  trainings: TrainingEntry[]
}

/** How a step went. */
export interface StepTaken {
  step: number
  loss: number
  /** The share of the batch's answers that were right before it. */
  accuracy: number
  rate: number
  /** The norm of the gradient. */
  norm: number
}

export interface TrainingAccuracy {
  trained_correct: number
  trained_total: number
  heldout_correct: number
  heldout_total: number
  questions: number
}

/** `GET /api/trainings/TRAINING?after=STEP` */
export interface TrainingTold {
  id: string
  /** The model that is taught anew. */
  model: string
  /** What that model is called. */
  title: string
  task: string
  seed: number
  state: TrainingState
  step: number
  /** How many are planned. */
  steps: number
  recipe: Recipe
  /** The steps after that one. */
  progress: StepTaken[]
  /** False where more of them are to be asked for. */
  whole: boolean
  /** After which steps the weights are kept, the latest last. */
  moments: number[]
  /** At the end: how many questions are answered. */
  accuracy: TrainingAccuracy | null
  /** The latest step, where it was ordered alone and is taken apart. */
  apart: number | null
}
