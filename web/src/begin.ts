/**
 * Begins the page that has its document to itself: starts asking the server, or the folder of files that the page lies beside, and hands
 * out `window.pellucid`.
 */
import { mountPage } from './mount'
import { parseAddress } from './session/address'
import type { Store } from './source/local'
import { Server } from './source/server'
import { Shelf } from './source/shelf'
import { learn } from './words/languages'
import { preferred } from './words/spoken'

/** Where a page without a server has its files, as its head says. */
const folder = document.querySelector<HTMLMetaElement>('meta[name="pellucid-site"]')?.content

const target = document.getElementById('page')
if (target === null) throw new Error('the document has no element with the id "page"')
const { language } = parseAddress(location.search)
// What is written first is in the reader's language.
void Promise.all([shelfOver(folder), learn(language ?? preferred())]).then(([shelf]) => {
  window.pellucid = mountPage(target, { shelf, ownsDocument: true })
  if (folder !== undefined)
    void window.pellucid.ready.then(async () => (await import('./source/offline')).keepForLater())
})

async function shelfOver(folder: string | undefined): Promise<Shelf> {
  if (folder === undefined) return new Shelf(new Server())
  const { Site } = await import('./source/site')
  const site: Store = new Site(folder)
  return new Shelf(site, (...asked) => site.holds(...asked))
}
