// Keeps the files of this site in the browser, so that it opens and works without the network once it has been loaded.
//
// Files lie in a folder that is called by the version of the site, and never change: what is kept is used. The pages above it are asked
// for first, so that a site that has been written anew is seen at once, and taken from what is kept where nobody answers.
const OWN = `pellucid ${registration.scope} `
const KEPT = OWN + VERSION
/** Milliseconds that a page may take to come before the one that is kept is shown. */
const PATIENCE = 4000

addEventListener('install', (event) => event.waitUntil(keep()))
addEventListener('activate', (event) => event.waitUntil(begin()))
addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(registration.scope)) return
  event.respondWith(request.mode === 'navigate' ? page(request) : file(request))
})

async function keep() {
  const cache = await caches.open(KEPT)
  await Promise.all([...PAGES.map((page) => keepPage(cache, page)), ...FILES.map((name) => keepFile(cache, name))])
}

async function keepFile(cache, name) {
  const response = await fetch(name)
  if (!response.ok) throw new Error(`${name} did not come.`)
  await cache.put(name, response)
}

/** A page of another version is not kept among the files of this one: the browser tries again at the next visit. */
async function keepPage(cache, page) {
  const response = await fetch(page, { cache: 'reload' })
  const text = await response.text()
  if (!response.ok || !text.includes(VERSION)) throw new Error(`${page} is of another version.`)
  // Without what a host may have said of it, such as that it has moved, which browsers do not take for an answer later.
  await cache.put(page, new Response(text, { headers: { 'Content-Type': 'text/html; charset=utf-8' } }))
}

async function begin() {
  for (const name of await caches.keys()) if (name.startsWith(OWN) && name !== KEPT) await caches.delete(name)
  await clients.claim()
}

async function file(request) {
  return (await kept(request.url)) ?? (await fetch(request))
}

async function page(request) {
  const name = new URL(request.url).pathname.slice(new URL(registration.scope).pathname.length)
  const known = await kept(name === '' || name === 'index.html' ? './' : name)
  if (known === undefined) return await fetch(request)
  const late = new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE))
  const coming = fetch(request).catch(() => null)
  const response = await Promise.race([coming, late])
  return response !== null && response.status < 500 ? response : known
}

async function kept(address) {
  return await (await caches.open(KEPT)).match(address, { ignoreSearch: true })
}
