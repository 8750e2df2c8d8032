/**
 * Where everything comes from that the page shows: what is there to be asked, whoever answers. A source that cannot do what it is
 * asked rejects with a `Refusal`; one that cannot be reached just now keeps asking, and tells those who watch it.
 */
import type { Compiled } from '../protocol/compiled'
import type {
  Ablations,
  Chapter,
  Consequence,
  Contents,
  Descent,
  Glossary,
  Heads,
  Questions,
  TrainingCurve,
  TrainingEntry,
  TrainingTold,
} from '../protocol/lessons'
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Teaching } from '../training/teaching'
import type { Description, Explanation, ModelEntry, ModelList, NextToken, Why } from '../protocol/types'

/** What a run is computed from: all that its numbers depend on. */
export interface Question {
  readonly model: string
  /** Tokens, or a text that the model's own tokenizer reads. */
  readonly prompt: readonly number[] | string
  /** What is changed in the run, as docs/protocol.md spells it; empty where nothing is. */
  readonly change: string
}

/** One cell, by its index in axis order. */
export interface Cell {
  readonly tensor: string
  readonly index: readonly number[]
}

/** How a token is drawn: temperature, top-k, top-p, seed, by the names of docs/protocol.md. */
export type Sampling = Readonly<Record<string, number>>

/** What is asked about a token's logit after a position, in the language that is to be answered in. */
export interface Asked {
  readonly by: Why['by']
  readonly token: number
  readonly position: number
  readonly language: string
  /** The tokens of the text that patches are taken from. */
  readonly other?: readonly number[]
  /** The sentences in which it is answered, where the page answers itself, and what each tensor is called in them. */
  readonly words: Readonly<Record<string, string>>
  readonly titles: Readonly<Record<string, string>>
}

/** Told how far something is that takes a while, from 0 to 1; `signal` ends it. */
export interface Following {
  readonly tell?: (share: number) => void
  readonly signal?: AbortSignal
}

/** What a still picture shows: a step of the tour, counted from 0, or cells as docs/protocol.md spells them, or else the whole model. */
export interface Pictured {
  readonly language: string
  readonly theme: 'light' | 'dark'
  readonly step?: { readonly chapter: string; readonly number: number }
  readonly cells?: string
}

export interface Source {
  /** Calls back whenever the source is lost, and whenever it is there again; returns what ends that. */
  watch(changed: (lost: boolean) => void): () => void

  /** Whether the model is computed where the page is, and nobody has to be asked about a run; known once it is decided. */
  isLocal(model: string): Promise<boolean>

  models(): Promise<ModelList>
  description(model: string): Promise<Description>
  /** Whether the model's files have changed since it was read; it stays as it was until it is read again. */
  hasChanged(model: string): Promise<boolean>
  readAgain(model: string): Promise<void>
  /** By name; empty where the model is too large to be had whole. */
  weights(model: string): Promise<ReadonlyMap<string, TensorView>>

  /** One weight; or one tensor of a forward pass, where it is asked about one. */
  numbers(model: string, tensor: string, question: Question | null): Promise<TensorView>
  /** Every tensor of a forward pass, by name; none where they are too large to be had at once. */
  run(question: Question, signal?: AbortSignal): Promise<Trace>
  /** How one cell of a run comes about. */
  explain(question: Question, cell: Cell, signal?: AbortSignal): Promise<Explanation>
  /** What a logit comes from. */
  why(question: Question, asked: Asked): Promise<Why>
  /** What computes these tensors, as lines of Python. */
  python(model: string, tensors: readonly string[]): Promise<readonly string[]>
  /** A picture of a run, as the text of an SVG that every program shows; in another theme where there is none in that. */
  picture(question: Question, pictured: Pictured): Promise<string>
  /** The token that follows: the likeliest, or one that is drawn. */
  next(question: Question, sampling?: Sampling, signal?: AbortSignal): Promise<NextToken>

  /** What there is to read, and which of it fits the model. */
  lessons(model: string): Promise<Contents>
  /** A chapter before it is filled in. */
  compiled(language: string, slug: string, model: string): Promise<Compiled>
  /** Which questions the model still answers when cells are changed, as docs/protocol.md spells it. */
  consequence(model: string, change: string): Promise<Consequence>

  /** What the model's task asks, and the right answers. */
  questions(model: string): Promise<Questions>
  /** A chapter, filled in for a model and what it is asked. */
  chapter(language: string, slug: string, question: Question, signal?: AbortSignal): Promise<Chapter>
  glossary(language: string): Promise<Glossary>
  /** The address of the lessons as an article in that language, for what a query (`?text=CBABBC`) says, as far as the source can. */
  reading(language: string, search: string): string
  /** What each head is needed for. */
  heads(model: string, following?: Following): Promise<Heads>
  /** What the model can do without each of its heads, parts and blocks. */
  ablations(model: string, following?: Following): Promise<Ablations>
  /** What one step of training does to one weight of the model as it was before its training. */
  descent(question: Question, weight: Cell, rate: number): Promise<Descent>
  /** How the model was taught; or how it would be with something else held out, by the names of docs/protocol.md. */
  training(model: string, steps: number, holdOut?: string): Promise<TrainingCurve>
  /** All that it takes to teach the model its task anew. */
  teaching(model: string): Promise<Teaching>
  /** The weights in that training, by the step that they are after, in order; the first are those before it. */
  weightsInTraining(
    model: string,
    steps: number,
    holdOut?: string,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, TensorView>>>

  /** The trainings on the computer that serves, and the models of them that it keeps; null where nobody trains any. */
  readonly workshop: Workshop | null
}

/** How a training is to be, where it is not to be as usual. */
export interface Settings {
  readonly seed: number
  readonly rate: number | null
  readonly steps: number | null
}

/** Where models are trained and kept for every page that asks. */
export interface Workshop {
  trainings(): Promise<readonly TrainingEntry[]>
  begin(model: string, settings: Settings): Promise<TrainingEntry>
  /** What is known of a training now, and how the steps after one went; null where nobody answers for now. */
  told(id: string, after: number): Promise<TrainingTold | null>
  /** The weights at a moment that is kept, or all that the step was made of that led there, where it was ordered alone. */
  moment(id: string, step: number, what?: 'weights' | 'apart'): Promise<ReadonlyMap<string, TensorView>>
  order(id: string, what: 'go' | 'pause' | 'step'): Promise<void>
  /** Ends and forgets a training. */
  stop(id: string): Promise<void>
  /** Keeps the model of a moment. */
  keep(id: string, title: string, step: number): Promise<ModelEntry>
  rename(model: string, title: string): Promise<void>
  /** Removes a model; it can be put back until another one is removed. */
  remove(model: string): Promise<void>
  restore(model: string): Promise<void>
  /** Where its folder can be had, as a zip file. */
  archive(model: string): string
}
