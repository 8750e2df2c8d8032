/**
 * A graph bound to weights and to the length of a text: computes every tensor of a run, or only some and what these need. Plans and
 * arrays are made once and serve every further text of that length.
 */
import { plan, Scratch, type Plan, type PlannedTensor, type Slot } from './plan'
import type { Single } from './single'
import type { Graph, GraphOp, GraphTensor } from './types'

export type Weights = ReadonlyMap<string, Float32Array>

/** Changes a tensor in place as soon as it is there. */
export type Hook = (array: Float32Array, shape: readonly number[], tensor: Pick<GraphTensor, 'axes'>) => void

/** What a run is given, by name: tokens, the right answers where there are any, and the places of so many positions. */
export function inputsOf(
  { tokens, targets, positions }: Graph['inputs'],
  numbers: { readonly tokens: ArrayLike<number>; readonly targets?: ArrayLike<number> },
  length: number,
): Map<string, ArrayLike<number>> {
  const found = new Map([[tokens, numbers.tokens]])
  if (positions !== undefined)
    found.set(
      positions,
      Array.from({ length }, (_, place) => place),
    )
  if (targets !== undefined && numbers.targets !== undefined) found.set(targets, numbers.targets)
  return found
}

export class Computation {
  readonly sizes: Readonly<Record<string, number>>
  private readonly slots = new Map<string, Slot>()
  private readonly shapes = new Map<string, readonly number[]>()
  private readonly plans = new Map<GraphOp, Plan>()
  private readonly scratch: Scratch
  /** Cells that a hook has changed, by tensor: 1 where they are another number than before. */
  private readonly touched = new Map<string, Uint8Array>()
  private readonly present = new Set<string>()
  /** What the latest change has made other numbers of. */
  private stale: ReadonlySet<string> = new Set()

  constructor(
    readonly graph: Graph,
    readonly tensors: ReadonlyMap<string, GraphTensor>,
    private readonly weights: Weights,
    readonly positions: number,
    /** Does matrix products in single precision; without it sums are in double precision. */
    single: Single | null = null,
  ) {
    this.scratch = new Scratch(single)
    this.sizes = sizesOf(graph)
    for (const tensor of tensors.values()) this.shapes.set(tensor.name, this.shapeNow(tensor))
  }

  /** Growing axes are as long as the text, but not in weights, nor in the gradients of weights. */
  private shapeNow({ axes, shape, kind, gradient_of }: GraphTensor): readonly number[] {
    const fixed = (gradient_of == null ? kind : this.tensors.get(gradient_of)!.kind) === 'weight'
    return axes.map((axis, place) => (this.graph.axes[axis]!.grows && !fixed ? this.positions : shape[place]!))
  }

  shape(name: string): readonly number[] {
    return this.shapes.get(name)!
  }

  /** The numbers of a tensor, as the last run left them; null where it did not need them. */
  data(name: string): Float32Array | null {
    return this.present.has(name) ? this.slots.get(name)!.data : null
  }

  /** Whether a hook of the last run has changed the cell at that offset. */
  isTouched(name: string, offset: number): boolean {
    return this.touched.get(name)?.[offset] === 1
  }

  /** Computes the tensors named, or all that follow from what is given; hooks go by the tensor they change. */
  run(
    given: ReadonlyMap<string, ArrayLike<number>>,
    keep?: Iterable<string>,
    hooks: ReadonlyMap<string, Hook> = new Map(),
  ): void {
    this.present.clear()
    this.touched.clear()
    this.stale = new Set()
    for (const [name, numbers] of given) {
      this.own(name).set(numbers)
      this.arrive(name, hooks)
    }
    for (const [name, weight] of this.weights) {
      if (hooks.has(name)) this.own(name).set(weight)
      else this.slot(name).data = weight
      this.arrive(name, hooks)
    }
    for (const op of this.needed(keep)) {
      for (const step of this.planned(op)) step()
      this.arrive(op.output, hooks)
    }
  }

  /**
   * The tensors named once more, with other changes to what ops make than those before; only what follows from these is computed.
   * Of a tensor that is set to zero as a whole nothing is computed at all.
   */
  change(keep: Iterable<string>, hooks: ReadonlyMap<string, Hook>, zeroed: ReadonlySet<string>): void {
    const [stale, old] = [new Set([...hooks.keys(), ...zeroed]), new Set(this.stale)]
    for (const name of zeroed) this.own(name).fill(0)
    for (const op of this.needed(keep, zeroed)) {
      const follows = Object.values(op.inputs).some((name) => stale.has(name))
      if (follows) stale.add(op.output)
      if (!follows && !hooks.has(op.output) && !old.has(op.output)) continue
      for (const step of this.planned(op)) step()
      hooks.get(op.output)?.(this.slot(op.output).data, this.shape(op.output), this.tensors.get(op.output)!)
      old.delete(op.output)
    }
    this.stale = new Set([...stale, ...old])
  }

  private arrive(name: string, hooks: ReadonlyMap<string, Hook>): void {
    this.present.add(name)
    const hook = hooks.get(name)
    if (!hook) return
    const { data } = this.slot(name)
    const before = data.slice()
    hook(data, this.shape(name), this.tensors.get(name)!)
    const isOther = (number: number, other: number): boolean =>
      number !== other && !(Number.isNaN(number) && Number.isNaN(other))
    this.touched.set(
      name,
      Uint8Array.from(data, (number, place) => Number(isOther(number, before[place]!))),
    )
  }

  /** The ops that make the tensors named, in order; all that can be computed where none are. */
  private needed(keep: Iterable<string> | undefined, given: ReadonlySet<string> = new Set()): readonly GraphOp[] {
    if (keep === undefined) {
      const there = new Set(this.present)
      return this.graph.ops.filter(({ inputs, output }) => {
        const possible = Object.values(inputs).every((name) => there.has(name))
        if (possible) there.add(output)
        return possible
      })
    }
    const wanted = new Set(keep)
    const needed = this.graph.ops.toReversed().filter(({ inputs, output }) => {
      if (!wanted.has(output) || given.has(output)) return false
      for (const name of Object.values(inputs)) wanted.add(name)
      return true
    })
    return needed.reverse()
  }

  private planned(op: GraphOp): Plan {
    let made = this.plans.get(op)
    if (made === undefined) {
      this.own(op.output)
      const operands = Object.values(op.inputs).map((name) => this.bound(name))
      made = plan(op.rule, operands, this.bound(op.output), this.sizes, this.scratch)
      this.plans.set(op, made)
    }
    return made
  }

  private bound(name: string): PlannedTensor {
    return { slot: this.slot(name), axes: this.tensors.get(name)!.axes, shape: this.shape(name) }
  }

  private slot(name: string): Slot {
    let slot = this.slots.get(name)
    if (slot === undefined) this.slots.set(name, (slot = { data: NONE }))
    return slot
  }

  /** The tensor's array, which is this computation's and not the model's. */
  private own(name: string): Float32Array {
    const slot = this.slot(name)
    if (slot.data === NONE || slot.data === this.weights.get(name)) {
      slot.data = this.scratch.array(this.shape(name).reduce((product, length) => product * length, 1))
    }
    return slot.data
  }
}

const NONE = new Float32Array(0)

export function sizesOf(graph: Graph): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(graph.axes).map(([axis, { size }]) => [axis, size]))
}
