/**
 * Setting formulas: as LaTeX with letters, with numbers or with symbols alone, as Python's graph/typeset.py does it; and as plain text
 * with numbers, for where nothing can be set.
 */
import { isBinary, isCell, isComparison, isNumber } from './nodes'
import { latexNumber, plainNumber } from './numbers'
import type {
  Binary,
  CellNode,
  Choice,
  Comparison,
  Formula,
  FunctionName,
  GraphTensor,
  NumberNode,
  Reduction,
  SizeNode,
  StepNode,
} from './types'

/** How closely a text holds together: a sum or something with a minus sign in front, a product, a whole. */
export const SUM = 0
export const PRODUCT = 1
export const ATOM = 2

/** A text and how closely it holds together. */
export type Text = readonly [string, number]

/** What stands between these two signs of a plain text is raised. */
export const SUPERSCRIPT = ['⁅', '⁆'] as const

/** A longer sum is written as its first terms, dots, and its last. */
const WRITTEN_OUT = 4

/** Those with a place for their argument enclose it; the others stand before it. */
const FUNCTIONS: Readonly<Record<FunctionName, string>> = {
  sqrt: '\\sqrt{%s}',
  exp: 'e^{%s}',
  floor: '\\left\\lfloor %s \\right\\rfloor',
  log: '\\ln ',
  tanh: '\\tanh ',
  sin: '\\sin ',
  cos: '\\cos ',
  sigmoid: '\\operatorname{sigmoid} ',
  softplus: '\\operatorname{softplus} ',
  erf: '\\operatorname{erf} ',
}

const PLAIN_FUNCTIONS: Readonly<Partial<Record<FunctionName, string>>> = {
  exp: `e${SUPERSCRIPT[0]}%s${SUPERSCRIPT[1]}`,
  floor: '⌊%s⌋',
  log: 'ln',
}

export const RELATIONS = { '<': '<', '<=': '\\le', '==': '=' } as const

/** Finds a tensor by name. */
export type Find = (name: string) => GraphTensor

/** LaTeX of the cell with these indices: `Q_{2,3,7}`, or the derivative of the loss by it. */
export function written(tensor: GraphTensor, subscript: string, find: Find): string {
  if (tensor.gradient_of != null) {
    return `\\frac{\\partial \\mathcal{L}}{\\partial ${written(find(tensor.gradient_of), subscript, find)}}`
  }
  const symbol = tensor.symbol.includes('_') ? `{${tensor.symbol}}` : tensor.symbol
  return subscript === '' ? tensor.symbol : `${symbol}_{${subscript}}`
}

export function latexText(value: number): Text {
  const text = latexNumber(value)
  return [text, text.startsWith('-') ? SUM : text.includes('times') ? PRODUCT : ATOM]
}

/** Sets a formula with letters. `sizes` are written as numbers; axes as long as the text at hand are not among them. */
export class Typesetter {
  /** What stands between factors. */
  protected readonly times: string = '\\,'

  constructor(
    protected readonly operands: readonly GraphTensor[],
    protected readonly find: Find,
    private readonly sizes: Readonly<Record<string, number>> = {},
  ) {}

  /** The text, in parentheses where it would not hold together in its place. */
  text(node: Formula, least = SUM): string {
    const [text, strength] = this.set(node)
    return strength >= least ? text : this.bracketed(text)
  }

  set(node: Formula): Text {
    switch (node[0]) {
      case 'number':
        return this.number(node)
      case 'size':
        return this.size(node)
      case 'place':
        return [node[1], ATOM]
      case 'cell':
        return this.cell(node)
      case 'sum':
      case 'max':
        return this.reduction(node)
      case 'step':
        return this.step(node)
      case 'choose':
        return this.choice(node)
    }
    if (isComparison(node)) return [`\\left[${this.comparison(node)}\\right]`, ATOM]
    return isBinary(node) ? this.binary(node) : this.function(node[0], node[1])
  }

  protected bracketed(text: string): string {
    return `\\left(${text}\\right)`
  }

  protected number(node: NumberNode): Text {
    return node[2] === undefined ? latexText(Number(node[1])) : [node[2], ATOM]
  }

  protected size(node: SizeNode): Text {
    return [String(this.sizes[node[1]] ?? `\\lvert ${node[1]} \\rvert`), ATOM]
  }

  protected cell([, operand, indices]: CellNode): Text {
    const computed = indices.some((index) => typeof index !== 'string')
    const set = indices.map((index) => (typeof index === 'string' ? index : this.text(index)))
    return [written(this.operands[operand]!, set.join(computed ? ',\\,' : ','), this.find), ATOM]
  }

  protected binary(node: Binary): Text {
    const [sign, left, right] = node
    switch (sign) {
      case '*':
        if (isNumber(left, -1)) return [`-${this.text(right, PRODUCT)}`, SUM]
        return [`${this.text(left, PRODUCT)}${this.times}${this.text(right, PRODUCT)}`, PRODUCT]
      case '+': {
        const takenAway = withoutMinus(right)
        if (takenAway !== undefined) return this.binary(['-', left, takenAway])
        const text = this.text(right)
        return [`${this.text(left)} + ${text.startsWith('-') ? this.bracketed(text) : text}`, SUM]
      }
      case '-':
        return [`${this.text(left)} - ${this.text(right, PRODUCT)}`, SUM]
      case '/':
        return this.fraction(left, right)
      case '^':
        return [`${this.text(left, ATOM)}^{${this.text(right)}}`, PRODUCT]
    }
  }

  protected fraction(above: Formula, below: Formula): Text {
    const positive = withoutMinus(above)
    if (positive !== undefined) return [`-${this.fraction(positive, below)[0]}`, SUM]
    if (above[0] === 'sum') return [`\\frac{1}{${this.text(below)}}${this.text(above, PRODUCT)}`, PRODUCT]
    return [`\\frac{${this.text(above)}}{${this.text(below)}}`, ATOM]
  }

  protected function(name: FunctionName, argument: Formula): Text {
    const form = FUNCTIONS[name]
    if (form.includes('%s')) return [form.replace('%s', () => this.text(argument)), ATOM]
    return [form + (isCell(argument) ? this.text(argument, ATOM) : this.bracketed(this.text(argument))), PRODUCT]
  }

  protected comparison([sign, left, right]: Comparison): string {
    return `${this.text(left)} ${RELATIONS[sign]} ${this.text(right)}`
  }

  protected choice(node: Choice): Text {
    const rows = cases(node)
    const holds = (conditions: readonly Formula[]): string => conditions.map((one) => this.condition(one)).join(',\\, ')
    const [chosen, conditions] = rows[0]!
    if (rows.length === 2 && isZero(node[3]))
      return [`\\left[${holds(conditions)}\\right]${this.times}${this.text(chosen, PRODUCT)}`, PRODUCT]
    const set = rows.map(([value, under]) => `${this.text(value)} & ${holds(under) || this.remaining(rows)}`)
    return [`\\begin{cases} ${set.join(' \\\\ ')} \\end{cases}`, ATOM]
  }

  /** When none of the conditions holds. */
  private remaining(rows: readonly Case[]): string {
    const [only, ...others] = rows[0]![1]
    return rows.length === 2 && others.length === 0 && only?.[0] === '<='
      ? `${this.text(only[1])} > ${this.text(only[2])}`
      : '\\text{otherwise}'
  }

  private condition(node: Formula): string {
    return isComparison(node) ? this.comparison(node) : this.text(node)
  }

  protected reduction([kind, letters, argument]: Reduction): Text {
    const under = letters.filter((letter) => letter !== 'b').join(',')
    if (!under) return this.set(argument) // of a batch, of which one text is shown
    return [`\\${kind}_{${under}} ${this.text(argument, PRODUCT)}`, PRODUCT]
  }

  protected step(node: StepNode): Text {
    return this.set(node[2])
  }
}

/** Sets what a step does, in few signs: tensors without indices, and what has a name by that name. */
export class Symbols extends Typesetter {
  protected override cell([, operand]: CellNode): Text {
    return [written(this.operands[operand]!, '', this.find), ATOM]
  }

  protected override step([, name]: StepNode): Text {
    return [`\\text{${name}}`, ATOM]
  }
}

/** The numbers of one cell, as explaining finds them. */
export interface Numbers {
  value(node: Formula): number
  /** Goes through all indices that a sum or maximum runs over. */
  each(node: Reduction, visit: () => void): void
}

/** Sets a formula with the numbers of one cell in it. */
export class InNumbers extends Typesetter {
  protected override readonly times: string = ' \\cdot '
  protected readonly dots: Readonly<Record<Reduction[0], string>> = { sum: '\\cdots', max: '\\ldots' }

  constructor(
    operands: readonly GraphTensor[],
    find: Find,
    private readonly numbers: Numbers,
  ) {
    super(operands, find)
  }

  override set(node: Formula): Text {
    return node[0] === 'cell' || node[0] === 'place' ? this.inDigits(this.numbers.value(node)) : super.set(node)
  }

  protected inDigits(value: number): Text {
    return latexText(value)
  }

  protected override number(node: NumberNode): Text {
    return this.inDigits(Number(node[1]))
  }

  protected override size(node: Formula): Text {
    return this.inDigits(this.numbers.value(node))
  }

  protected override choice([, condition, chosen, otherwise]: Choice): Text {
    return this.set(this.numbers.value(condition) ? chosen : otherwise)
  }

  protected override reduction(node: Reduction): Text {
    const [kind, , argument] = node
    const counts = (): boolean => kind === 'max' || !leftOut(argument, this.numbers)
    let all = 0
    this.numbers.each(node, () => (all += Number(counts())))
    const shown: string[] = []
    let place = 0
    this.numbers.each(node, () => {
      if (!counts()) return
      place += 1
      if (place < WRITTEN_OUT || place === all) shown.push(this.text(argument))
      else if (place === WRITTEN_OUT) shown.push(this.dots[kind])
    })
    if (kind === 'max') return [this.largest(shown), SUM]
    return [shown.map((text) => (/^[-−]/.test(text) ? this.bracketed(text) : text)).join(' + ') || '0', SUM]
  }

  protected largest(shown: readonly string[]): string {
    return `\\max\\left(${shown.join(',\\, ')}\\right)`
  }
}

/** The same as plain text: `0.12 × (−0.31)`, `(0.5 − 0.2)²`, `e⁅0.5 − 0.2⁆`. */
export class InPlainNumbers extends InNumbers {
  protected override readonly times = ' × '
  protected override readonly dots = { sum: '…', max: '…' }

  protected override bracketed(text: string): string {
    return `(${text})`
  }

  protected override inDigits(value: number): Text {
    const text = plainNumber(value)
    return [text, text.startsWith('−') ? SUM : text.includes('×') ? PRODUCT : ATOM]
  }

  protected override binary(node: Binary): Text {
    const [sign, left, right] = node
    switch (sign) {
      case '*':
        if (isNumber(left, -1)) return [`−${this.text(right, ATOM)}`, SUM]
        return [`${this.first(left)}${this.times}${this.text(right, PRODUCT)}`, PRODUCT]
      case '+': {
        const text = this.text(right)
        return [`${this.text(left)} + ${text.startsWith('−') ? this.bracketed(text) : text}`, SUM]
      }
      case '-':
        return [`${this.text(left)} − ${this.text(right, PRODUCT)}`, SUM]
      case '/':
        return this.fraction(left, right)
      case '^': {
        const exponent = this.text(right)
        const raised = exponent === '2' ? '²' : `${SUPERSCRIPT[0]}${exponent}${SUPERSCRIPT[1]}`
        return [this.text(left, ATOM) + raised, PRODUCT]
      }
    }
  }

  /** At the head of a product or fraction a negative number needs no parentheses. */
  private first(node: Formula): string {
    return isCell(node) || isNumber(node) ? this.text(node) : this.text(node, PRODUCT)
  }

  protected override fraction(above: Formula, below: Formula): Text {
    return [`${this.first(above)} ÷ ${this.text(below, ATOM)}`, PRODUCT]
  }

  protected override function(name: FunctionName, argument: Formula): Text {
    if (name === 'sqrt') return [`√${this.text(argument, ATOM)}`, ATOM]
    const form = PLAIN_FUNCTIONS[name] ?? name
    return [form.includes('%s') ? form.replace('%s', this.text(argument)) : `${form}(${this.text(argument)})`, ATOM]
  }

  protected override comparison([sign, left, right]: Comparison): string {
    return `${this.text(left)} ${sign === '<=' ? '≤' : RELATIONS[sign]} ${this.text(right)}`
  }

  override set(node: Formula): Text {
    return isComparison(node) ? [`[${this.comparison(node)}]`, ATOM] : super.set(node)
  }

  protected override largest(shown: readonly string[]): string {
    return `max(${shown.join(', ')})`
  }
}

/** What is chosen, and the conditions under which it is. */
type Case = readonly [Formula, readonly Formula[]]

/** Choices within choices as one list, of which the first whose conditions all hold counts; the last has none. */
function cases([, condition, chosen, otherwise]: Choice, holding: readonly Formula[] = []): Case[] {
  const within = (value: Formula, conditions: readonly Formula[]): Case[] =>
    value[0] === 'choose' ? cases(value, conditions) : [[value, conditions]]
  const rows = [...within(chosen, [...holding, condition]), ...within(otherwise, holding)]
  // What is the same in the end needs no condition more.
  return rows.filter((row, place) => !isSaidAgain(row, rows[place + 1]))
}

/** Whether the next row gives the same under fewer of the conditions. */
function isSaidAgain([value, conditions]: Case, following: Case | undefined): boolean {
  return (
    following !== undefined &&
    JSON.stringify([value, conditions.slice(0, following[1].length)]) === JSON.stringify(following)
  )
}

/** Whether a term counts for nothing because its condition does not hold. */
export function leftOut(term: Formula, numbers: Numbers): boolean {
  return term[0] === 'choose' && isZero(term[3]) && numbers.value(term[1]) === 0
}

function isZero(node: Formula): boolean {
  return isNumber(node, 0) && node[2] === undefined
}

/** What a formula with a minus sign in front is the negative of. */
function withoutMinus(node: Formula): Formula | undefined {
  if (node[0] === 'step') return withoutMinus(node[2])
  if (node[0] === '*' && isNumber(node[1], -1)) return node[2]
  if (node[0] !== '/') return undefined
  const negated = withoutMinus(node[1])
  return negated === undefined ? undefined : ['/', negated, node[2]]
}
