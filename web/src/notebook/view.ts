/**
 * A view in a notebook, as anywidget wants it (https://anywidget.dev): a frame with the page in it, which asks the kernel through the
 * notebook's own connection. Nothing comes from anywhere else.
 */
import type { Handle } from '../handle'
import type { Address } from '../session/address'
import type { Theme } from '../session/preferences.svelte'
import type { Host } from './host'

/** What is the same in Python and here. */
interface Shared {
  /** Pixels. */
  height: number
  /** Where the page begins, and where it is, as the query of an address. */
  _begins: string
  _place: string
  /** Where Python wants it to be, how many times it has said so, and how many of these the page has done. */
  _wanted: Partial<Address>
  _times: number
  _obeyed: number
}

interface Model {
  get<Name extends keyof Shared>(name: Name): Shared[Name]
  set<Name extends keyof Shared>(name: Name, value: Shared[Name]): void
  save_changes(): void
  send(content: unknown): void
  on(event: string, heard: (...told: never[]) => void): void
  off(event: string, heard: (...told: never[]) => void): void
}

interface Answer {
  readonly id: number
  readonly status: number
  readonly type: string
}

/** After so long without an answer nobody is there: a kernel that is busy answers when it is done, and is asked again. */
const PATIENCE = 60_000
/** The page's script and styles, brought once for all views of a document. */
const SCRIPT = 'page.js'
const STYLES = 'page.css'
const brought = new Map<string, Promise<string>>()

/** Asking the kernel: each question has a number, by which its answer is known. */
class Line {
  readonly #waiting = new Map<number, (answer: Response) => void>()
  #asked = 0
  readonly #hear = (answer: Answer, buffers: readonly DataView[]): void => {
    const { buffer, byteOffset, byteLength } = buffers[0] ?? new DataView(new ArrayBuffer(0))
    const body = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
    this.#waiting.get(answer.id)?.(
      new Response(body, { status: answer.status, headers: { 'content-type': answer.type } }),
    )
  }

  constructor(private readonly model: Model) {
    model.on('msg:custom', this.#hear as (...told: never[]) => void)
  }

  ask(path: string): Promise<Response> {
    // Several views of one widget hear every answer: their numbers must differ.
    const id = ++this.#asked + Math.floor(Math.random() * 1e9) * 1000
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(new TypeError('the kernel does not answer'))), PATIENCE)
      const finish = (done: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        done()
      }
      this.#waiting.set(id, (answer) => finish(() => resolve(answer)))
      this.model.send({ id, path })
    })
  }

  close(): void {
    this.model.off('msg:custom', this.#hear as (...told: never[]) => void)
  }
}

function bring(line: Line, name: string): Promise<string> {
  let coming = brought.get(name)
  if (coming === undefined) {
    coming = line.ask(name).then((answer) => answer.text())
    coming.catch(() => brought.delete(name))
    brought.set(name, coming)
  }
  return coming
}

const EMPTY =
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">' +
  '<title>Pellucid</title></head><body><div id="page"></div></body></html>'

async function render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
  const line = new Line(model)
  const frame = document.createElement('iframe')
  frame.title = 'Pellucid'
  frame.allow = 'fullscreen; clipboard-write'
  frame.style.cssText = `display:block;width:100%;border:0;height:${model.get('height')}px`
  frame.srcdoc = EMPTY
  const there = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
  el.append(frame)

  let handle: Handle | null = null
  let tellTheme: (theme: Theme) => void = () => undefined
  const host: Host = {
    // What was reached in another view of the same cell, or before the notebook was closed, is gone on with.
    search: model.get('_place') || model.get('_begins'),
    ask: (path) => line.ask(path),
    arrived(search) {
      if (search === model.get('_place')) return
      model.set('_place', search)
      model.save_changes()
    },
    followTheme(tell) {
      tellTheme = tell
      tell(themeOf(el))
    },
    started(page) {
      handle = page
      hideStills()
      if (model.get('_obeyed') < model.get('_times')) goThere()
    },
  }
  let going = Promise.resolve()
  const goThere = (): void => {
    const [wanted, times] = [model.get('_wanted'), model.get('_times')]
    going = going.then(async () => {
      if (handle === null) return
      try {
        await handle.go(wanted)
      } catch (error) {
        // What comes next is heard all the same.
        console.error(error)
      }
      model.set('_obeyed', times)
      model.save_changes()
    })
  }
  const resize = (): void => {
    frame.style.height = `${model.get('height')}px`
  }
  model.on('change:_times', goThere)
  model.on('change:height', resize)

  const [script, styles] = await Promise.all([bring(line, SCRIPT), bring(line, STYLES), there])
  const leaveTheme = followTheme(el, (theme) => {
    frame.style.colorScheme = theme
    tellTheme(theme)
  })
  const inner = frame.contentDocument
  if (inner !== null && frame.contentWindow !== null) {
    frame.contentWindow.pellucidHost = host
    inner.head.append(Object.assign(inner.createElement('style'), { textContent: styles }))
    inner.body.append(Object.assign(inner.createElement('script'), { type: 'module', textContent: script }))
  }
  return () => {
    model.off('change:_times', goThere)
    model.off('change:height', resize)
    line.close()
    leaveTheme()
    void handle?.unmount()
    frame.remove()
  }
}

/** The notebook's theme is its own, whatever the system has: where the text of a cell is light, what it stands on is dark. */
function themeOf(cell: HTMLElement): Theme {
  return isLight(getComputedStyle(cell).color) ? 'dark' : 'light'
}

/** Tells of the notebook's theme, now and whenever it changes. Not every browser has a frame's media queries follow its colour scheme. */
function followTheme(cell: HTMLElement, tell: (theme: Theme) => void): () => void {
  const look = (): void => tell(themeOf(cell))
  look()
  const changes = new MutationObserver(look)
  for (const part of [document.documentElement, document.body]) changes.observe(part, { attributes: true })
  const system = matchMedia('(prefers-color-scheme: dark)')
  system.addEventListener('change', look)
  return () => {
    changes.disconnect()
    system.removeEventListener('change', look)
  }
}

/** Of any colour that CSS can say. */
function isLight(colour: string): boolean {
  const pixel = new OffscreenCanvas(1, 1).getContext('2d')
  if (pixel === null) return false
  pixel.fillStyle = colour
  pixel.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0] = pixel.getImageData(0, 0, 1, 1).data
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 127
}

/** The still picture beside a view is for where there is no view: a notebook that is only looked at. */
function hideStills(): void {
  const id = 'pellucid-no-stills'
  if (document.getElementById(id) !== null) return
  document.head.append(
    Object.assign(document.createElement('style'), { id, textContent: '[data-pellucid-still]{display:none}' }),
  )
}

export default { render }
