/**
 * What everything on a page stands on: its source, words and preferences, the model that is shown and what is computed with it, and
 * what the reader is told.
 */
import { shapeNow } from '../protocol/cells'
import type { TensorView } from '../protocol/tensors'
import type { Description, ModelList, Tensor } from '../protocol/types'
import { Refusal } from '../source/refusal'
import type { Source } from '../source/source'
import { I18n } from '../words/index.svelte'
import type { Eye } from './camera'
import { weightsWith } from './changes'
import { Fetched } from './fetched.svelte'
import { Preferences } from './preferences.svelte'
import type { Run } from './run.svelte'

const TOLD_FOR = 3000
const MOST_NOTICES = 3

/** Whether a place is new, so that Back leaves it again, or corrects the present one. */
export type Recording = 'push' | 'replace'

/** What goes along with the prompt: the guided tour, whose chapters are filled in for it. */
export interface Guide {
  /** Whether the stage is the tour's. */
  readonly active: boolean
  /** The letters or the language have changed. */
  refill(): Promise<void>
}

export abstract class Basis {
  readonly i18n = new I18n()
  readonly preferences = new Preferences()

  models = $state.raw<ModelList | null>(null)
  description = $state.raw<Description | null>(null)
  /** Null until they have come; empty where the model has none here. */
  weights = $state.raw<ReadonlyMap<string, TensorView> | null>(null)
  /** Null where the model has no weights to compute with. */
  run = $state.raw<Run | null>(null)

  abstract readonly viewpoint: Eye
  abstract readonly tour: Guide

  /** Why things that were asked for could not be done: an address may ask for several. */
  notices = $state.raw<readonly Refusal[]>([])
  /** What has just happened, in words, for those who do not see the stage. */
  announcement = $state('')
  /** What has just been done and shows nowhere else; for a moment. */
  told = $state('')
  #toldUntil: ReturnType<typeof setTimeout> | undefined

  readonly tensors = $derived(new Map(this.description?.graph.tensors.map((tensor) => [tensor.name, tensor])))

  /** The weights that the run at hand is computed with: some may be changed by hand. Null where the page has none. */
  readonly weightsAtHand = $derived.by(() => {
    const { weights, run, description } = this
    return weights && run && description ? weightsWith(weights, run.interventions, description) : weights
  })

  readonly fetched = new Fetched(this)

  constructor(readonly source: Source) {}

  /** Writes the present place down; `goesOn`: it follows from the one before, with the inspector open. */
  abstract record(how: Recording, goesOn?: boolean): void

  /** Does something that the source may refuse; a refusal becomes a sentence on the page, or is told to whoever says it elsewhere. */
  async attempt(action: () => Promise<void>, refused = (refusal: Refusal) => this.complain(refusal)): Promise<void> {
    try {
      await action()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused(error)
    }
  }

  /** The same is said once, and no more than can be read at a glance. */
  complain(refusal: Refusal): void {
    const others = this.notices.filter(({ message }) => message !== refusal.message)
    this.notices = [...others, refusal].slice(-MOST_NOTICES)
  }

  /** What has been read goes. */
  dismiss(refusal: Refusal): void {
    this.notices = this.notices.filter((other) => other !== refusal)
  }

  /** The lengths of a tensor's axes with the tokens at hand. */
  shapeOf(tensor: Tensor): number[] {
    return shapeNow(this.description as Description, this.run?.trace?.tokens.length, tensor)
  }

  /** The numbers of a tensor, where the page holds them. */
  numbersOf(tensor: string): TensorView | null {
    return this.weightsAtHand?.get(tensor) ?? this.run?.trace?.tensors.get(tensor) ?? this.fetched.get(tensor) ?? null
  }

  announce(sentence: string): void {
    this.announcement = sentence
  }

  tell(sentence: string, milliseconds = TOLD_FOR): void {
    this.told = sentence
    clearTimeout(this.#toldUntil)
    this.#toldUntil = setTimeout(() => (this.told = ''), milliseconds)
  }

  /** The page is taken down. */
  dispose(): void {
    clearTimeout(this.#toldUntil)
    this.preferences.dispose()
  }
}
