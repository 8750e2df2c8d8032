/**
 * Derivatives, as Python's graph/derive.py makes them: the gradient of each operand of a formula is a formula again. The output's gradient
 * comes in at the root, each node hands its parts their shares, and what arrives at a cell of an operand, added up over every place from
 * which it is read, is that operand's gradient.
 */
import { cells, factorsOf, isComparison, isNumber, isReduction, multiplied } from './nodes'
import type { CellNode, Formula, FunctionName, NumberNode, Reduction } from './types'

/** What a cell is of: the axes of its tensor in order, and whether it is one of the model's weights. */
export interface Differentiable {
  readonly name: string
  readonly axes: readonly string[]
  readonly kind: string
}

/** What arrives at one cell of an operand: its share, and the letters over which copies of it exist. */
interface Arrival {
  readonly cell: CellNode
  readonly share: Formula
  readonly scope: readonly string[]
}

const TWINS: Readonly<Record<string, string>> = { t: 's', s: 't' }
/** What formulas call the batch. */
const BATCH = 'b'

/**
 * For each operand whose numbers the output depends on smoothly: its gradient, with the operand's own letters. The cells of the output
 * and of its gradient are numbered after those of the operands. Throws where a formula cannot be differentiated.
 */
export function derivatives(
  rule: Formula,
  operands: readonly Differentiable[],
  output: Differentiable,
): Map<number, Formula> {
  const tensors = [...operands, output, output]
  const [own, gradient] = [0, 1].map((more): Formula => ['cell', operands.length + more, [...output.axes]])
  const root = withoutSteps(rule)
  const derivation = new Derivation(root, own!, tensors)
  derivation.collect(root, gradient!, output.axes)
  const found = new Map<number, Formula>()
  for (const arrival of derivation.found) {
    const number = arrival.cell[1]
    const formula = toldApart(gathered(arrival, tensors), new Set(tensors[number]!.axes))
    const before = found.get(number)
    found.set(number, before === undefined ? formula : ['+', before, formula])
  }
  return found
}

class Derivation {
  readonly found: Arrival[] = []
  private readonly wholeFactors: readonly string[]

  constructor(
    private readonly whole: Formula,
    private readonly output: Formula,
    readonly tensors: readonly Differentiable[],
  ) {
    this.wholeFactors = factorsOf(whole).map(keyOf)
  }

  /** Hands the share of a node on to its parts, down to the cells. */
  collect(node: Formula, share: Formula, scope: readonly string[]): void {
    const hand = (part: Formula, itsShare: Formula, more: readonly string[] = []): void =>
      this.collect(part, itsShare, [...scope, ...more])
    const value = isSame(node, this.whole) ? this.output : node
    switch (node[0]) {
      case 'number':
      case 'size':
      case 'place':
        return
      case 'cell':
        this.found.push({ cell: node, share: simplified(this.spoken(guarded(share))), scope })
        return
      case '+':
        hand(node[1], share)
        {
          hand(node[2], share)
          return
        }
      case '-':
        hand(node[1], share)
        {
          hand(node[2], minus(share))
          return
        }
      case '*':
        hand(node[1], ['*', share, node[2]])
        {
          hand(node[2], ['*', share, node[1]])
          return
        }
      case '/':
        hand(node[1], ['/', share, node[2]])
        {
          hand(node[2], ['/', ['*', minus(share), value], node[2]])
          return
        }
      case '^': {
        this.power(node[1], node[2], share, value, hand)
        return
      }
      case 'choose':
        hand(node[2], ['choose', node[1], share, number(0)])
        {
          hand(node[3], ['choose', node[1], number(0), share])
          return
        }
      case 'sum': {
        hand(node[2], share, node[1])
        return
      }
      case 'max': {
        const among: Formula = ['==', node[2], value]
        hand(node[2], ['/', ['*', share, among], ['sum', [...node[1]], among]], node[1])
        return
      }
      case 'step': {
        hand(node[2], share)
        return
      }
    }
    if (isComparison(node)) return
    const slope = SLOPES[node[0] as FunctionName]
    if (slope) hand(node[1], ['*', share, slope(node[1], value)])
  }

  private power(
    base: Formula,
    exponent: Formula,
    share: Formula,
    value: Formula,
    hand: (part: Formula, share: Formula) => void,
  ): void {
    if (isNumber(exponent)) {
      const by = Number(exponent[1])
      const scaled: Formula = ['*', share, number(by)]
      hand(base, by === 1 ? scaled : ['*', scaled, raised(base, by - 1)])
    } else if (isNumber(base)) {
      hand(exponent, ['*', ['*', share, value], ['log', number(Number(base[1]))]])
    } else if (cells(base).length + cells(exponent).length > 0) {
      throw new Error('only powers with a constant base or exponent can be differentiated')
    }
  }

  /** A node spoken of by the output's cell wherever it is the whole formula, or factors of it are. */
  private spoken(node: Formula): Formula {
    if (isSame(node, this.whole)) return this.output
    let now = node
    const factors = factorsOf(node)
    const keys = factors.map(keyOf)
    const mine = this.wholeFactors
    const countIn = (all: readonly string[], one: string): number => all.filter((other) => other === one).length
    if (mine.length > 1 && mine.every((one) => countIn(keys, one) >= countIn(mine, one))) {
      for (const one of mine) {
        const place = keys.indexOf(one)
        keys.splice(place, 1)
        factors.splice(place, 1)
      }
      now = multiplied([...factors, [this.output, false]])
    }
    return rebuilt(now, (part) => this.spoken(part))
  }
}

/** The derivative of each function, from its argument and its value; one without has slope 0. */
const SLOPES: Readonly<Record<FunctionName, ((x: Formula, value: Formula) => Formula) | null>> = {
  sqrt: (_, root) => ['/', number(1), ['*', number(2), root]],
  exp: (_, power) => power,
  log: (x) => ['/', number(1), x],
  tanh: (_, tanh) => ['-', number(1), ['^', tanh, number(2)]],
  sigmoid: (_, share) => ['*', share, ['-', number(1), share]],
  softplus: (x) => ['sigmoid', x],
  erf: (x) => ['*', ['number', 2 / Math.sqrt(Math.PI), '\\tfrac{2}{\\sqrt\\pi}'], ['exp', minus(['^', x, number(2)])]],
  sin: (x) => ['cos', x],
  cos: (x) => minus(['sin', x]),
  floor: null,
}

function number(value: number): NumberNode {
  return ['number', value]
}

function minus(node: Formula): Formula {
  return ['*', number(-1), node]
}

function keyOf(node: Formula | [Formula, boolean]): string {
  return JSON.stringify(node)
}

function isSame(one: Formula, other: Formula): boolean {
  return one === other || (one[0] === other[0] && keyOf(one) === keyOf(other))
}

/** The same node with a change made to each of its parts. */
export function rebuilt(node: Formula, change: (part: Formula) => Formula): Formula {
  switch (node[0]) {
    case 'number':
    case 'size':
    case 'place':
      return node
    case 'cell':
      return ['cell', node[1], node[2].map((index) => (typeof index === 'string' ? index : change(index)))]
    case 'sum':
    case 'max':
      return [node[0], node[1], change(node[2])]
    case 'step':
      return ['step', node[1], change(node[2])]
    default:
      return [node[0], ...(node.slice(1) as Formula[]).map(change)] as Formula
  }
}

function withoutSteps(node: Formula): Formula {
  return node[0] === 'step' ? withoutSteps(node[2]) : rebuilt(node, withoutSteps)
}

/** The letters that a node's value depends on: all in it but those that a sum or maximum runs over. */
function letters(node: Formula): Set<string> {
  if (node[0] === 'place') return new Set([node[1]])
  if (isReduction(node)) {
    const found = letters(node[2])
    for (const letter of node[1]) found.delete(letter)
    return found
  }
  if (node[0] === 'cell')
    return new Set(node[2].flatMap((index) => (typeof index === 'string' ? [index] : [...letters(index)])))
  if (node[0] === 'number' || node[0] === 'size') return new Set()
  const inside = (node[0] === 'step' ? [node[2]] : node.slice(1)) as Formula[]
  return new Set(inside.flatMap((part) => [...letters(part)]))
}

/** The formula with free letters replaced; one that a sum inside runs over is primed where a new letter would be taken for it. */
function renamed(node: Formula, names: ReadonlyMap<string, string>): Formula {
  if (node[0] === 'place') return ['place', names.get(node[1]) ?? node[1]]
  if (node[0] === 'cell') {
    const [, operand, indices] = node
    const changed = indices.map((index) =>
      typeof index === 'string' ? (names.get(index) ?? index) : renamed(index, names),
    )
    return ['cell', operand, changed]
  }
  if (isReduction(node)) {
    const free = new Map([...letters(node)].map((old) => [old, names.get(old) ?? old]))
    const taken = new Set(free.values())
    const bound = new Map(node[1].map((letter) => [letter, primed(letter, taken)]))
    return [node[0], [...bound.values()], renamed(node[2], new Map([...free, ...bound]))] as Reduction
  }
  return rebuilt(node, (part) => renamed(part, names))
}

function primed(letter: string, taken: ReadonlySet<string>): string {
  return taken.has(letter) ? primed(`${letter}'`, taken) : letter
}

/** Another letter for a second index along the same axis. */
function fresh(letter: string, taken: ReadonlySet<string>): string {
  const twin = TWINS[letter] ?? `${letter}'`
  return taken.has(twin) ? primed(`${letter}'`, taken) : twin
}

/** The formula with other letters for those that a sum inside runs over and that are taken outside. */
function toldApart(node: Formula, taken: ReadonlySet<string>): Formula {
  if (!isReduction(node)) return rebuilt(node, (part) => toldApart(part, taken))
  const names = new Map<string, string>()
  for (const letter of node[1]) {
    const around = new Set([...taken, ...letters(node), ...node[1], ...names.values()])
    names.set(letter, taken.has(letter) && letter !== BATCH ? fresh(letter, around) : letter)
  }
  const argument = toldApart(renamed(node[2], names), new Set([...taken, ...names.values()]))
  return [node[0], [...names.values()], argument] as Reduction
}

/** The shares added up over all places that read one cell, written with the letters of the cell's own tensor. */
function gathered({ cell, share, scope }: Arrival, tensors: readonly Differentiable[]): Formula {
  const tensor = tensors[cell[1]]!
  const own = new Map<string, string>()
  const conditions: [string, Formula][] = []
  for (const [place, index] of cell[2].entries()) {
    const axis = tensor.axes[place]!
    if (typeof index === 'string' && !own.has(index)) own.set(index, axis)
    else conditions.push([axis, typeof index === 'string' ? ['place', index] : index])
  }
  const added = scope.filter((letter) => !own.has(letter) && letter !== BATCH)
  const names = new Map(own)
  for (const letter of added) {
    const taken = new Set([...tensor.axes, ...names.values(), ...added])
    names.set(letter, tensor.axes.includes(letter) ? fresh(letter, taken) : letter)
  }
  let whole = renamed(share, names)
  for (const [axis, index] of conditions) whole = ['*', whole, ['==', renamed(index, names), ['place', axis]]]
  const over = added.map((letter) => names.get(letter)!)
  if (tensor.kind === 'weight') over.unshift(BATCH)
  return addedUp(simplified(whole), over, tensors)
}

/** The sum; factors that are the same for all terms stand before it. */
function addedUp(share: Formula, over: readonly string[], tensors: readonly Differentiable[]): Formula {
  if (over.length === 0) return share
  const factors = factorsOf(share)
  const isVarying = ([factor]: [Formula, boolean]): boolean =>
    [...letters(factor)].some((letter) => over.includes(letter)) ||
    (over.includes(BATCH) && cells(factor).some(([, operand]) => tensors[operand]!.kind !== 'weight'))
  const varying = factors.filter(isVarying)
  const steady = factors.filter((one) => !isVarying(one))
  const reached = letters(multiplied(varying))
  if (varying.length === 0 || over.some((letter) => letter !== BATCH && !reached.has(letter)))
    return ['sum', [...over], share]
  const summed: Formula = ['sum', [...over], multiplied(varying)]
  const [first, ...others] = steady
  return simplified(first === undefined ? summed : multiplied([first, [summed, false], ...others]))
}

/** Factors that may be infinite go into the choice that leads to them: where it does not, they count for nothing. */
function guarded(share: Formula): Formula {
  const factors = factorsOf(share)
  for (const one of factors) {
    const [choice, inverse] = one
    if (choice[0] !== 'choose' || inverse) continue
    const [, condition, chosen, otherwise] = choice
    if (!isPlain(chosen, 0) && !isPlain(otherwise, 0)) continue
    const others = factors.filter((other) => other !== one)
    const wild = others.filter(([factor, below]) => !(below ? CONSTANT : FINITE)(factor))
    const inside = [chosen, otherwise].map((part) =>
      isPlain(part, 0) ? part : guarded(multiplied([[part, false], ...wild])),
    ) as [Formula, Formula]
    const tame = factors.filter((other) => others.includes(other) && !wild.includes(other))
    return multiplied([[['choose', condition, ...inside], false], ...tame])
  }
  return share
}

const CONSTANT = (node: Formula): boolean => node[0] === 'number' || node[0] === 'size'
/** What is finite as long as the operands are; below the line, constants alone. */
const FINITE = (node: Formula): boolean =>
  CONSTANT(node) || node[0] === 'place' || node[0] === 'cell' || node[0] === 'choose' || isComparison(node)

/** A number that has no better name than its digits. */
function isPlain(node: Formula, value?: number): node is NumberNode {
  return isNumber(node, value) && !node[2]
}

function raised(base: Formula, exponent: number): Formula {
  return exponent === 1 ? base : ['^', base, number(exponent)]
}

/** The factors of a fraction with those that are alike taken together: x · y · x² / y is x³. */
function powers(above: readonly Formula[], below: readonly Formula[]): [Formula[], Formula[]] {
  const found = new Map<string, { base: Formula; exponent: number }>()
  const take = (base: Formula, exponent: number): void => {
    const key = keyOf(base)
    found.set(key, { base, exponent: (found.get(key)?.exponent ?? 0) + exponent })
  }
  for (const [sign, factors] of [
    [1, above],
    [-1, below],
  ] as const)
    for (const factor of factors)
      if (factor[0] === '^' && isPlain(factor[2])) take(factor[1], sign * Number(factor[2][1]))
      else take(factor, sign)
  const all = [...found.values()]
  return [
    all.filter(({ exponent }) => exponent > 0).map(({ base, exponent }) => raised(base, exponent)),
    all.filter(({ exponent }) => exponent < 0).map(({ base, exponent }) => raised(base, -exponent)),
  ]
}

/** Products and fractions with one number in front; nothing is multiplied by 1, added to 0 or taken times 0. */
function simplified(node: Formula): Formula {
  switch (node[0]) {
    case '*':
    case '/':
      return simplifiedProduct(node)
    case '+': {
      const [left, right] = [simplified(node[1]), simplified(node[2])]
      if (isPlain(left, 0)) return right
      return isPlain(right, 0) ? left : ['+', left, right]
    }
    case 'choose': {
      const [chosen, otherwise] = [simplified(node[2]), simplified(node[3])]
      if (isPlain(chosen, 0) && isPlain(otherwise, 0)) return number(0)
      if (chosen[0] === '*' && isPlain(chosen[1]) && isPlain(otherwise, 0))
        return simplified(['*', number(Number(chosen[1][1])), ['choose', node[1], chosen[2], otherwise]])
      return ['choose', node[1], chosen, otherwise]
    }
    case 'cell':
      return node
  }
  return rebuilt(node, simplified)
}

function simplifiedProduct(node: Formula): Formula {
  let value = 1
  const [above, below]: [Formula[], Formula[]] = [[], []]
  for (const [factor, inverse] of factorsOf(node))
    for (const [one, turned] of factorsOf(simplified(factor), inverse)) {
      if (isPlain(one) && !(turned && Number(one[1]) === 0))
        value = turned ? value / Number(one[1]) : value * Number(one[1])
      else (turned ? below : above).push(one)
    }
  if (value === 0) return number(0)
  // Constants stand first; what a truth value or a sum multiplies is read before it.
  const rank = (one: Formula): number => Number(isComparison(one) || isReduction(one)) - Number(CONSTANT(one))
  const [over, under] = powers(above, below).map((side) => side.sort((one, other) => rank(one) - rank(other))) as [
    Formula[],
    Formula[],
  ]
  if (over.length === 0 && under.length === 0) return number(value)
  const sides = [
    over.map((one): [Formula, boolean] => [one, false]),
    under.map((one): [Formula, boolean] => [one, true]),
  ]
  let product = multiplied(sides.flat())
  const size = Math.abs(value)
  if (size !== 1) product = Number.isInteger(1 / size) ? ['/', product, number(1 / size)] : ['*', number(size), product]
  return value > 0 ? product : minus(product)
}
