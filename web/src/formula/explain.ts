/**
 * The arithmetic of one cell: its terms, how they come together, and what happens then, as Python's graph/arithmetic.py and
 * run/explain.py tell it, word for word.
 *
 * The outermost sum, maximum or addition of a formula gives the terms; what stands around it gives the steps, from the inside outwards.
 * Where a formula names numbers on the way, these are the steps.
 */
import type { Explanation, Step, Term } from '../protocol/types'
import { Evaluation, indexed, type Operand } from './evaluation'
import { hasCells, isBinary, isCell, isReduction, walk } from './nodes'
import { latexNumber } from './numbers'
import { InNumbers, InPlainNumbers, latexText, leftOut, RELATIONS, SUM, Symbols, written, type Find } from './typeset'
import type { Binary, Formula, FunctionName, GraphOp, GraphTensor, Reduction, Sign, StepNode } from './types'

const SIGN_NAMES: Readonly<Record<Sign, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '^': 'raise',
}
const SIGN_LATEX = { '+': '+', '-': '-', '*': '\\times', '/': '\\div' }
const SIGN_PLAIN = { '+': '+', '-': '−', '*': '×', '/': '÷' } as const
const OPPOSITE = { '<=': '>', '<': '\\ge', '==': '\\ne' }

const FUNCTION_STEPS: Readonly<Record<FunctionName, readonly [string, string]>> = {
  sqrt: ['root', '\\sqrt{\\;}'],
  exp: ['exponentiate', 'e^{x}'],
  log: ['logarithm', '\\ln'],
  floor: ['round down', '\\lfloor\\;\\rfloor'],
  tanh: ['tanh', '\\tanh'],
  sigmoid: ['sigmoid', '\\operatorname{sigmoid}'],
  softplus: ['softplus', '\\operatorname{softplus}'],
  erf: ['error function', '\\operatorname{erf}'],
  sin: ['sine', '\\sin'],
  cos: ['cosine', '\\cos'],
}

/** How the names of constants are read in the name of a step. */
const SPOKEN: Readonly<Record<string, string>> = { '\\varepsilon': 'ε' }

/** A number that no op made, and where it comes from. */
export function given(
  tensor: GraphTensor,
  index: readonly number[],
  value: number,
  where: string,
  find: Find,
): Explanation {
  return {
    tensor: tensor.name,
    index: indexed(tensor.axes, index),
    value,
    op: null,
    title: tensor.title,
    formula: `${written(tensor, index.join(','), find)} = ${latexNumber(value)} \\quad \\text{(${where})}`,
    substituted: latexNumber(value),
    combine: 'single',
    terms: [],
    steps: [],
    reads: [],
  }
}

/** The cell of an op's output taken apart; `operands` come in the order in which its formula numbers them. */
export function explain(
  op: GraphOp,
  output: GraphTensor,
  index: readonly number[],
  operands: readonly Operand[],
  sizes: Readonly<Record<string, number>>,
  find: Find,
): Explanation {
  const at = indexed(output.axes, index)
  const evaluation = new Evaluation(operands, sizes, at)
  const { terms, steps, substituted } = new Arithmetic(op.rule, operands, evaluation, find)
  const { value } = steps.at(-1)!
  const reached = latexNumber(value)
  const whole = new Evaluation(operands, sizes, at)
  whole.value(op.rule)
  // A number taken over as it is (looked up, masked) is written once.
  const result = substituted === reached ? '' : ` = ${reached}`
  return {
    tensor: output.name,
    index: at,
    value,
    op: op.kind,
    title: op.title,
    formula: op.formula,
    substituted: `${written(output, index.join(','), find)} = ${substituted}${result}`,
    combine: op.combine,
    terms,
    steps,
    reads: Object.entries(op.inputs).map(([role, tensor], place) => ({
      role,
      tensor,
      region: whole.region(operands[place]!),
    })),
  }
}

class Arithmetic {
  readonly terms: Term[]
  readonly steps: Step[]
  /** The right-hand side in numbers. */
  readonly substituted: string
  private readonly symbols: Symbols
  private readonly latex: InNumbers
  private readonly plain: InPlainNumbers
  private readonly tensors: readonly GraphTensor[]

  constructor(
    private readonly formula: Formula,
    private readonly operands: readonly Operand[],
    private readonly evaluation: Evaluation,
    find: Find,
  ) {
    this.tensors = operands.map(({ tensor }) => find(tensor))
    this.symbols = new Symbols(this.tensors, find)
    this.latex = new InNumbers(this.tensors, find, evaluation)
    this.plain = new InPlainNumbers(this.tensors, find, evaluation)
    const path = this.spine()
    this.terms = this.termsOf(path.at(-1)!)
    const named = this.namedSteps(path)
    this.steps = named.length > 0 ? named : this.plainSteps(path)
    this.substituted = this.latex.text(formula)
  }

  /** From the whole formula to the outermost sum, maximum or addition in it, or else to one number. */
  private spine(): Formula[] {
    const path = [this.formula]
    for (;;) {
      const inner = this.substance(path.at(-1)!)
      if (inner === null) return path
      path.push(inner)
    }
  }

  /** The part in which the substance of a node is; null where that is the node itself. */
  private substance(node: Formula): Formula | null {
    if (node[0] === '+' && addends(node).filter(hasCells).length > 1) return null
    if (isBinary(node)) return isOnTheRight(node) ? node[2] : node[1]
    switch (node[0]) {
      case 'sum':
      case 'max':
      case 'cell':
      case 'number':
      case 'size':
      case 'place':
      case '<':
      case '<=':
      case '==':
        return null
      case 'step':
        return node[2]
      case 'choose':
        return node[this.evaluation.value(node[1]) === 0 ? 3 : 2]
      default:
        return node[1]
    }
  }

  // Terms.

  private termsOf(core: Formula): Term[] {
    if (isReduction(core)) return this.runOver(core, '')
    if (core[0] === '+') return addends(core).flatMap((addend) => this.added(addend))
    const whole = this.term(this.formula, '')
    return whole.cells.length > 0 ? [whole] : []
  }

  /** An addend as a term; one that is a sum itself as all of its terms. */
  private added(addend: Formula): Term[] {
    const name = addend[0] === 'step' ? addend[1] : ''
    const inner = addend[0] === 'step' ? addend[2] : addend
    if (inner[0] === 'sum') return this.runOver(inner, name === '' ? '' : `${name}: `)
    return [this.term(addend, isCell(addend) ? this.addendName(addend[1]) : name)]
  }

  private addendName(place: number): string {
    const tensor = this.tensors[place]!
    return tensor.kind === 'weight' ? this.operands[place]!.role : tensor.title
  }

  private runOver(core: Reduction, prefix: string): Term[] {
    const found: Term[] = []
    this.evaluation.each(core, () => {
      if (!leftOut(core[2], this.evaluation)) found.push(this.term(core[2], prefix + this.evaluation.label(core)))
    })
    return found
  }

  private term(node: Formula, label: string): Term {
    const { value, cells } = this.evaluation.reading(node)
    return { value, label, cells, plain: this.plain.text(node) }
  }

  // Steps.

  /** The numbers on the way that the formula names, in the order of computing; none where it names none. */
  private namedSteps(path: readonly Formula[]): Step[] {
    const found = insideOut(this.formula).filter((node) => node[0] === 'step')
    if (found.length === 0) return []
    const [core, inner] = [path.at(-1)!, path[1]!]
    const steps = found.map((node) => this.namedStep(node))
    if (isReduction(core)) steps.unshift(this.combined(core))
    if (found.at(-1) !== this.formula) {
      steps.push(core === this.formula ? this.combined(core) : this.plainStep(this.formula, inner))
    }
    return steps
  }

  private namedStep([, name, inner]: StepNode): Step {
    const value = this.evaluation.value(inner)
    if (isBinary(inner)) {
      const [, left, right] = inner
      const [substance, other] = isOnTheRight(inner) ? [right, left] : [left, right]
      const done = this.plainStep(inner, substance)
      if (done.operand !== null && (isCell(other) || other[0] === 'size')) return { ...done, label: name, value }
    }
    return step(name, this.symbols.text(inner), value)
  }

  /** What stands around the terms, from the inside outwards. */
  private plainSteps(path: readonly Formula[]): Step[] {
    const core = path.at(-1)!
    const steps = path
      .slice(0, -1)
      .map((node, place) => this.plainStep(node, path[place + 1]!))
      .reverse()
    if (isReduction(core) || isBinary(core) || steps.length === 0) steps.unshift(this.combined(core))
    return steps
  }

  /** How the terms come together, or how a single number was found. */
  private combined(core: Formula): Step {
    const value = this.evaluation.value(core)
    if (core[0] === 'max') return step('largest', '\\max', value)
    if (core[0] === 'sum' || isBinary(core)) return step('sum', '\\Sigma', value)
    const computed = core[0] === 'cell' ? core[2].find((index) => typeof index !== 'string') : undefined
    if (computed === undefined) return step('take', latexNumber(value), value)
    return step('look up', `\\text{row } ${latexNumber(this.evaluation.value(computed))}`, value)
  }

  /** What a node does to the number that comes from the part `inner`. */
  private plainStep(node: Formula, inner: Formula): Step {
    const value = this.evaluation.value(node)
    if (isBinary(node)) return this.operation(node, inner, value)
    if (node[0] === 'choose') {
      const [, condition, chosen] = node
      if (condition[0] === '<' || condition[0] === '<=' || condition[0] === '==') {
        const [left, right] = [this.latex.text(condition[1]), this.latex.text(condition[2])]
        const relation = (inner === chosen ? RELATIONS : OPPOSITE)[condition[0]]
        const label = inner[0] === 'number' && inner !== chosen ? 'mask' : 'keep'
        return step(label, `${left} ${relation} ${right}`, value)
      }
    }
    const [label, latex] = FUNCTION_STEPS[node[0] as FunctionName] ?? ['take', latexNumber(value)]
    return step(label, latex, value)
  }

  private operation([sign, left, right]: Binary, inner: Formula, value: number): Step {
    if (sign === '^') return step('raise', `(\\;)^{${this.symbols.text(right)}}`, value)
    const other = inner === right ? left : right
    const symbol = other[0] === 'number' ? other[2] : undefined
    const label = symbol === undefined ? SIGN_NAMES[sign] : `${SIGN_NAMES[sign]} ${SPOKEN[symbol] ?? symbol}`
    const latex = `${SIGN_LATEX[sign]} ${this.operandText(other)}`
    return { label, latex, value, sign: SIGN_PLAIN[sign], operand: this.evaluation.value(other) }
  }

  /** What is added, or divided by: a tensor by its symbol, what is fixed as it is written, the rest as its number. */
  private operandText(other: Formula): string {
    if (isCell(other)) return this.tensors[other[1]]!.symbol
    if (other[0] !== 'number' && !hasCells(other)) return this.latex.text(other)
    const [text, strength] = latexText(this.evaluation.value(other))
    return strength > SUM ? text : `(${text})`
  }
}

function step(label: string, latex: string, value: number): Step {
  return { label, latex, value, sign: null, operand: null }
}

function addends(node: Formula): Formula[] {
  return node[0] === '+' ? [...addends(node[1]), ...addends(node[2])] : [node]
}

/** Whether the substance of an operation is its right side. */
function isOnTheRight([, left, right]: Binary): boolean {
  return worth(right) > worth(left)
}

/** How much of a formula's substance is in a part: a sum, a number of the model, or neither. */
function worth(node: Formula): number {
  return walk(node).some((part) => isReduction(part) && hasCells(part)) ? 2 : Number(hasCells(node))
}

/** Everything in a formula but what sums run over, each node after what it is made of. */
function insideOut(node: Formula): Formula[] {
  if (isBinary(node)) return [...insideOut(node[1]), ...insideOut(node[2]), node]
  if (node[0] === 'step') return [...insideOut(node[2]), node]
  return node[0] in FUNCTION_STEPS ? [...insideOut(node[1] as Formula), node] : [node]
}
