/**
 * The numbers of what is looked at, tensor by tensor, of a model or a run that is too large to be had whole. So many of them are kept as
 * fit into a bounded memory.
 */
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Description, Tensor } from '../protocol/types'
import { Refusal } from '../source/refusal'
import type { Source } from '../source/source'
import type { Run } from './run.svelte'

/** A tensor of more numbers is not had whole; of its cells, each is explained. */
const MOST_NUMBERS = 1 << 24
/** Of all tensors together. */
const MOST_KEPT = 1 << 25

/** What is shown, and what of it is here already. */
interface Shown {
  readonly source: Pick<Source, 'numbers'>
  readonly description: Description | null
  readonly weights: ReadonlyMap<string, TensorView> | null
  readonly run: Pick<Run, 'trace' | 'question'> | null
  readonly tensors: ReadonlyMap<string, Tensor>
  shapeOf(tensor: Tensor): number[]
  numbersOf(tensor: string): TensorView | null
}

interface Entry {
  readonly view: TensorView
  /** The run that it belongs to; null for a weight. */
  readonly trace: Trace | null
}

export class Fetched {
  /** By name; what was looked at last stands last. */
  entries = $state.raw<ReadonlyMap<string, Entry>>(new Map())
  /** What is on its way. */
  coming = $state.raw<ReadonlySet<string>>(new Set())

  constructor(private readonly shown: Shown) {}

  /** The numbers of a tensor in the run that is shown, where they have come. */
  get(name: string): TensorView | undefined {
    const entry = this.entries.get(name)
    return entry && (entry.trace === null || entry.trace === this.shown.run?.trace) ? entry.view : undefined
  }

  /** Asks for those of the tensors whose numbers are not here and not too many. */
  async want(names: readonly string[]): Promise<void> {
    for (const name of new Set(names)) {
      const tensor = this.shown.tensors.get(name)
      if (tensor && this.#isMissing(tensor)) await this.#fetch(tensor)
    }
  }

  #isMissing(tensor: Tensor): boolean {
    const { shown } = this
    if (!shown.description?.loaded || shown.weights === null || !shown.run?.trace) return false
    return shown.numbersOf(tensor.name) === null && !this.coming.has(tensor.name) && this.isSendable(tensor)
  }

  /** Whether a tensor is small enough to be had whole. */
  isSendable(tensor: Tensor): boolean {
    return this.shown.shapeOf(tensor).reduce((product, length) => product * length, 1) <= MOST_NUMBERS
  }

  async #fetch({ name, kind }: Tensor): Promise<void> {
    const { description, run, source } = this.shown
    const trace = kind === 'weight' ? null : (run?.trace ?? null)
    if (description === null || run === null) return
    this.coming = new Set([...this.coming, name])
    try {
      const view = await source.numbers(description.id, name, trace === null ? null : run.question)
      if (this.shown.description === description) this.#keep(name, { view, trace })
    } catch (error) {
      // It stays without numbers, as what is too large does, which the page says.
      if (!(error instanceof Refusal)) throw error
    } finally {
      this.coming = new Set([...this.coming].filter((other) => other !== name))
    }
  }

  #keep(name: string, entry: Entry): void {
    const current = [...this.entries].filter(
      ([other, { trace }]) => other !== name && (trace === null || trace === this.shown.run?.trace),
    )
    let total = entry.view.data.length
    const latest = current.reverse().filter(([, { view }]) => (total += view.data.length) <= MOST_KEPT)
    this.entries = new Map([...latest.reverse(), [name, entry]])
  }

  /** Another model, or the same with other weights. */
  clear(): void {
    this.entries = new Map()
  }
}
