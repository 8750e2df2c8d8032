/**
 * Where cells stand, what they hold, and which cells of its operands an op reads for a cell of its output: all of it from the
 * graph's description, the scene's boxes and the numbers at hand.
 */
import type { TensorView } from '../../protocol/tensors'
import type { Trace } from '../../protocol/trace'
import { colourScale, valueAt } from '../../protocol/tensors'
import type { Box, Op, Tensor, Vector } from '../../protocol/types'
import type { Fanned } from '../fanned'
import type { ModelView } from '../model-view'

/** Half-open ranges of indices, in axis order. */
export type Region = readonly (readonly [number, number])[]

/** An index by axis letter. */
export type At = Readonly<Record<string, number>>

/** One operand of an op: its tensor, and the letter that says where each of its axes is read. */
export interface Operand {
  role: string
  tensor: Tensor
  letters: readonly string[]
}

export class Places {
  private readonly boxes: ReadonlyMap<string, Box>
  private readonly usual: ReadonlyMap<string, Box>
  private readonly fanned: ReadonlyMap<string, Fanned>
  private readonly ops: ReadonlyMap<string, Op>
  /** Fixed when the animation is made: what it shows does not change with what is computed later. */
  private readonly numbers = new Map<string, TensorView | undefined>()

  constructor(
    private readonly model: ModelView,
    trace: Trace | null,
  ) {
    this.boxes = new Map(model.boxes.map((box) => [box.tensor, box]))
    this.usual = new Map(model.scene.boxes.map((box) => [box.tensor, box]))
    this.fanned = model.fanned
    this.ops = new Map(model.description.graph.ops.map((op) => [op.output, op]))
    for (const { name } of model.description.graph.tensors)
      this.numbers.set(
        name,
        trace?.tensors.get(name) ?? (trace === model.trace ? model.numbersOf(name) : model.weights.get(name)),
      )
  }

  tensor(name: string): Tensor {
    return known(this.model.tensors.get(name), name)
  }

  box(name: string): Box {
    return known(this.boxes.get(name), name)
  }

  /** The op that makes the tensor; undefined for weights and inputs. */
  maker(name: string): Op | undefined {
    return this.ops.get(name)
  }

  operands(op: Op): Operand[] {
    return Object.entries(op.inputs).map(([role, name]) => ({
      role,
      tensor: this.tensor(name),
      letters: op.letters[role] ?? [],
    }))
  }

  grows(letter: string): boolean {
    return this.model.description.graph.axes[letter]?.grows === true
  }

  /** The lengths of its axes with the tokens at hand. */
  shape(name: string): readonly number[] {
    return this.numbers.get(name)?.shape ?? this.tensor(name).shape
  }

  /** The middle of a cell's front face. Indices between two cells give places between them. */
  at(name: string, index: readonly number[]): Vector {
    const box = known(this.usual.get(name), name)
    const { axes } = this.tensor(name)
    const along = (direction: 0 | 1 | 2) => {
      const letter = box.axes[direction]
      const position = letter === null ? 0 : (index[axes.indexOf(letter)] ?? 0)
      const pitch = box.pitch[direction]
      const first = pitch >= 0 ? box.min[direction] : box.min[direction] + box.size[direction] - 1
      return first + position * pitch + 0.5
    }
    const place: Vector = [along(0), along(1), along(2) + 0.5]
    return this.shifted(place, name, index)
  }

  /** Where matrices lie side by side, each is so far from its usual place; between two of them it is between. */
  private shifted(place: Vector, name: string, index: readonly number[]): Vector {
    const fanned = this.fanned.get(name)
    if (fanned === undefined) return place
    const position = index[fanned.axis] ?? 0
    const last = fanned.shifts.length - 1
    const low = Math.max(0, Math.min(last, Math.floor(position)))
    const [from, to] = [fanned.shifts[low] as Vector, fanned.shifts[Math.min(last, low + 1)] as Vector]
    return place.map(
      (value, axis) =>
        value + (from[axis] as number) + ((to[axis] as number) - (from[axis] as number)) * (position - low),
    ) as Vector
  }

  /** Not a number where there is none. */
  value(name: string, index: readonly number[]): number {
    const view = this.numbers.get(name)
    return (view && valueAt(view, index)) ?? NaN
  }

  /** The magnitude at which the tensor's colours are strongest. */
  scale(name: string): number {
    const view = this.numbers.get(name)
    return view === undefined ? 1 : colourScale(view)
  }

  /** Where an operand is read, given an index of the output and of what is summed over. */
  index(operand: Operand, at: At, operands: readonly Operand[]): number[] {
    return operand.letters.map((letter) => {
      if (!letter.startsWith('@')) return at[letter] ?? 0
      const other = operands.find(({ role }) => role === letter.slice(1))
      return other === undefined ? 0 : this.value(other.tensor.name, this.index(other, at, operands))
    })
  }
}

function known<Thing>(thing: Thing | undefined, name: string): Thing {
  if (thing === undefined) throw new Error(`The model on the stage has no tensor '${name}'.`)
  return thing
}

/** The letters that an op runs over: those of its operands that its output does not have. */
export function summedLetters(operands: readonly Operand[], output: Tensor): string[] {
  const letters = operands.flatMap((operand) => operand.letters)
  return [...new Set(letters)].filter((letter) => !letter.startsWith('@') && !output.axes.includes(letter))
}
