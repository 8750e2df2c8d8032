/**
 * The entry of the page that has its document to itself: starts asking the server, and hands out `window.pellucid`.
 */
import { mountPage } from './mount'
import { parseAddress } from './session/address'
import { local } from './source/local'
import { Server } from './source/server'
import './styles.css'
import { learn, preferred } from './words/languages'

const target = document.getElementById('page')
if (target === null) throw new Error('the document has no element with the id "page"')
const { language } = parseAddress(location.search)
// What is written first is in the reader's language.
void learn(language ?? preferred()).then(() => {
  window.pellucid = mountPage(target, { source: local(new Server()), ownsDocument: true })
})
