/**
 * The JSON that the server sends, as TypeScript types: one interface per object of docs/protocol.md, with the same names.
 * Nothing here computes; a field that the protocol page does not name does not belong here.
 */

export type Vector = [number, number, number]

export type TensorKind = 'input' | 'weight' | 'activation' | 'statistic'

/** `GET /api/models` */
export interface ModelList {
  default: string
  models: ModelEntry[]
}

export interface ModelEntry {
  id: string
  title: string
  parameters: number
  /** False for a preset that has no weights on this machine. */
  loaded: boolean
}

/** `GET /api/models/MODEL` */
export interface Description {
  id: string
  title: string
  parameters: number
  context: number
  loaded: boolean
  config: Record<string, number | string | boolean | null>
  task: Task | null
  vocabulary: string[] | null
  example: string
  accuracy: Accuracy | null
  graph: Graph
  scene: Scene
}

export interface Task {
  name: string
  alphabet: string[]
  length: number
  answer_length: number
}

export interface Accuracy {
  trained_correct: number
  trained_total: number
  heldout_correct: number
  heldout_total: number
}

export interface Graph {
  axes: Record<string, Axis>
  /** In the order of computing. */
  tensors: Tensor[]
  /** In the order of computing. */
  ops: Op[]
  /** The parts of the architecture, by dotted path. */
  groups: { name: string; title: string }[]
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
  formula: string
}

/** How the terms of a cell come together. */
export type Combine = 'sum' | 'max' | 'single'

/** Where everything stands: x to the right, y up, z towards the viewer; one cell is one unit wide and high. */
export interface Scene {
  bounds: Bounds
  boxes: Box[]
  ribbons: Ribbon[]
  groups: SceneGroup[]
}

export interface Bounds {
  min: Vector
  size: Vector
}

/** One tensor's place. */
export interface Box extends Bounds {
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

export interface SceneGroup extends Bounds {
  name: string
  title: string
}

/** `GET /api/models/MODEL/explain`: the arithmetic of one cell. */
export interface Explanation {
  tensor: string
  index: Record<string, number>
  value: number
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

export interface Term {
  value: number
  label: string
  /** The term in numbers, as plain text, where the page has taken the cell apart itself. */
  plain?: string
  cells: OperandCell[]
}

export interface OperandCell {
  role: string
  tensor: string
  index: Record<string, number>
  value: number
}

export interface Step {
  label: string
  latex: string
  value: number
  /** What is done, where it is one of the four operations with a number. */
  sign: string | null
  operand: number | null
}

/** The cells of one operand that were read: a half-open range of indices along each of the operand's axes. */
export interface Read {
  role: string
  tensor: string
  region: [number, number][]
}

/** `GET /api/models/MODEL/next`: one step of generation. */
export interface NextToken {
  tokens: number[]
  chosen: { token: number; text: string; probability: number }
  distribution: Candidate[]
}

export interface Candidate {
  token: number
  text: string
  logit: number
  /** After temperature. */
  probability: number
  /** False for what top-k or top-p cut away. */
  kept: boolean
}

/** The body of every answer whose status is an error. */
export interface ErrorBody {
  error: { code: string; message: string; details: Record<string, string | number> }
}
