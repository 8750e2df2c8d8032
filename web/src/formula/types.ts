/**
 * What computing and explaining need of a graph as it travels, and names for the kinds of nodes in its formulas. All of it is the
 * protocol's, whose types are made from Python's declarations.
 */
import type { Intervention } from '../protocol/interventions'
import type { Axis, Inputs, Op, Outputs, Rule, Tensor } from '../protocol/types'

/** A node: its name, then what it is made of; each name by itself, so that looking at it tells what follows. */
export type Formula = Split<Rule>
type Split<Node> = Node extends [infer Name extends string, ...infer Parts] ? Named<Name, Parts> : never
type Named<Name extends string, Parts extends unknown[]> = Name extends string ? [Name, ...Parts] : never

type NodeOf<Name extends Formula[0]> = Extract<Formula, [Name, ...unknown[]]>

export type NumberNode = NodeOf<'number'>
export type SizeNode = NodeOf<'size'>
/** A cell of the operand with that number. */
export type CellNode = NodeOf<'cell'>
export type StepNode = NodeOf<'step'>
export type Reduction = NodeOf<'sum' | 'max'>
/** A condition, what is chosen where it holds, and what otherwise. */
export type Choice = NodeOf<'choose'>
export type Relation = '<' | '<=' | '=='
export type Comparison = NodeOf<Relation>
export type Binary = Exclude<Extract<Formula, [string, Rule, Rule]>, Comparison>
export type Sign = Binary[0]
export type FunctionName = Extract<Formula, [string, Rule]>[0]

export type GraphAxis = Pick<Axis, 'size' | 'grows'>

export interface GraphTensor extends Pick<Tensor, 'name' | 'axes' | 'shape' | 'kind' | 'title' | 'symbol'> {
  /** The tensor that a gradient is of. */
  readonly gradient_of?: string | null
  readonly group?: string
  /** Whether it is a state of the residual stream; models that were kept by an earlier version do not say. */
  readonly residual?: boolean
}

/** A formula numbers its operands in the order of `inputs`. */
export type GraphOp = Pick<Op, 'kind' | 'title' | 'output' | 'inputs' | 'combine' | 'formula' | 'rule'>

export interface Graph {
  readonly axes: Readonly<Record<string, GraphAxis>>
  /** In the order of computing. */
  readonly tensors: readonly GraphTensor[]
  readonly ops: readonly GraphOp[]
  /** What a run is given, by what it holds. */
  readonly inputs: Inputs
  readonly outputs: Outputs | null
}

/** What a run is computed from. */
export interface Question {
  readonly tokens: readonly number[]
  readonly interventions?: readonly Intervention[]
  /** The right answers, where the graph has a loss; -1 where none is asked. */
  readonly targets?: readonly number[]
}
