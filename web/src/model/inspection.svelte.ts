/**
 * What the reader looks into: the selected tensor or cell, how its number comes about, and which cells are lit for it.
 */
import type { Api } from './api'
import { sameCell, type CellReference } from './cells'
import type { Explanation, Read } from './types'

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

  constructor(private readonly api: Api) {}

  select(reference: CellReference | null): void {
    if (!sameCell(this.selection, reference)) this.selection = reference
  }

  /** Asks how the selected cell comes about with these tokens; null: it is not a cell that has been computed. */
  async explain(model: string, tokens: readonly number[] | null): Promise<void> {
    this.#pending?.abort()
    const index = this.selection?.index
    if (!this.selection || !index || !tokens) {
      this.#settle(null)
      return
    }
    const { signal } = (this.#pending = new AbortController())
    this.waiting = true
    try {
      const explanation = await this.api.explain(model, tokens, this.selection.tensor, index, signal)
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
}
