/**
 * What the reader looks into: the selected tensor or cell, how its number comes about, and which cells are lit for it.
 */
import { i18n } from '../i18n/index.svelte'
import { Refusal } from './api'
import { coordinates, indexText, isWithin, sameCell, shapeText, type CellReference } from './cells'
import { formatNumber } from './numbers'
import type { Page, Recording } from './page.svelte'
import type { Description, Explanation, Read } from './types'

/** Ranges of cells that are lit in the stage. */
export type Lit = readonly Pick<Read, 'tensor' | 'region'>[]

export class Inspection {
  selection = $state.raw<CellReference | null>(null)
  /** Of the selected cell; the one before stays until it has come. Null for whole tensors and cells not computed. */
  explanation = $state.raw<Explanation | null>(null)
  waiting = $state(false)
  /** What the pointer is over in a panel, which is lit for as long as it stays there. */
  pointed = $state.raw<Lit | null>(null)
  /** How many steps back there are to the first cell that was looked into. */
  trail = $state(0)

  readonly lit: Lit = $derived(this.pointed ?? this.explanation?.reads ?? [])

  #pending: AbortController | null = null

  constructor(private readonly page: Page) {}

  /** Selects a tensor or a cell; null closes the inspector. Raises Refusal (`unknown-tensor`, `no-such-cell`). */
  async look(reference: CellReference | null, how: Recording | null = 'push'): Promise<void> {
    if (reference !== null) this.#check(reference)
    if (how === 'push') this.trail = this.selection && reference ? this.trail + 1 : 0
    this.pointed = null
    if (!sameCell(this.selection, reference)) this.selection = reference
    if (how !== null) this.page.record(how)
    await this.page.attempt(() => this.explain())
    this.page.announce(this.#inWords())
  }

  #check({ tensor: name, index }: CellReference): void {
    const tensor = this.page.tensors.get(name)
    if (tensor === undefined) {
      throw new Refusal('unknown-tensor', `This model has no tensor named '${name}'.`, { name }, 404)
    }
    if (index !== null && !isWithin(tensor.shape, index)) {
      const [cell, shape] = [index.join(', '), shapeText(tensor, tensor.shape)]
      throw new Refusal('no-such-cell', `${name} has no cell [${cell}]: it is ${shape}.`, { tensor: name, cell, shape })
    }
  }

  /** The same with the camera moved to the tensor. */
  async goto(tensor: string): Promise<void> {
    await this.look({ tensor, index: null })
    this.page.stage?.frame([tensor])
  }

  showGroup(group: string, title: string): void {
    this.page.stage?.frame(group)
    this.page.announce(i18n.t.live.shown(i18n.title(title)))
  }

  async close(): Promise<void> {
    await this.look(null)
    this.page.announce(i18n.t.live.closed)
  }

  /** Moves the selected cell by so many cells along the x, y and z direction of its box, as one sees it from the front. */
  async move(direction: readonly [number, number, number]): Promise<void> {
    const { selection, page } = this
    const tensor = page.tensors.get(selection?.tensor ?? '')
    const box = page.description?.scene.boxes.find((one) => one.tensor === tensor?.name)
    if (!selection || !tensor || !box) return
    const shape = page.shapeOf(tensor)
    const index = shape.map((size, place) => {
      if (selection.index === null) return 0
      const side = box.axes.indexOf(tensor.axes[place] ?? null)
      const along = (direction[side] ?? 0) * Math.sign(box.pitch[side] ?? 0)
      return Math.max(0, Math.min(size - 1, (selection.index[place] ?? 0) + along))
    })
    await this.look({ tensor: tensor.name, index }, 'replace')
  }

  /** Asks how the selected cell comes about with the tokens at hand; there is nothing to ask where it is not computed. */
  async explain(): Promise<void> {
    this.#pending?.abort()
    const { selection, page } = this
    const tensor = page.tensors.get(selection?.tensor ?? '')
    const index = selection?.index
    if (!tensor || !index || !page.run || !isWithin(page.shapeOf(tensor), index)) {
      this.#settle(null)
      return
    }
    const { signal } = (this.#pending = new AbortController())
    this.waiting = true
    try {
      const { id } = page.description as Description
      const explanation = await page.api.explain(id, page.run.inputs, tensor.name, index, signal)
      if (!signal.aborted) this.#settle(explanation)
    } catch (error) {
      if (signal.aborted) return
      this.#settle(null)
      throw error
    }
  }

  #settle(explanation: Explanation | null): void {
    this.explanation = explanation
    this.waiting = false
  }

  #inWords(): string {
    const { selection, page } = this
    const tensor = page.tensors.get(selection?.tensor ?? '')
    if (!selection || !tensor || !page.description) return ''
    const title = i18n.title(tensor.title)
    if (selection.index === null) return i18n.t.live.tensor(title, shapeText(tensor, page.shapeOf(tensor)))
    const place = indexText(coordinates(page.description, page.run?.trace ?? null, tensor, selection.index))
    const value = page.valueOf(selection)
    return i18n.t.live.cell({ title, place, value: value === null ? i18n.t.stage.notComputed : formatNumber(value) })
  }
}
