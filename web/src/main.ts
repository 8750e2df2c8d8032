/**
 * The page's entry: starts asking the server, puts the application into the document, and hands out `window.pellucid`.
 */
import { mount } from 'svelte'
import App from './App.svelte'
import { handle } from './handle'
import { page } from './session/page.svelte'
import './styles.css'

const target = document.getElementById('page')
if (target === null) throw new Error('the document has no element with the id "page"')
window.pellucid = handle(page)
void page.start()
mount(App, { target })
