/** Weights that a model is shown with instead of its own, one after the other; of those that are wanted meanwhile only the last. */
import type { Loan } from '../source/shelf'

export class Lending {
  #lent: Loan | null = null
  #wanted: Loan | null = null
  #isBusy = false

  constructor(private readonly lend: (model: string, loan: Loan | null) => Promise<void>) {}

  /** Null: the model as it is. */
  want(loan: Loan | null): void {
    this.#wanted = loan
    if (!this.#isBusy) void this.#follow()
  }

  async #follow(): Promise<void> {
    this.#isBusy = true
    while (this.#lent !== this.#wanted) {
      const [before, now] = [this.#lent, this.#wanted]
      this.#lent = now
      if (before !== null && before.description.id !== now?.description.id) await this.lend(before.description.id, null)
      if (now !== null) await this.lend(now.description.id, now)
    }
    this.#isBusy = false
  }
}
