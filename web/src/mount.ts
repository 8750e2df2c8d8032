/**
 * Puts a page into an element of a document. One page of it may own the document, address bar included; all others are guests, which
 * keep to their element and to a history of their own.
 */
import { mount, unmount } from 'svelte'
import App from './App.svelte'
import { handle, type Handle } from './handle'
import { Page } from './page.svelte'
import type { Theme } from './session/preferences.svelte'
import { BrowserVisits, OwnVisits, type Visits } from './session/visits'
import type { Shelf } from './source/shelf'

export interface MountOptions {
  shelf: Shelf
  /** Whether the document is all its own. */
  ownsDocument?: boolean
  /** Where a guest begins, as the query of an address: `?text=BACCAB`. */
  address?: string
  /** Where the places that one has been at are kept, where neither the address bar nor a list of its own is right. */
  visits?: Visits
  /** Says which theme the page stands in, now and whenever that changes, where it is not the system's. */
  surroundings?: (tell: (theme: Theme) => void) => void
}

export function mountPage(target: HTMLElement, options: MountOptions): Handle {
  const { shelf, ownsDocument = false, address = '' } = options
  const visits = options.visits ?? (ownsDocument ? new BrowserVisits() : new OwnVisits(address))
  const page = new Page({ shelf, target, ownsDocument, visits })
  options.surroundings?.((theme) => (page.preferences.surroundings = theme))
  target.dataset['pellucid'] = ''
  void page.start()
  const app = mount(App, { target, props: { page } })
  return handle(page, {
    mount: (place, beginning = '') => mountPage(place, { shelf, address: beginning }),
    async unmount() {
      await unmount(app)
      page.dispose()
      delete target.dataset['pellucid']
    },
  })
}
