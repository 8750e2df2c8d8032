/**
 * What the reader looks into: the selected tensor or cell, the pinned cell it is compared with, how their numbers come about,
 * and which cells are lit for that.
 */
import { Refusal } from '../source/refusal'
import type { Basis, Recording } from './basis.svelte'
import {
  axisOrder,
  coordinates,
  indexText,
  isWithin,
  parseReference,
  sameCell,
  shapeText,
  type CellReference,
} from '../protocol/cells'
import { formatNumber } from '../words/numbers'
import { valueAt } from '../protocol/tensors'
import { trailAfter } from './trail'
import type { Explanation, Read, Tensor } from '../protocol/types'

/** Ranges of cells that are lit in the stage. */
export type Lit = readonly Pick<Read, 'tensor' | 'region'>[]

export class Inspection {
  selection = $state.raw<CellReference | null>(null)
  /** How the selected cell comes about; the explanation before stays until this one has come. Null for whole tensors and cells not computed. */
  explanation = $state.raw<Explanation | null>(null)
  /** The cell that others are compared with. */
  pinned = $state.raw<CellReference | null>(null)
  pinnedExplanation = $state.raw<Explanation | null>(null)
  /** The cells from the one where the reader began down to where he has walked, and perhaps back from. */
  trail = $state.raw<readonly CellReference[]>([])
  waiting = $state(false)
  /** What the pointer is over in a panel, which is lit for as long as it stays there. */
  pointed = $state.raw<Lit | null>(null)

  /** Whether two cells are seen side by side. */
  readonly comparing = $derived(
    this.pinned !== null &&
      this.selection !== null &&
      this.selection.index !== null &&
      !sameCell(this.pinned, this.selection),
  )

  readonly lit: Lit = $derived.by(() => {
    if (this.pointed) return this.pointed
    const reads = this.explanation?.reads ?? []
    if (!this.comparing || this.pinned === null) return reads
    return [...reads, ...(this.pinnedExplanation?.reads ?? []), regionOf(this.pinned)]
  })

  #pending: AbortController | null = null

  constructor(private readonly basis: Basis) {}

  /**
   * Selects a tensor or a cell; null closes the inspector. `faced`: the camera goes along. Raises Refusal (`unknown-tensor`, `no-such-cell`).
   */
  async look(wanted: CellReference | null, how: Recording | null = 'push', faced = how !== null): Promise<void> {
    const reference = wanted && this.#checked(wanted)
    const goesOn = this.selection !== null && reference !== null
    this.pointed = null
    this.trail = trailAfter(this.trail, this.selection, reference, how === 'replace')
    if (!sameCell(this.selection, reference)) this.selection = reference
    // Whoever follows a link to a whole tensor has not seen yet where it stands.
    if (faced) this.basis.viewpoint.aim(reference?.index || how === null ? reference : null)
    if (how !== null) this.basis.record(how, goesOn)
    await this.basis.attempt(() => this.explain())
    if (faced) this.basis.viewpoint.face(this.explanation?.reads ?? [], how === 'replace')
    this.basis.announce(this.inWords(this.selection))
  }

  /** The tensor or cell that a link names, in any spelling. Raises Refusal (`unknown-tensor`, `no-cell-named`). */
  named(text: string): CellReference {
    const reference = parseReference(text, (name) => this.#found(name))
    if (reference !== null) return reference
    this.#tensor(text.split(/[[:]/)[0]!.trim())
    throw new Refusal(
      'no-cell-named',
      `'${text}' names no cell of this model: write it as blocks.0.attn.q[2,3,7].`,
      { text },
      400,
    )
  }

  #found(name: string): Tensor | undefined {
    const { tensors } = this.basis
    return tensors.get(name) ?? [...tensors.values()].find(({ aliases }) => aliases.includes(name))
  }

  #tensor(name: string): Tensor {
    const tensor = this.#found(name)
    if (tensor !== undefined) return tensor
    throw new Refusal('unknown-tensor', `This model has no tensor named '${name}'.`, { name }, 404)
  }

  /** The cell by our name of its tensor. */
  #checked({ tensor: name, index }: CellReference): CellReference {
    const tensor = this.#tensor(name)
    if (index !== null && !isWithin(tensor.shape, index)) {
      const [cell, shape] = [index.join(', '), shapeText(tensor, tensor.shape)]
      throw new Refusal('no-such-cell', `${name} has no cell [${cell}]: it is ${shape}.`, { tensor: name, cell, shape })
    }
    return { tensor: tensor.name, index }
  }

  /** The same with the camera moved to the tensor. */
  async goto(tensor: string): Promise<void> {
    await this.look({ tensor, index: null })
    if (this.selection) this.basis.viewpoint.show([this.selection.tensor])
  }

  showGroup(group: string, title: string): void {
    this.basis.viewpoint.show(group)
    this.basis.announce(this.basis.i18n.t.live.shown(this.basis.i18n.title(title)))
  }

  async close(): Promise<void> {
    await this.look(null)
    this.basis.announce(this.basis.i18n.t.live.closed)
  }

  /** Forgets everything: another model is coming. */
  leave(): void {
    this.#pending?.abort()
    this.waiting = false
    this.selection = this.pinned = this.pointed = null
    this.trail = []
    this.explanation = this.pinnedExplanation = null
  }

  /** Keeps the selected cell to compare others with; null lets go of the one kept. Raises Refusal, as `look` does. */
  async pin(wanted: CellReference | null, how: Recording | null = 'replace'): Promise<void> {
    const reference = wanted && this.#checked(wanted)
    this.pinned = reference?.index ? reference : null
    if (how === null) return
    this.basis.record(how)
    await this.basis.attempt(() => this.explain())
    this.basis.announce(this.pinned ? this.basis.i18n.t.live.pinned : this.basis.i18n.t.live.unpinned)
  }

  /** Moves the selected cell by so many cells along the x, y and z direction of its box, as one sees it from the front. */
  async move(direction: readonly [number, number, number]): Promise<void> {
    const { selection, basis } = this
    const tensor = basis.tensors.get(selection?.tensor ?? '')
    const box = basis.description?.scene.boxes.find((one) => one.tensor === tensor?.name)
    if (!selection || !tensor || !box) return
    const shape = basis.shapeOf(tensor)
    const index = shape.map((size, place) => {
      if (selection.index === null) return 0
      const side = box.axes.indexOf(tensor.axes[place] ?? null)
      const along = (direction[side] ?? 0) * Math.sign(box.pitch[side] ?? 0)
      return Math.max(0, Math.min(size - 1, (selection.index[place] ?? 0) + along))
    })
    await this.look({ tensor: tensor.name, index }, 'replace')
  }

  /** Selects the first cell of the tensor that is computed just after, or just before, the selected one. */
  async step(by: 1 | -1): Promise<void> {
    const names = [...this.basis.tensors.keys()]
    const here = this.selection === null ? (by > 0 ? -1 : names.length) : names.indexOf(this.selection.tensor)
    const tensor = this.basis.tensors.get(names[here + by] ?? '')
    if (!tensor) return
    await this.look({ tensor: tensor.name, index: tensor.axes.map(() => 0) })
  }

  /** Asks how the selected and the pinned cell come about with the tokens at hand. */
  async explain(): Promise<void> {
    this.#pending?.abort()
    const { signal } = (this.#pending = new AbortController())
    this.waiting = true
    try {
      const { selection, pinned } = this
      const [explanation, pinnedExplanation] = await Promise.all([
        this.#explained(selection, signal),
        this.#explained(pinned, signal),
      ])
      if (signal.aborted) return
      this.explanation = explanation
      this.pinnedExplanation = pinnedExplanation
      if (selection)
        void this.basis.fetched.want([selection.tensor, ...(explanation?.reads ?? []).map(({ tensor }) => tensor)])
    } catch (error) {
      if (signal.aborted) return
      this.explanation = this.pinnedExplanation = null
      throw error
    } finally {
      if (!signal.aborted) this.waiting = false
    }
  }

  /** There is nothing to ask about a whole tensor, and about a cell that is not computed. */
  async #explained(reference: CellReference | null, signal: AbortSignal): Promise<Explanation | null> {
    const { basis } = this
    const tensor = basis.tensors.get(reference?.tensor ?? '')
    const index = reference?.index
    if (!tensor || !index || !basis.run || !isWithin(basis.shapeOf(tensor), index)) return null
    return await basis.source.explain(basis.run.question, { tensor: tensor.name, index }, signal)
  }

  /** The number in a cell, or null where it has not been computed. */
  valueOf(reference: CellReference): number | null {
    const { tensor, index } = reference
    if (index === null) return null
    const numbers = this.basis.numbersOf(tensor)
    if (numbers) return valueAt(numbers, index)
    // The weights of large models stay with the source, which says the one that was asked for.
    const { explanation } = this
    const known = this.basis.tensors.get(tensor)
    const isExplained =
      explanation &&
      known &&
      sameCell({ tensor: explanation.tensor, index: axisOrder(known, explanation.index) }, reference)
    return isExplained ? explanation.value : null
  }

  /** Tensor, place and value, for those who do not see the stage. */
  inWords(reference: CellReference | null): string {
    const { basis } = this
    const tensor = basis.tensors.get(reference?.tensor ?? '')
    if (!reference || !tensor || !basis.description) return ''
    const title = this.basis.i18n.title(tensor.title)
    if (reference.index === null) return this.basis.i18n.t.live.tensor(title, shapeText(tensor, basis.shapeOf(tensor)))
    const place = indexText(coordinates(basis.description, basis.run?.trace ?? null, tensor, reference.index))
    const value = this.valueOf(reference)
    return this.basis.i18n.t.live.cell({
      title,
      place,
      value: value === null ? this.basis.i18n.t.stage.notComputed : formatNumber(value),
    })
  }
}

/** One cell as a range of cells. */
export function regionOf({ tensor, index }: CellReference): Lit[number] {
  return { tensor, region: (index ?? []).map((position): [number, number] => [position, position + 1]) }
}
