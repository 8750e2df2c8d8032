/** In the page that is filmed: whether anything is still asked for, and the caption, which is the text of the step. */
window.filming = (() => {
  const pause = () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = resolve
      port2.postMessage(null)
    })
  const WAITS = 4

  /** Until the browser has next laid out the page, which its own clock has no part in. */
  const layout = () =>
    new Promise((resolve) => {
      const watch = new IntersectionObserver(() => {
        watch.disconnect()
        resolve()
      })
      watch.observe(document.documentElement)
    })

  let asked = 0
  const { Worker: Own, fetch: own } = window
  // Every call that the page makes to its worker is answered once.
  window.Worker = class extends Own {
    constructor(...given) {
      super(...given)
      this.addEventListener('message', () => asked--)
      this.addEventListener('error', () => (asked = 0))
    }
    postMessage(...given) {
      asked++
      super.postMessage(...given)
    }
  }
  window.fetch = async (...given) => {
    asked++
    try {
      return await own(...given)
    } finally {
      asked--
    }
  }

  try {
    localStorage.setItem('pellucid.opened', 'true') // whoever has been here before is not shown the opening
  } catch {
    // A frame without storage.
  }

  const isReady = once(() => window.pellucid?.ready)
  let isSettled = () => true
  const TEXT = '.prose.block'
  /** Of a part of the text, in letters of a Latin script. */
  const LONGEST_PART = 190
  const SENTENCE_END = /(?<=[.?!:]) +|(?<=[。？！])/u
  const WIDE = /[\u3000-\u9fff\uff00-\uffef]/gu
  let parts = []
  let shown = -1

  /** Whether a promise, which may yet have to be made, has been kept. */
  function once(promised) {
    let promise
    let isKept = false
    return () => {
      if (promise === undefined) {
        promise = promised()
        void promise?.then(() => (isKept = true))
      }
      return isKept
    }
  }

  /** A picture of one letter. */
  function drawn(letter) {
    const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 40 })
    const pen = canvas.getContext('2d')
    pen.font = '24px sans-serif'
    pen.fillText(letter, 4, 30)
    return canvas.toDataURL()
  }

  /** How long a text is to read; a formula is there several times, for those who see it and those who do not. */
  function lengthOf({ textContent }) {
    const text = textContent.trim()
    return text.length + 1.2 * (text.match(WIDE) ?? []).length
  }

  /** A long paragraph as several that are read one after another, each of whole sentences. */
  function sentences(paragraph) {
    const found = []
    let part = paragraph.cloneNode(false)
    const end = () => {
      if (part.textContent.trim() !== '') found.push([part])
      part = paragraph.cloneNode(false)
    }
    for (const child of paragraph.childNodes) {
      if (child.nodeType !== Node.TEXT_NODE) {
        part.append(child.cloneNode(true))
        continue
      }
      const [rest, ...following] = child.data.split(SENTENCE_END)
      part.append(rest)
      for (const sentence of following) {
        if (lengthOf(part) + lengthOf({ textContent: sentence }) > LONGEST_PART) end()
        const isClose = !part.hasChildNodes() || /[。？！]$/u.test(part.textContent)
        part.append(isClose ? sentence : ` ${sentence}`)
      }
    }
    end()
    return found
  }

  /** The text of a step in parts that are read one after another: paragraphs, each with the formulas that follow it. */
  function partsOf(step) {
    const found = []
    for (const prose of step.querySelectorAll(`:scope > ${TEXT}`)) {
      for (const block of prose.querySelectorAll(':scope > *')) {
        const isFormula = block.matches('.math') || block.querySelector(':scope > .math.block') !== null
        if (isFormula && found.length > 0) found.at(-1).push(block)
        else for (const one of block.matches('ul, ol') ? block.children : [block]) found.push(...sentences(one))
      }
    }
    return found.map((blocks) => ({
      blocks,
      length: blocks.reduce((sum, block) => sum + Math.min(LONGEST_PART, lengthOf(block)), 20),
    }))
  }

  return {
    async quiet() {
      await layout()
      for (let wait = 0; wait < WAITS; wait++) await pause()
      return asked <= 0
    },

    ready: () => isReady() && document.querySelector('[data-step]') !== null,

    /** Whether all has come that the step last begun takes, as far as it is not played. */
    settled: () => isSettled(),

    /** The first wide letter of the page, if no font of this machine has it; empty: its words can be written. */
    unwritten() {
      const words = document.body.cloneNode(true)
      for (const foreign of words.querySelectorAll('[lang]')) foreign.remove() // as on the button of another language
      const letter = words.textContent.match(/[\u3040-\u9fff]/u)?.[0] ?? ''
      return letter !== '' && drawn(letter) === drawn('\u{10fffd}') ? letter : ''
    },

    frame(looks) {
      const sheet = new CSSStyleSheet() // which the page's policy allows, where an element of style is none of its own
      sheet.replaceSync(looks)
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
      const caption = document.createElement('div')
      caption.className = 'film-caption'
      caption.append(document.createElement('h2'), document.createElement('div'))
      document.querySelector('.page').append(caption)
      caption.lang = document.documentElement.lang
    },

    begin(step) {
      const text = document.querySelector(`[data-step="${step}"]`)
      text.querySelector('h2 button').click() // as the reader comes to a step, also to the present one once more
      const { settled } = window.pellucid
      isSettled = once(() => settled)
      parts = partsOf(text)
      shown = -1
      document.querySelector('.film-caption h2').replaceChildren(text.querySelector('h2').textContent.trim())
      this.caption(0)
      return parts.length
    },

    caption(share) {
      const total = parts.reduce((sum, { length }) => sum + length, 0)
      let before = 0
      const at = parts.findIndex(({ length }) => (before += length) > share * total)
      const now = at < 0 ? parts.length - 1 : at
      if (now === shown) return
      shown = now
      const place = document.querySelector('.film-caption > div')
      place.replaceChildren(...(parts[now]?.blocks ?? []).map((block) => block.cloneNode(true)))
      place.style.fontSize = ''
      for (let size = 21; size > 13 && place.scrollHeight > place.clientHeight; size--) place.style.fontSize = `${size}px`
    },
  }
})()
