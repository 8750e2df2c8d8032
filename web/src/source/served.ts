/**
 * The page's side of a training on the computer that serves. It asks how that goes about ten times a second and hears it as it hears its
 * own worker: whoever opens the page later is told all of it, and whoever leaves ends nothing.
 */
import type { TrainingTold } from '../protocol/lessons'
import { Refusal } from './refusal'
import type { Workshop } from './source'
import type { TensorView } from '../protocol/tensors'
import { answersTo } from '../training/answers'
import type { Taught, Told } from '../training/remote'
import type { Apart, Layout, Progress } from '../training/training'

/** Milliseconds between two questions: while it goes on, and while it rests. */
const BETWEEN = 90
const BETWEEN_RESTING = 500

/** As many others run as may. */
const FULL = 'trainings-full'

export class ServedTraining implements Taught {
  #isClosed = false
  /** The moments that it has. */
  readonly #heard = new Set<number>()
  /** The last step that the page has heard of. */
  #latest: Progress | null = null
  /** What was said last, but for the steps: where it is the same, there is nothing new. */
  #said = ''
  /** Counted with each order, and when it is taken: what was asked before is out of date. */
  #orders = 0

  constructor(
    private readonly workshop: Workshop,
    readonly id: string,
    private readonly hear: (told: Told, from: TrainingTold) => void,
    private readonly fail: (error: unknown) => void,
    /** It was not taken up, and all is as it was. */
    private readonly refuse: (error: Refusal) => void,
  ) {
    void this.#watch()
  }

  go(): void {
    this.#order('go')
  }

  pause(): void {
    this.#order('pause')
  }

  step(): void {
    this.#order('step')
  }

  /** Looks away; the training goes on. */
  close(): void {
    this.#isClosed = true
  }

  #order(what: Parameters<Workshop['order']>[1]): void {
    this.#orders++
    this.workshop.order(this.id, what).then(
      () => this.#orders++,
      (error: unknown) => {
        this.#orders++
        if (error instanceof Refusal && error.code === FULL) {
          // It rests on, which is to be said once more to whoever took it for running.
          this.#said = ''
          this.refuse(error)
        } else this.#failed(error)
      },
    )
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return
    this.close()
    this.fail(error)
  }

  async #watch(): Promise<void> {
    try {
      while (!this.#isClosed) {
        const asked = performance.now()
        const orders = this.#orders
        const told = await this.workshop.told(this.id, this.#latest?.step ?? 0)
        if (told !== null && orders === this.#orders) await this.#take(told)
        const between = told?.state === 'running' ? BETWEEN : BETWEEN_RESTING
        const isMore = told?.whole === false || orders !== this.#orders
        await new Promise((resolve) => setTimeout(resolve, isMore ? BETWEEN : between - (performance.now() - asked)))
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The latest moment at once, and those that were missed when there is time for them. */
  async #take(told: TrainingTold): Promise<void> {
    if (told.state === 'failed')
      throw new Refusal(
        'training-failed',
        'The training has ended by itself, which is a defect: the server says where.',
      )
    const isFirst = this.#heard.size === 0
    const latest = told.moments.at(-1)
    const said = `${told.state} ${told.steps} ${latest}`
    if (latest !== undefined && (said !== this.#said || told.progress.length > 0))
      await this.#hearMoment(told, latest, told.progress)
    this.#said = said
    if (!isFirst && told.state === 'running') return
    for (const step of told.moments) if (!this.#heard.has(step)) await this.#hearMoment(told, step, [])
  }

  async #hearMoment(told: TrainingTold, step: number, progress: TrainingTold['progress']): Promise<void> {
    const weights = await this.#moment(step, 'weights')
    if (this.#isClosed || weights === null) return
    this.#heard.add(step)
    this.#latest = progress.at(-1) ?? this.#latest
    const { accuracy, state, steps } = told
    let end = 0
    const layout = [...weights].map(([name, { shape, data }]): Layout => {
      end += data.length
      return { name, shape: [...shape], offset: end - data.length, length: data.length }
    })
    const apart = await this.#apart(told, step, layout)
    if (this.#isClosed) return
    const examined = accuracy && {
      trained: [accuracy.trained_correct, accuracy.trained_total] as const,
      heldOut: [accuracy.heldout_correct, accuracy.heldout_total] as const,
    }
    const ended = state === 'running' || state === 'failed' ? null : state
    this.hear({ progress, step, steps, weights: flattened(weights, layout), layout, examined, ended, apart }, told)
  }

  /** What the step was made of that led to that moment; null where it was not ordered alone. */
  async #apart(told: TrainingTold, step: number, layout: readonly Layout[]): Promise<Apart | null> {
    const progress = this.#latest
    if (told.apart !== step || progress?.step !== step) return null
    const all = await this.#moment(step, 'apart')
    if (all === null) return null
    const flat = (part: string): Float32Array<ArrayBuffer> => flattened(all, layout, `${part}/`)
    const twice = (part: string): Apart['weights'] => [flat(`${part}/before`), flat(`${part}/after`)]
    const [tokens, targets, written] = ['tokens', 'targets', 'written'].map((name) => rowsOf(all.get(name)!)) as [
      number[][],
      number[][],
      number[][],
    ]
    return {
      progress,
      questions: { tokens, targets },
      answers: answersTo(targets, (question, position) => written[question]![position]!),
      gradient: flat('gradient'),
      first: twice('first'),
      second: twice('second'),
      weights: twice('weights'),
    }
  }

  #moment(step: number, what: 'weights' | 'apart'): Promise<ReadonlyMap<string, TensorView> | null> {
    return this.workshop.moment(this.id, step, what).catch((error: unknown) => {
      // So much has come meanwhile that this was not kept.
      if (error instanceof Refusal && error.code === 'unknown-moment') return null
      throw error
    })
  }
}

/** The numbers of each weight, one weight behind the other. */
function flattened(
  arrays: ReadonlyMap<string, TensorView>,
  layout: readonly Layout[],
  before = '',
): Float32Array<ArrayBuffer> {
  const { offset, length } = layout.at(-1)!
  const flat = new Float32Array(offset + length)
  for (const { name, offset } of layout) flat.set(arrays.get(before + name)!.data as Float32Array, offset)
  return flat
}

/** Whole numbers, row by row. */
function rowsOf({ shape, data }: TensorView): number[][] {
  const width = shape[1]!
  return Array.from({ length: shape[0]! }, (_, row) =>
    Array.from(data.subarray(row * width, (row + 1) * width), Number),
  )
}
