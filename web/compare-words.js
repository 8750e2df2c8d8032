/**
 * `node compare-words.js de`: which of the page's sentences a language still says in English, one a line. docs/check_language.py asks.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'vite'

/** Sentences without a letter, names, keys and addresses are written alike; refusals are those that a language wants to say itself. */
const ALIKE = /^\P{L}*$|Top-[kp]|LaTeX|Pellucid/u
const NEVER_ASKED = /^errors\.|^late\.ending\.reading\.|^keys\.list\.\d+\.0$/

function* leaves(words, path = '') {
  for (const [name, word] of Object.entries(words)) {
    const place = path === '' ? name : `${path}.${name}`
    if (typeof word === 'object' && word !== null) yield* leaves(word, place)
    else yield [place, typeof word === 'function' ? word.toString() : word]
  }
}

const [language] = process.argv.slice(2)
const server = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, watch: null, ws: false, fs: { strict: false } },
  optimizeDeps: { noDiscovery: true },
})
try {
  const load = (name) => server.ssrLoadModule(`/src/words/${name}.ts`)
  const [english, { LANGUAGES }, { messages }, { late: lateEnglish }] = await Promise.all(
    ['en', 'languages', language, 'late/en'].map(load),
  )
  // What comes later has a file of its own, without which all of that is said in English.
  const late = existsSync(`src/words/late/${language}.ts`) ? (await load(`late/${language}`)).late : lateEnglish
  if (!LANGUAGES.includes(language)) console.log('the language has no line in SPOKEN of languages.ts.')
  const ours = new Map(leaves({ ...messages, late }))
  for (const [place, word] of leaves({ ...english.messages, late: lateEnglish })) {
    if (NEVER_ASKED.test(place)) continue
    if (!ours.has(place)) console.log(`${place} is missing.`)
    else if (ours.get(place) === word && !ALIKE.test(word)) console.log(`${place} is still said in English.`)
  }
} finally {
  await server.close()
}
