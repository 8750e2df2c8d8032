/**
 * What the reader has changed by hand in a widget of the tour, as the stage shows it: a run with changed cells, or other numbers in place
 * of the model's. It is said what is changed, and one key takes all of it back.
 */
import type { Substitute } from '../scene/stage'
import type { Viewpoint } from '../scene/viewpoint.svelte'
import type { Changed } from '../session/run.svelte'
import type { Session } from '../session/session.svelte'

/** What a step of the tour has the model compute. */
type Shown = Pick<Changed, 'told' | 'instead'>

export class Changing {
  /** What is changed, in words; null: nothing. */
  what = $state.raw<string | null>(null)
  /** Whether other numbers than the model's are shown. */
  isSubstituted = false
  /** When that was begun, in milliseconds; what is changed further was begun before. */
  since = $state(0)
  /** Counted up when all is as it was again: then widgets begin anew. */
  undone = $state(0)
  /** What the step itself changes, and the question that it asks in place of the reader's. */
  #usual: Shown = { told: '', instead: null }
  /** Which step that is, and of which letters. */
  #step = ''
  #wanted: Shown = this.#usual
  #isComputing = false

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
  ) {}

  /** A step has been come to, which changes so much itself: where it is another one, nothing else is changed any more. */
  begin(step: string, usual: Shown): void {
    if (step === this.#step) return
    this.#step = step
    this.#usual = usual
    this.#forget()
  }

  /**
   * Shows the run with cells changed, as docs/protocol.md spells it, besides those that the step changes; perhaps of another question than
   * that of the step.
   */
  async cells(what: string, change: string, instead: readonly number[] | null = null): Promise<void> {
    this.#say(what)
    this.#wanted = {
      told: this.besides(change),
      instead: instead ?? this.#usual.instead,
    }
    if (!this.#isComputing) await this.#compute()
  }

  /** A change on top of those of the step. */
  besides(change: string): string {
    return [this.#usual.told, change].filter((part) => part !== '').join(';')
  }

  /** Shows other numbers. */
  numbers(what: string, substitute: Substitute): void {
    this.#say(what)
    this.isSubstituted = true
    this.viewpoint.stage?.substitute(substitute)
  }

  #say(what: string): void {
    if (this.what === null) this.since = performance.now()
    this.what = what
  }

  /** All as it was. */
  async undo(): Promise<void> {
    if (this.what === null) return
    const { session } = this
    this.#forget()
    this.#wanted = this.#usual
    await this.#compute()
    session.announce(session.i18n.t.tour.changed.undone)
  }

  #forget(): void {
    if (this.what === null) return
    this.what = null
    this.isSubstituted = false
    this.undone++
    this.viewpoint.stage?.substitute(null)
  }

  /** One run after another; of those that are wanted meanwhile only the last. */
  async #compute(): Promise<void> {
    const { session } = this
    this.#isComputing = true
    await session.attempt(async () => {
      let shown: Shown | null = null
      while (session.run !== null && shown !== this.#wanted) {
        shown = this.#wanted
        await session.run.show(session.run.prompt, session.run.step, shown)
      }
    })
    this.#isComputing = false
  }
}
