/**
 * Looking at formulas: what a node is made of, which letters it depends on, what a function or a sign does with numbers.
 */
import type {
  Binary,
  CellNode,
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

/** The error function of x ≥ 0 is 1 − t exp(Σ ERF[k] T_k(2t − 1) − x²) with t = 2 / (2 + x), T_k being Chebyshev's polynomials. */
const ERF = [
  -0.6513268598908547, 0.6419697923564902, 0.019476473204185836, -0.009561514786808632, -0.0009465953444820369,
  0.00036683949785276145, 4.252332480690777e-5, -2.0278578112534242e-5, -1.6242900046470254e-6, 1.3036558355805232e-6,
  1.5626441722066142e-8, -8.523809591492654e-8, 6.5290544390988515e-9, 5.059343495551469e-9, -9.91364156493033e-10,
  -2.273651222931836e-10, 9.646791102015527e-11, 2.3940380830391146e-12, -6.886027526497553e-12, 8.944879273090725e-13,
  3.130921399342958e-13, -1.1270822361367252e-13, 3.810905255189232e-16, 7.106097613609237e-15, -1.5230282014571043e-15,
]

/** That series, summed from its last term. */
function erf(x: number): number {
  const t = 2 / (2 + Math.abs(x))
  let [last, before] = [0, 0]
  for (let k = ERF.length - 1; k > 0; k--) [last, before] = [(4 * t - 2) * last - before + ERF[k]!, last]
  return Math.sign(x) * (1 - t * Math.exp((2 * t - 1) * last - before + ERF[0]! - x * x))
}

export const FUNCTIONS: Readonly<Record<FunctionName, (x: number) => number>> = {
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  // Written so that nothing overflows and small values keep their digits.
  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  erf,
  sin: Math.sin,
  cos: Math.cos,
  floor: Math.floor,
}
