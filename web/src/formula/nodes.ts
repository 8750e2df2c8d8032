/**
 * Looking at formulas: what a node is made of, which letters it depends on, what a function or a sign does with numbers.
 */
import type {
  Binary,
  CellNode,
  Choice,
  Comparison,
  Formula,
  FunctionName,
  NumberNode,
  Reduction,
  Relation,
  Sign,
} from './types'

/** What a node is made of, in the order of reading; for a cell, the formulas among its indices. */
export function parts(node: Formula): readonly Formula[] {
  switch (node[0]) {
    case 'number':
    case 'size':
    case 'place':
      return []
    case 'cell':
      return node[2].filter((index) => typeof index !== 'string')
    case 'sum':
    case 'max':
    case 'step':
      return [node[2]]
    default:
      return node.slice(1) as Formula[]
  }
}

/** The node and everything in it. */
export function walk(node: Formula): Formula[] {
  return [node, ...parts(node).flatMap(walk)]
}

export function cells(node: Formula): CellNode[] {
  return walk(node).filter(isCell)
}

export function hasCells(node: Formula): boolean {
  return isCell(node) || parts(node).some(hasCells)
}

export function isCell(node: Formula): node is CellNode {
  return node[0] === 'cell'
}

export function isReduction(node: Formula): node is Reduction {
  return node[0] === 'sum' || node[0] === 'max'
}

export function isBinary(node: Formula): node is Binary {
  return node[0] in OPERATIONS
}

export function isComparison(node: Formula): node is Comparison {
  return node[0] in COMPARISONS
}

export function isChoice(node: Formula): node is Choice {
  return node[0] === 'choose'
}

export function isNumber(node: Formula, value?: number): node is NumberNode {
  return node[0] === 'number' && (value === undefined || Number(node[1]) === value)
}

/** The letters that sums and maxima run over here: a batch is none, because a page computes one text at a time. */
export function lettersOver(node: Reduction): string[] {
  return node[1].filter((letter) => letter !== 'b')
}

/** The axis that a letter, primed or not, runs along. */
export function axisOf(letter: string): string {
  return letter.replace(/'+$/, '')
}

/** How many indices a letter has where it is read inside the node, or in the graph where nothing is read along it. */
export function lengthOf(
  letter: string,
  node: Formula,
  shapes: readonly (readonly number[])[],
  sizes: Readonly<Record<string, number>>,
): number {
  for (const [, operand, indices] of cells(node)) {
    const place = indices.indexOf(letter)
    if (place >= 0) return shapes[operand]![place]!
  }
  return sizes[axisOf(letter)]!
}

/** The factors of a product or fraction, each with whether it stands below the line. */
export function factorsOf(node: Formula, inverse = false): [Formula, boolean][] {
  if (node[0] === '*') return [...factorsOf(node[1], inverse), ...factorsOf(node[2], inverse)]
  if (node[0] === '/') return [...factorsOf(node[1], inverse), ...factorsOf(node[2], !inverse)]
  return node[0] === 'step' ? factorsOf(node[2], inverse) : [[node, inverse]]
}

/** The product of such factors. */
export function multiplied(factors: readonly [Formula, boolean][]): Formula {
  const [above, below] = [false, true].map((side) =>
    factors.filter(([, inverse]) => inverse === side).map(([one]) => one),
  )
  const product = (all: readonly Formula[]): Formula =>
    all.length === 0 ? ['number', 1] : all.reduce((left, right) => ['*', left, right])
  return below!.length === 0 ? product(above!) : ['/', product(above!), product(below!)]
}

export const OPERATIONS: Readonly<Record<Sign, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
}

export const COMPARISONS: Readonly<Record<Relation, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '==': (left, right) => left === right,
}

export const FUNCTIONS: Readonly<Record<FunctionName, (x: number) => number>> = {
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  // Written so that nothing overflows and small values keep their digits.
  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  sin: Math.sin,
  cos: Math.cos,
  floor: Math.floor,
}
