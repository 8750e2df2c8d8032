/**
 * The models that stand beside the reader's own: which are wanted, which stand there, and what each of them is.
 */
import type { Description } from '../protocol/types'
import type { Viewpoint } from '../scene/viewpoint.svelte'
import type { Session } from '../session/session.svelte'

export class Companions {
  /** Those that stand on the stage, or are being built there. */
  standing = $state.raw<readonly string[]>([])
  /** Whether the reader's own model stands on the stage, so that others can stand beside it. */
  isStaged = false
  /** Those that are to stand there as soon as it does. */
  #awaited: readonly string[] = []
  #measured: readonly string[] = []
  readonly #descriptions = new Map<string, Promise<Description>>()

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
  ) {}

  /** What a model is, asked for once. */
  describe(model: string): Promise<Description> {
    let description = this.#descriptions.get(model)
    if (description === undefined) this.#descriptions.set(model, (description = this.session.source.description(model)))
    return description
  }

  /** Those that stand there, or will as soon as there is a stage. */
  get wanted(): readonly string[] {
    return this.standing.length > 0 ? this.standing : this.#awaited
  }

  /** Whether models are still to come before these stand there. */
  lacks(models: readonly string[]): boolean {
    return this.isStaged && models.length > 0 && models.join() !== this.standing.join()
  }

  /** Whether it is known how much room these take. */
  areMeasured(models: readonly string[]): boolean {
    return models.join() === this.#measured.join()
  }

  /** Puts these there, and no others; `measured` is called once it is known how much room they take. */
  async put(models: readonly string[], measured: () => void): Promise<void> {
    const { stage } = this.viewpoint
    if (stage === null || !this.isStaged) {
      this.#awaited = models
      return
    }
    if (models.join() === this.standing.join()) return
    this.standing = models
    await this.session.attempt(async () => {
      const descriptions = await Promise.all(models.map((model) => this.describe(model)))
      if (this.standing !== models) return
      const built = stage.lineup.setBeside(descriptions)
      this.#measured = models
      measured()
      await built
    })
  }

  /** The reader's own model is taken from the stage, and these with it. `back`: they are to come back with the next one. */
  clear(back: boolean): void {
    this.isStaged = false
    if (back && this.standing.length > 0) this.#awaited = this.standing
    this.standing = []
    this.#measured = []
  }

  /** The reader's own model stands; returns those that have waited for it. */
  stage(): readonly string[] {
    this.isStaged = true
    const awaited = this.#awaited
    this.#awaited = []
    return awaited
  }
}
