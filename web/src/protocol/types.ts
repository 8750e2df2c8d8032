/**
 * What the server says about a model and its runs: one struct per object of docs/protocol.md.
 * Made by docs/write_schemas.py from src/pellucid/serve/protocol/answers.py: change it there.
 */

/**
 * An op's formula: each node is a list, its name first. A number has its LaTeX behind it where that is not its digits;
 * a cell names its operand by its place in the op's `inputs`, and each of its indices is a letter or a formula;
 * `choose` has a condition, what is taken where it holds, and what is taken otherwise.
 */
export type Rule =
  | ['number', number | '-Infinity' | 'Infinity', string?]
  | ['size' | 'place', string]
  | ['cell', number, (string | Rule)[]]
  | ['step', string, Rule]
  | ['choose', Rule, Rule, Rule]
  | ['sum' | 'max', string[], Rule]
  | ['sqrt' | 'exp' | 'log' | 'tanh' | 'sigmoid' | 'softplus' | 'erf' | 'sin' | 'cos' | 'floor', Rule]
  | ['+' | '-' | '*' | '/' | '^' | '<' | '<=' | '==', Rule, Rule]

export type Vector = [number, number, number]

export type TensorKind = 'activation' | 'gradient' | 'input' | 'statistic' | 'weight'

/** How the terms of a cell come together. */
export type Combine = 'max' | 'single' | 'sum'

/** JSON has no infinities: they travel as words, and are numbers again once the page has read them. */
export type Real = number

export type Sign = '+' | '×' | '÷' | '−'

export interface ModelEntry {
  id: string
  title: string
  parameters: number
  /** False for a preset that has no weights on this machine. */
  loaded: boolean
  /** What it was taught, as `pellucid train` calls it, where that is known. */
  learned?: string
  /** Whether the server trained the model and keeps it: it can be renamed, removed and packed. */
  kept?: boolean
}

/** What a new model could be taught. Another is had by naming settings: `new:reverse,length=5,layers=2`. */
export interface NewModel {
  id: string
  task: string
  /** All that can be set, as it is where nobody says. */
  settings: Record<string, number | string>
}

/** `GET /api/models` */
export interface ModelList {
  default: string
  models: ModelEntry[]
  /** What could be taught here, from nothing. */
  new: NewModel[]
  /** Whether the server trains models and keeps them, for whoever asks. */
  trains: boolean
}

/** A size that people compare models by. */
export interface Measure {
  name: string
  title: string
  value: number
}

export interface Task {
  name: string
  alphabet: string[]
  length: number
  answer_length: number
  /** Where training left out whole multisets of letters, in every order, not single questions. */
  hold_out?: 'multisets'
  /** How many digits the added numbers have, where the task is addition. */
  digits?: number
  /** The modulus, where the task is modular addition. */
  modulus?: number
}

export interface Accuracy {
  trained_correct: number
  trained_total: number
  heldout_correct: number
  heldout_total: number
  /** How many the task has in all: where the two totals are fewer, they are a fixed sample. */
  questions: number
}

/** How surprised a model is by a letter of a text, in nats; `letters` is how many were held out. */
export interface Loss {
  heldout: number
  trained: number
  /** What counting letters gets on the text that was held out. */
  single: number
  /** What counting which letter follows which gets there. */
  pairs: number
  letters: number
}

export interface Axis {
  size: number
  name: string
  /** True for the axes that are as long as the number of tokens in a trace (except in weights). */
  grows: boolean
  /** True for the axes whose indices are those of the vocabulary. */
  vocabulary: boolean
}

export interface Tensor {
  name: string
  /** Axis letters, in the order of the data. */
  axes: string[]
  /** The lengths at full context, in the same order. */
  shape: number[]
  kind: TensorKind
  /** Dotted path, such as `blocks.0.attn`. */
  group: string
  title: string
  symbol: string
  /** Index of the op that makes it, null for weights and inputs. */
  op: number | null
  /** What other programs call it. */
  aliases: string[]
  /** Whether it is a state of the residual stream. */
  residual: boolean
}

export interface Op {
  kind: string
  title: string
  group: string
  output: string
  /** Role of the operand → tensor name. */
  inputs: Record<string, string>
  /** Role → for each axis of the operand, where one cell of the output reads it. */
  letters: Record<string, string[]>
  combine: Combine
  /** LaTeX, with axis letters. */
  formula: string
  rule: Rule
}

export interface Group {
  name: string
  title: string
}

/** Which tensors hold what a run is given. */
export interface Inputs {
  tokens: string
  positions?: string
  targets?: string
}

/** Which tensors hold what comes out: the scores, and the softmax that makes probabilities of them. */
export interface Outputs {
  logits: string
  largest: string
  total: string
  probs: string
}

export interface Graph {
  axes: Record<string, Axis>
  /** In the order of computing. */
  tensors: Tensor[]
  /** In the order of computing. */
  ops: Op[]
  /** The parts of the architecture, by dotted path. */
  groups: Group[]
  inputs: Inputs
  outputs: Outputs | null
  /** The tensor that training makes small, in a graph that has one. */
  loss: string | null
}

export interface Bounds {
  min: Vector
  size: Vector
}

/** One tensor's place. */
export interface Box {
  min: Vector
  size: Vector
  tensor: string
  /** The tensor axis whose index runs along x, y and z, or null. */
  axes: [string | null, string | null, string | null]
  /** How many cells there are in each direction at full context. */
  cells: Vector
  /** The step from one cell to the next; negative: counted from the high end downwards. */
  pitch: Vector
}

/** One operand's way into an op. */
export interface Ribbon {
  op: number
  role: string
  from: string
  to: string
  width: number
  points: Vector[]
}

export interface SceneGroup {
  min: Vector
  size: Vector
  name: string
  title: string
}

export interface SceneColumn {
  min: Vector
  size: Vector
  /** From the top down. */
  parts: string[]
}

/** Where everything stands: x to the right, y up, z towards the viewer; one cell is one unit wide and high. */
export interface Scene {
  bounds: Bounds
  boxes: Box[]
  ribbons: Ribbon[]
  groups: SceneGroup[]
  /** Where a tower of many blocks is folded: its columns, in the order of reading. */
  columns: SceneColumn[]
}

/** `GET /api/models/MODEL` */
export interface Description {
  id: string
  title: string
  parameters: number
  context: number
  loaded: boolean
  /** In the order of a table, the number of parameters last. */
  sizes: Measure[]
  /** What config.json says of the sizes, in the architecture's own words. */
  config: Record<string, number | string | boolean | null>
  /** What the lessons call it. */
  name: string
  /** How it was trained: `steps`, `batch` and `rate`, as far as that is known. */
  training: Record<string, number>
  task: Task | null
  /** The tokens with which a text ends: none is generated after one. */
  ends: number[]
  /** What a prompt is: letters, each a token; text that a tokenizer takes apart; or tokens. */
  asked_in: 'letters' | 'numbers' | 'text'
  vocabulary: string[] | null
  /** A prompt to begin with, as one types it. */
  example: string
  accuracy: Accuracy | null
  graph: Graph
  scene: Scene
  /** The loss on held-out text, for a model that learned from a text. */
  loss?: Loss
  /** As in the list of models. */
  learned?: string
}

export interface OperandCell {
  role: string
  tensor: string
  index: Record<string, number>
  value: Real
}

export interface Term {
  value: Real
  label: string
  cells: OperandCell[]
  /** The term in numbers, as text, where the page has taken the cell apart itself. */
  plain?: string
}

export interface Step {
  label: string
  latex: string
  /** What is reached by this step. */
  value: Real
  /** Which of the four operations it is with one number, null where none. */
  sign: Sign | null
  /** That number. */
  operand: Real | null
}

/** The cells of one operand that were read: a half-open range of indices along each of the operand's axes. */
export interface Read {
  role: string
  tensor: string
  region: [number, number][]
}

/** `GET /api/models/MODEL/explain`: the arithmetic of one cell. */
export interface Explanation {
  tensor: string
  index: Record<string, number>
  value: Real
  /** The op's kind; null for a weight or an input. */
  op: string | null
  title: string
  formula: string
  substituted: string
  combine: Combine
  terms: Term[]
  steps: Step[]
  reads: Read[]
}

/** `GET /api/models/MODEL/python`: what a person would write with NumPy to compute some tensors. */
export interface PythonLines {
  lines: string[]
}

export interface WhyRow {
  /** What the number belongs to; cells in the spelling below. */
  label: string
  /** The cells of the run that are meant, where there are some. */
  cells: string | null
  value: Real
}

export interface WhyEdge {
  /** Cells, or `biases`, or `rest` for what is too small to be shown. */
  source: string
  target: string
  value: Real
}

/** Numbers along axes that have names. */
export interface WhyGrid {
  axes: string[]
  /** What stands along each axis. */
  labels: string[][]
  /** One after the other, the last axis lying closest. */
  values: Real[]
}

/** `GET /api/models/MODEL/why`: what a token's logit comes from, measured in one of five ways. */
export interface Why {
  by: 'layers' | 'letters' | 'parts' | 'patches' | 'ways'
  token: string
  position: number
  /** What the numbers say, in the language asked for. */
  sentence: string
  /** The numbers furthest from 0 first; layers and letters in order. */
  rows: WhyRow[]
  /** For ways: what arrives at each of the cells, and at the logit. */
  edges: WhyEdge[]
  /** Single numbers that belong to it, such as the `sum`. */
  about: Record<string, Real>
  /** For patches: what the logit becomes with the numbers of each place from the other text. */
  grid: WhyGrid | null
}

export interface Chosen {
  token: number
  text: string
  probability: Real
}

export interface Candidate {
  token: number
  text: string
  logit: Real
  /** After temperature. */
  probability: Real
  /** False for what top-k or top-p cut away. */
  kept: boolean
}

/** `GET /api/models/MODEL/next`: one step of generation. */
export interface NextToken {
  tokens: number[]
  chosen: Chosen
  distribution: Candidate[]
}

/** `GET /api/models/MODEL/file`: the model stays what it was when it was read, whatever becomes of its files. */
export interface FileState {
  /** Whether they are others now; `?read=again` shows those. */
  changed: boolean
}

/** `GET /api/models/MODEL/tokens`: a prompt as the model reads it. */
export interface ReadTokens {
  tokens: number[]
  /** What a reader is shown for each token. */
  pieces: string[]
  /** The text of all of them. */
  text: string
}

export interface Fault {
  code: string
  message: string
  details: Record<string, string | number>
}

/** The body of every answer whose status is an error. */
export interface ErrorBody {
  error: Fault
}
