/**
 * `window.pellucid`: what tests, teachers and the curious can drive the page by, from the browser's console.
 */
import type { Page } from './page.svelte'
import type { StageStats } from './scene/events'
import type { Measured } from './scene/measuring'
import type { Address } from './session/address'

export interface Handle {
  /** Resolves when the first frame with real values has been drawn, and the page stands where it begins. */
  readonly ready: Promise<void>
  /** Resolves when the stage shows what the present step of the tour says, as far as that is not played. */
  readonly settled: Promise<void>
  /** Whether the model is computed in the page, without a server; resolves once that is decided. */
  readonly local: Promise<boolean>
  /** What the address bar says; null and empty entries are the page's own choice. */
  get state(): Address
  /** Goes to a place: what is not said stays as it is. */
  set state(wanted: Partial<Address>)
  /** The same; resolves when it is shown, or when the reader has been told why it cannot be. */
  go(wanted: Partial<Address>): Promise<void>
  /** What the stage has drawn; null where there is none. */
  readonly stats: StageStats | null
  /**
   * Opens the inspector on a cell (index in axis order), on a whole tensor (without an index), or closes it (null). The tensor may
   * be spelled as other programs do. Rejects, with a sentence, what does not exist.
   */
  select(tensor: string | null, index?: readonly number[] | null): Promise<void>
  /** The same for a whole tensor, with the camera moved to it. */
  goto(tensor: string): Promise<void>
  /**
   * Where a cell is on the stage, in CSS pixels from the canvas's top left corner: in the inset, where that shows it. Null where it is out of
   * sight.
   */
  locate(tensor: string, index: readonly number[]): { x: number; y: number } | null
  /**
   * What a cell takes up of the canvas, in CSS pixels, and whether its number can be read there; without an index, a whole tensor. It may
   * reach out of view. Null: it is not on the stage, or behind the eye.
   */
  measure(tensor: string, index?: readonly number[] | null): Measured | null
  /** Puts one more page into an element, as a guest: it leaves the address bar alone. `address`: where it begins, as a query. */
  mount(target: HTMLElement, address?: string): Handle
  /** Takes the page down. */
  unmount(): Promise<void>
}

declare global {
  interface Window {
    pellucid: Handle
  }
}

export function handle(page: Page, standing: Pick<Handle, 'mount' | 'unmount'>): Handle {
  const go = (wanted: Partial<Address>): Promise<void> =>
    page.attempt(async () => {
      // What is wanted before there is a place comes after the one where the page begins, and changes only what it says.
      await page.started
      await page.apply({ ...page.address, ...wanted })
      page.record('push')
    })
  return {
    ready: page.ready,
    get settled() {
      return page.tour.settled.then(() => page.viewpoint.framed)
    },
    get local() {
      return page.source.isLocal(page.description?.id ?? '')
    },
    get state() {
      return page.address
    },
    set state(wanted) {
      void go(wanted)
    },
    go,
    get stats() {
      return page.viewpoint.stats
    },
    select: (tensor, index = null) => page.inspection.look(tensor === null ? null : { tensor, index }),
    goto: (tensor) => page.inspection.goto(tensor),
    locate: (tensor, index) => page.viewpoint.stage?.pointer.locate(tensor, index) ?? null,
    measure: (tensor, index = null) => page.viewpoint.stage?.measure(tensor, index) ?? null,
    ...standing,
  }
}
