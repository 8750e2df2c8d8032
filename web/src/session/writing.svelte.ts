/**
 * What the reader types and the model writes: the prompt, checked as it is typed, and the answer, token by token, forwards
 * and back.
 */
import type { Address } from './address'
import type { Basis, Recording } from './basis.svelte'
import type { Inspection } from './inspection.svelte'
import { Refusal } from '../source/refusal'
import { parseChanges, unfit } from './wanted-changes'
import { decodeTokens, encodePrompt, randomPrompt, tidyPrompt, written } from './prompt'
import { visible } from '../protocol/cells'
import type { Intervention } from '../protocol/interventions'
import type { Run } from './run.svelte'
import type { Description } from '../protocol/types'

/** Between two tokens when the answer is played. */
const PLAY_PAUSE = 900

export class Writing {
  /** What stands in the input field, whether or not it is a prompt. */
  draft = $state('')
  /** Why the draft is not a prompt. */
  refusal = $state.raw<Refusal | null>(null)
  playing = $state(false)
  /** The changes that are on their way. */
  #wanted = $state.raw<{ readonly own: readonly Intervention[]; readonly how: Recording } | null>(null)

  constructor(
    private readonly basis: Basis,
    private readonly inspection: Inspection,
  ) {}

  get #description(): Description {
    return this.basis.description as Description
  }

  /**
   * Shows the prompt and the step that an address names, or the model's example where it names none or a wrong one; and changes what it
   * says, or nothing where that cannot be done.
   */
  async place({ text, tokens, step, change }: Address): Promise<void> {
    const { run } = this.basis
    if (run === null) return
    // Who was quicker than the page wants what is typed.
    if (run.trace === null && run.coming.length > 0) return
    this.playing = false
    this.refusal = null
    try {
      await this.#showChanged(run, tokens ?? this.#promptOf(text ?? this.#description.example), step, change ?? '')
      this.draft = written(run, this.#description) ?? (await run.readBack())
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await run.show(this.#promptOf(this.#description.example), 0)
      this.draft = text ?? ''
      this.refusal = error
    }
  }

  async #showChanged(run: Run, prompt: readonly number[] | string, step: number, change: string): Promise<void> {
    if (change === '') {
      await run.show(prompt, step, { own: [] })
      return
    }
    try {
      await run.show(prompt, step, { own: parseChanges(change, this.#description) })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // Where it is the prompt that cannot be read, this is refused as well.
      await run.show(prompt, step, { own: [] })
      this.basis.complain(error.code === 'unfit-change' ? error : unfit(change, error.message))
    }
  }

  /** Takes back one of the reader's changes. */
  async undo(change: Intervention): Promise<void> {
    await this.change(this.changes.filter((one) => one !== change))
  }

  /** What the reader changes, be it computed already or not. */
  get changes(): readonly Intervention[] {
    return this.#wanted?.own ?? this.basis.run?.changed.own ?? []
  }

  /** Changes these cells in every run from now on. One run after another; of those that are wanted meanwhile only the last. */
  async change(own: readonly Intervention[], how: Recording = 'push'): Promise<void> {
    const { run } = this.basis
    const isBusy = this.#wanted !== null
    // What is dragged is one place, wherever it has been let go of.
    const pushes = this.#wanted?.how === 'push' || how === 'push'
    this.#wanted = { own, how: pushes ? 'push' : how }
    if (isBusy) return
    await this.basis.attempt(async () => {
      try {
        while (run !== null && run === this.basis.run && this.#wanted !== null) {
          const wanted = this.#wanted
          const { told, instead } = run.changed
          if (!(await run.show(run.coming, run.wanted, { own: wanted.own, told, instead }))) return
          if (this.#wanted === wanted) await this.#computed(wanted.how)
          else await this.inspection.explain()
          // Another may have come while that was explained.
          if (this.#wanted === wanted) return
        }
      } finally {
        this.#wanted = null
      }
    })
  }

  #promptOf(text: string): readonly number[] | string {
    return encodePrompt(text, this.#description)
  }

  /** The reader has typed: what is shown changes as soon as it is a prompt, and stays as it is while it is not. */
  async type(text: string): Promise<void> {
    this.draft = tidyPrompt(text, this.#description)
    this.playing = false
    try {
      const prompt = this.#promptOf(this.draft)
      // It is a prompt now, however long its run may take to come.
      this.refusal = null
      await this.#show(prompt)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    }
  }

  /** What is no prompt is not kept: the one at hand stands there again. */
  async revert(): Promise<void> {
    const { run } = this.basis
    if (this.refusal === null || run === null) return
    this.draft = written(run, this.#description) ?? (await run.readBack())
    this.refusal = null
  }

  async shuffle(): Promise<void> {
    const tokens = randomPrompt(this.#description)
    this.draft = decodeTokens(tokens, this.#description.vocabulary) ?? ''
    this.playing = false
    await this.basis.attempt(() => this.#show(tokens))
  }

  async #show(prompt: readonly number[] | string): Promise<void> {
    const { run } = this.basis
    if (run === null || !(await run.show(prompt, 0))) return
    this.refusal = null
    await this.#computed('push')
    const { t } = this.basis.i18n
    this.basis.announce(t.live.computed(this.#letters(run)) + t.betweenSentences + this.#expectation(run))
  }

  /** Generates, or takes back, tokens until there are so many. */
  async goToStep(step: number, how: Recording = 'push'): Promise<void> {
    const { run } = this.basis
    if (run === null || step < 0 || step > run.answerLength()) return
    await this.basis.attempt(async () => {
      if (!(await run.show(run.coming, step))) return
      await this.#computed(how)
      this.basis.announce(run.finished ? this.verdict : this.#expectation(run))
    })
  }

  async next(): Promise<void> {
    this.playing = false
    await this.goToStep((this.basis.run?.wanted ?? 0) + 1)
  }

  async previous(): Promise<void> {
    this.playing = false
    await this.goToStep((this.basis.run?.wanted ?? 0) - 1)
  }

  async reset(): Promise<void> {
    this.playing = false
    await this.goToStep(0)
  }

  async play(): Promise<void> {
    const { run } = this.basis
    if (run === null) return
    this.playing = true
    if (run.finished) await this.goToStep(0)
    while (this.playing && !run.finished) {
      await new Promise((resolve) => setTimeout(resolve, PLAY_PAUSE))
      if (this.playing) await this.goToStep(run.step + 1, 'replace')
    }
    this.playing = false
  }

  pause(): void {
    this.playing = false
  }

  async #computed(how: Recording): Promise<void> {
    await this.inspection.explain()
    if (this.basis.tour.active) await this.basis.tour.refill()
    this.basis.record(how)
  }

  #expectation(run: Run): string {
    const { i18n } = this.basis
    const chosen = run.chain[run.step]?.chosen
    return chosen ? i18n.t.live.expects(visible(chosen.text), i18n.percent(chosen.probability)) : ''
  }

  /** What the finished answer is, in a sentence, and whether it is right where the task can tell. */
  get verdict(): string {
    const { run } = this.basis
    if (!run?.finished) return ''
    const { done, right, wrong, ordered } = this.basis.i18n.t.generation
    const answer = run.answer.map(({ text }) => text).join(this.#description.asked_in === 'numbers' ? ', ' : '')
    const task = this.#description.task?.name
    if (task !== 'sort' && task !== 'reverse') return done(answer)
    const expected = task === 'sort' ? [...run.asked].sort((a, b) => a - b) : [...run.asked].reverse()
    const isRight = expected.join() === run.answer.map(({ token }) => token).join()
    return (isRight ? right : wrong)(ordered[task](this.#letters(run)), answer)
  }

  /** The prompt in a sentence. */
  #letters(run: Run): string {
    return written(run, this.#description) ?? run.trace?.pieces.slice(0, run.prompt.length).join('') ?? ''
  }
}
