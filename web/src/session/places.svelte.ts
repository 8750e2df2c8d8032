/**
 * The places that the reader has been at, and how far one can go back and forward among
 * those that followed one another while the inspector was open.
 */

import type { Visits } from './visits'

/** What is kept of each place beside its address. */
interface Mark {
  /** Which sequence of places the entry belongs to. */
  walk: number
  /** How many places of the sequence came before it. */
  step: number
}

export class Places {
  /** How many steps back there are, and how many forward. */
  behind = $state(0)
  ahead = $state(0)

  #walk = 0
  /** By sequence, its last step. A reload forgets them: then only Back is known to lead somewhere. */
  #last = new Map<number, number>()

  constructor(private readonly visits: Visits) {}

  /** Goes to a new place; `goesOn`: it follows from the place before. */
  push(search: string, goesOn: boolean): void {
    this.#last.set(this.#walk, goesOn ? this.behind + 1 : this.behind)
    if (!goesOn) this.#walk = Date.now()
    this.behind = goesOn ? this.behind + 1 : 0
    this.ahead = 0
    this.visits.push(search, this.#mark())
  }

  /** Corrects the address of the present place. */
  replace(search: string): void {
    this.visits.replace(search, this.#mark())
  }

  /** Another place has been gone to; one that was not made here carries no mark. */
  arrive(): void {
    const { mark } = this.visits
    const { walk, step } = isMark(mark) ? mark : { walk: 0, step: 0 }
    this.#walk = walk
    this.behind = step
    this.ahead = Math.max(0, (this.#last.get(walk) ?? 0) - step)
  }

  back(): void {
    if (this.behind > 0) this.visits.go(-1)
  }

  forward(): void {
    if (this.ahead > 0) this.visits.go(1)
  }

  #mark(): Mark {
    return { walk: this.#walk, step: this.behind }
  }
}

function isMark(mark: unknown): mark is Mark {
  return typeof mark === 'object' && mark !== null && 'walk' in mark && 'step' in mark
}
