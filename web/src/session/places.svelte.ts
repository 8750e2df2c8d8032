/**
 * The places that the reader has been at, as the browser's history keeps them, and how far one can go back and forward among
 * those that followed one another while the inspector was open.
 */

/** What each entry of the browser's history carries beside its address. */
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

  /** Enters a new place into the history; `goesOn`: it follows from the place before. */
  push(url: string, goesOn: boolean): void {
    this.#last.set(this.#walk, goesOn ? this.behind + 1 : this.behind)
    if (!goesOn) this.#walk = Date.now()
    this.behind = goesOn ? this.behind + 1 : 0
    this.ahead = 0
    history.pushState(this.#mark(), '', url)
  }

  /** Corrects the address of the present place. */
  replace(url: string): void {
    history.replaceState(this.#mark(), '', url)
  }

  /** The browser has gone to an entry of its history, which carries this mark; one that was not made here carries none. */
  arrive(mark: unknown): void {
    const { walk, step } = isMark(mark) ? mark : { walk: 0, step: 0 }
    this.#walk = walk
    this.behind = step
    this.ahead = Math.max(0, (this.#last.get(walk) ?? 0) - step)
  }

  back(): void {
    if (this.behind > 0) history.back()
  }

  forward(): void {
    if (this.ahead > 0) history.forward()
  }

  #mark(): Mark {
    return { walk: this.#walk, step: this.behind }
  }
}

function isMark(mark: unknown): mark is Mark {
  return typeof mark === 'object' && mark !== null && 'walk' in mark && 'step' in mark
}
