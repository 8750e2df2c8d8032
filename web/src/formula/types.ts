/**
 * A graph as it travels, as far as computing and explaining need it: its axes, tensors and ops, and the formula of every op, which
 * Python's graph/facts.py writes as nested lists. `Explanation` is what taking a cell apart gives.
 */

export type FunctionName = 'sqrt' | 'exp' | 'log' | 'tanh' | 'sigmoid' | 'erf' | 'sin' | 'cos' | 'floor'
export type Sign = '+' | '-' | '*' | '/' | '^'
export type Relation = '<' | '<=' | '=='

/** A node: its kind, then what it is made of. */
export type Formula =
  | NumberNode
  | readonly ['size', string]
  | readonly ['place', string]
  | CellNode
  | Reduction
  | readonly ['step', string, Formula]
  | Choice
  | readonly [FunctionName, Formula]
  | Binary
  | Comparison

/** A constant, and its LaTeX where it has a better one than its digits. JSON has no infinities, but has words for them. */
export type NumberNode = readonly ['number', number | 'Infinity' | '-Infinity', string?]
/** A cell of the operand with that number. */
export type CellNode = readonly ['cell', number, readonly Index[]]
export type Reduction = readonly ['sum' | 'max', readonly string[], Formula]
export type Binary = readonly [Sign, Formula, Formula]
export type Comparison = readonly [Relation, Formula, Formula]
/** A condition, what is chosen where it holds, and what otherwise. */
export type Choice = readonly ['choose', Formula, Formula, Formula]
/** Where a cell is read along one axis: at a letter, or at the number that a formula gives. */
export type Index = string | Formula

export interface GraphAxis {
  readonly size: number
  /** Whether the axis is as long as the text at hand, except in weights. */
  readonly grows: boolean
}

export interface GraphTensor {
  readonly name: string
  readonly axes: readonly string[]
  /** The lengths at full context. */
  readonly shape: readonly number[]
  readonly kind: 'input' | 'weight' | 'activation' | 'statistic' | 'gradient'
  readonly title: string
  readonly symbol: string
  /** The tensor that a gradient is of. */
  readonly gradient_of?: string | null
}

export interface GraphOp {
  readonly kind: string
  readonly title: string
  readonly output: string
  /** Role → tensor. A formula numbers its operands in this order. */
  readonly inputs: Readonly<Record<string, string>>
  readonly combine: Combine
  /** LaTeX, with letters. */
  readonly formula: string
  readonly rule: Formula
}

export interface Graph {
  readonly axes: Readonly<Record<string, GraphAxis>>
  /** In the order of computing. */
  readonly tensors: readonly GraphTensor[]
  readonly ops: readonly GraphOp[]
  /** What a run is given, by what it holds. */
  readonly inputs: { readonly tokens: string; readonly positions?: string; readonly targets?: string }
  readonly outputs: { readonly logits: string } | null
}

/** How the terms of a cell come together before the steps. */
export type Combine = 'sum' | 'max' | 'single'

export interface Explanation {
  readonly tensor: string
  readonly index: Readonly<Record<string, number>>
  readonly value: number
  /** The kind of the op; null where none made the number. */
  readonly op: string | null
  readonly title: string
  readonly formula: string
  readonly substituted: string
  readonly combine: Combine
  readonly terms: readonly Term[]
  readonly steps: readonly Step[]
  readonly reads: readonly Read[]
}

/** One addend, or candidate for a maximum. */
export interface Term {
  readonly value: number
  readonly label: string
  readonly cells: readonly ReadCell[]
  /** The term in numbers, as plain text; what is raised stands between `SUPERSCRIPT`'s signs. */
  readonly plain: string
}

export interface Step {
  readonly label: string
  readonly latex: string
  readonly value: number
  /** What is done, where it is one of the four operations with a number. */
  readonly sign: string | null
  readonly operand: number | null
}

export interface ReadCell {
  readonly role: string
  readonly tensor: string
  readonly index: Readonly<Record<string, number>>
  readonly value: number
}

/** A half-open range of indices. */
export type Span = readonly [number, number]

/** The cells of one operand that were read: a range along each of its axes. */
export interface Read {
  readonly role: string
  readonly tensor: string
  readonly region: readonly Span[]
}

/** Cells, and what happens to them as soon as they are there. */
export interface Intervention {
  readonly cells: { readonly tensor: string; readonly at: Readonly<Record<string, Span | null>> }
  readonly change: Change
}

export type Change =
  | { readonly kind: 'zero' | 'freeze' }
  | { readonly kind: 'set' | 'scale' | 'add'; readonly number: number }
  | { readonly kind: 'mean along'; readonly axes: readonly string[] }
  | { readonly kind: 'mean over'; readonly texts: readonly (readonly number[])[] }
  | { readonly kind: 'from'; readonly tokens: readonly number[] }

/** What a run is computed from. */
export interface Question {
  readonly tokens: readonly number[]
  readonly interventions?: readonly Intervention[]
  /** The right answers, where the graph has a loss; -1 where none is asked. */
  readonly targets?: readonly number[]
}
