/**
 * A model taught anew where the page is, from its own formulas: step by step in a worker, while the stage shows what becomes of its
 * weights, and of the reader's letters with them. What the weights were on the way is kept, so that one can go back through it.
 */
import { named, RemoteTraining, type Taught, type Told } from '../training/remote'
import { thinned, type Moment } from '../training/moments'
import type { Apart, Examined, Progress } from '../training/training'
import { ServedTraining } from '../source/served'
import { inPage, type Reading, type Recipe, type Teaching } from '../training/teaching'
import type { Moment as Past } from '../session/against'
import { Refusal } from '../source/refusal'
import type { Settings, Workshop } from '../source/source'
import type { TrainingEntry } from '../protocol/lessons'
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Accuracy, Description } from '../protocol/types'
import type { Session } from '../session/session.svelte'
import type { Changing } from './changing.svelte'
import { coach } from './coach'
import { rehearse } from './rehearsal'

export type State = 'unbegun' | 'preparing' | 'running' | 'paused' | 'done' | 'diverged'

/** A step, with what is needed to say what its numbers are. */
export type TakenApart = Apart & { readonly layout: Told['layout']; readonly teaching: Teaching }

export class Learning {
  state = $state<State>('unbegun')
  /** One after each step. */
  progress = $state.raw<readonly Progress[]>([])
  moments = $state.raw<readonly Moment[]>([])
  /** Which moment is shown; null: the latest, whatever comes. */
  looked = $state<number | null>(null)
  steps = $state(0)
  examined = $state.raw<Examined | null>(null)
  recipe = $state.raw<Recipe | null>(null)
  /** The latest step, where it was gone on its own. */
  apart = $state.raw<TakenApart | null>(null)
  #teaching: { readonly of: string; readonly teaching: Teaching } | null = null
  /** The model that is taught anew, as it is. */
  model = $state.raw<Description | null>(null)
  #layout: Told['layout'] = []
  #remote: Taught | null = null
  /** The training on the computer that serves that is watched; null: the page's own, or none. */
  served = $state.raw<ServedTraining | null>(null)
  /** A training was found that rests: the reader has not asked for anything of it yet. */
  isQuiet = $state(false)
  /** What a loss is compared with, where a text is learned. */
  reading = $state.raw<Reading | null>(null)
  /** How many questions the task has. */
  questions = $state(0)
  /** The seed of a training on the computer that serves, which another page may have begun. */
  seed = $state<number | null>(null)
  /** Somebody else stopped the training that was watched here. */
  wasStopped = $state(false)
  #isLooking = false
  /** How many times a training has begun or ended: what is still being prepared for an earlier one is not wanted any more. */
  #turn = 0

  constructor(
    private readonly session: Session,
    private readonly changing: Changing,
  ) {}

  get step(): number {
    return this.progress.at(-1)?.step ?? 0
  }

  /** What is shown, if anything is. */
  get moment(): Moment | null {
    return (this.looked === null ? this.moments.at(-1) : this.moments[this.looked]) ?? null
  }

  /** From nothing, on the computer that serves, where it goes on when the page is left. */
  async beginThere(workshop: Workshop, settings: Settings): Promise<void> {
    const { description } = this.session
    if (description === null) return
    await this.forget(workshop)
    const turn = this.#turn
    this.state = 'preparing'
    await this.session.attempt(async () => {
      const entry = await workshop.begin(description.id, settings)
      if (turn === this.#turn) this.#attach(workshop, entry)
    })
    if (turn === this.#turn && this.state === 'preparing') this.state = 'unbegun'
  }

  /** Looks whether the model at hand is being trained on the computer that serves, and watches that. */
  async find(workshop: Workshop): Promise<void> {
    const model = this.session.description?.id
    const turn = this.#turn
    if (model === undefined || this.state !== 'unbegun' || this.#isLooking) return
    this.#isLooking = true
    await this.session.attempt(async () => {
      const found = (await workshop.trainings()).find((one) => one.model === model)
      if (found === undefined || found.state === 'failed') return
      if (turn === this.#turn && this.state === 'unbegun') this.#attach(workshop, found)
    })
    this.#isLooking = false
  }

  #attach(workshop: Workshop, { id, recipe, seed, state, steps }: TrainingEntry): void {
    this.wasStopped = false
    this.seed = seed
    this.model = this.session.description
    this.recipe = recipe
    this.steps = steps
    this.state = state === 'failed' ? 'diverged' : state
    this.isQuiet = state !== 'running'
    this.#remote = this.served = new ServedTraining(
      workshop,
      id,
      (told, { accuracy, recipe: used }) => {
        this.questions = accuracy?.questions ?? 0
        this.recipe = used
        if (told.ended === null) this.state = 'running'
        this.#hear(told)
      },
      (error) => {
        this.close()
        if (error instanceof Refusal && error.code === 'unknown-training') {
          this.wasStopped = true
          return
        }
        if (!(error instanceof Refusal)) throw error
        this.session.complain(error)
      },
      (refusal) => this.session.complain(refusal),
    )
  }

  /** Ends the training for all who watch it, and forgets it. */
  async forget(workshop: Workshop | null): Promise<void> {
    const { served } = this
    this.close()
    if (served === null || workshop === null) return
    await this.session.attempt(async () => {
      await workshop.stop(served.id).catch((error: unknown) => {
        if (!(error instanceof Refusal) || error.code !== 'unknown-training') throw error
      })
    })
  }

  /** The moments that were kept, each with its weights by name. */
  get past(): readonly Past[] {
    const layout = this.#layout
    return this.moments.map(({ step, weights }) => ({ step, weights: () => named(weights.slice(), layout) }))
  }

  /** From nothing, with that seed and, where one is given, another learning rate. */
  async begin(seed: number, rate: number | null): Promise<void> {
    const { description } = this.session
    if (description === null) return
    this.close()
    const turn = this.#turn
    this.state = 'preparing'
    await this.session.attempt(async () => {
      const teaching = await this.#taughtTo(description.id)
      // Somebody may have stopped it before it began.
      if (turn !== this.#turn) return
      this.model = description
      const usual = inPage(teaching.recipe)
      const recipe = rate === null ? usual : { ...usual, rate }
      const remote = new RemoteTraining(
        coach(),
        (told) => this.#hear(told),
        (message) => {
          this.close()
          this.session.complain(new Refusal('not-computed', message, { model: description.title }))
        },
      )
      this.#remote = remote
      this.questions = teaching.checked.questions
      this.reading = teaching.reading ?? null
      this.recipe = recipe
      this.steps = recipe.steps
      this.state = 'running'
      remote.begin(teaching, recipe, seed)
      remote.go()
    })
    if (turn === this.#turn && this.state === 'preparing') this.state = 'unbegun'
  }

  /** It rests as soon as the worker has heard of it. */
  pause(): void {
    this.#remote?.pause()
  }

  go(): void {
    this.looked = null
    this.isQuiet = false
    this.state = 'running'
    this.#remote?.go()
  }

  /** One step, and a rest. */
  advance(): void {
    this.looked = null
    this.isQuiet = false
    this.state = 'paused'
    this.#remote?.step()
  }

  /** Shows an earlier moment. */
  look(place: number): void {
    this.isQuiet = false
    this.looked = place
  }

  /** Forgets the training; one on the computer that serves goes on. */
  close(): void {
    this.#turn++
    this.#remote?.close()
    this.#remote = this.served = null
    this.isQuiet = false
    this.state = 'unbegun'
    this.progress = []
    this.moments = []
    this.looked = null
    this.examined = null
    this.reading = null
    this.apart = null
  }

  /** The weights of the moment at hand, as they are seen; the training goes on in others. */
  get weights(): ReadonlyMap<string, TensorView> | null {
    return this.moment && named(this.moment.weights, this.#layout)
  }

  /** A copy of them, to be kept, and what is known of them. */
  get taught(): { weights: ReadonlyMap<string, TensorView>; facts: Partial<Description> } | null {
    const { moment, recipe, examined } = this
    if (moment === null || recipe === null) return null
    const found = this.state === 'done' && moment === this.moments.at(-1) ? examined : null
    return {
      weights: named(moment.weights.slice(), this.#layout),
      facts: {
        training: { steps: moment.step, batch: recipe.batch, rate: recipe.rate },
        accuracy: found !== null && found.loss === undefined ? accuracyOf(found, this.questions) : null,
        ...(found?.loss === undefined ? {} : { loss: found.loss }),
      },
    }
  }

  /** Shows the stage with the weights of the moment at hand, and the reader's letters as they are read with them. */
  show(what: string, read: Trace): void {
    const { description } = this.session
    const { weights } = this
    if (description === null || weights === null) return
    this.changing.numbers(what, { weights, trace: rehearse(description, weights, read) })
  }

  async #taughtTo(model: string): Promise<Teaching> {
    if (this.#teaching?.of !== model)
      this.#teaching = { of: model, teaching: await this.session.source.teaching(model) }
    return this.#teaching.teaching
  }

  /** What a step was made of is shown as soon as it is known what its numbers are. */
  async #take(apart: Apart | null, layout: Told['layout']): Promise<void> {
    const { model } = this
    if (apart === null || model === null) {
      this.apart = null
      return
    }
    const turn = this.#turn
    await this.session.attempt(async () => {
      const teaching = await this.#taughtTo(model.id)
      if (turn === this.#turn && this.step === apart.progress.step) this.apart = { ...apart, layout, teaching }
    })
  }

  #hear({ progress, step, steps, weights, layout, examined, ended, apart }: Told): void {
    this.#layout = layout
    this.steps = steps
    this.progress = [...this.progress, ...progress]
    // One that was missed comes later than those after it.
    const isNew = !this.moments.some((one) => one.step === step)
    const moments = isNew
      ? [...this.moments, { step, weights }].sort((one, other) => one.step - other.step)
      : this.moments
    // Whoever looks at a moment goes on looking at it.
    if (isNew && this.looked !== null && step < this.moments[this.looked]!.step) this.looked++
    this.moments = this.looked === null ? thinned(moments) : moments
    if (step === this.moments.at(-1)?.step) void this.#take(apart, layout)
    if (ended === null) return
    this.state = ended
    this.examined = examined
  }
}

function accuracyOf({ trained, heldOut }: Examined, questions: number): Accuracy {
  return {
    questions,
    trained_correct: trained[0],
    trained_total: trained[1],
    heldout_correct: heldOut[0],
    heldout_total: heldOut[1],
  }
}
