/**
 * The entry of the page that has its document to itself: starts asking the server, and hands out `window.pellucid`.
 */
import { mountPage } from './mount'
import { local } from './source/local'
import { Server } from './source/server'
import './styles.css'

const target = document.getElementById('page')
if (target === null) throw new Error('the document has no element with the id "page"')
window.pellucid = mountPage(target, { source: local(new Server()), ownsDocument: true })
