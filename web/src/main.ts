/**
 * The entry of the page that has its document to itself: starts asking the server, or the folder of files that the page lies beside, and
 * hands out `window.pellucid`.
 */
import { mountPage } from './mount'
import { parseAddress } from './session/address'
import { local } from './source/local'
import { Server } from './source/server'
import type { Source } from './source/source'
import './styles.css'
import { learn, preferred } from './words/languages'

/** Where a page without a server has its files, as its head says. */
const folder = document.querySelector<HTMLMetaElement>('meta[name="pellucid-site"]')?.content

const target = document.getElementById('page')
if (target === null) throw new Error('the document has no element with the id "page"')
const { language } = parseAddress(location.search)
// What is written first is in the reader's language.
void Promise.all([sourceOf(folder), learn(language ?? preferred())]).then(([source]) => {
  window.pellucid = mountPage(target, { source, ownsDocument: true })
  if (folder !== undefined)
    void window.pellucid.ready.then(async () => (await import('./source/offline')).keepForLater())
})

async function sourceOf(folder: string | undefined): Promise<Source> {
  if (folder === undefined) return local(new Server())
  const { site } = await import('./source/site')
  return site(folder)
}
