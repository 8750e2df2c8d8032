/**
 * Formulas set by KaTeX, which comes with its fonts only when the first one is to be seen, or when there is nothing else
 * to do. It writes nodes, not HTML text, so that no inline style has to pass a Content-Security-Policy.
 */
import { untilItComes } from '../source/arriving'
import { breakable } from './breaking'
import { stylesheet } from './katex-styles'

type Katex = typeof import('katex').default

let arriving: Promise<Katex> | undefined

/** Resolves when there is KaTeX. */
export function loadKatex(): Promise<Katex> {
  arriving ??= untilItComes(async () => {
    const [module] = await Promise.all([untilItComes(() => import('katex')), loadStylesheet()])
    return module.default
  })
  return arriving
}

function loadStylesheet(): Promise<void> {
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = stylesheet
  document.head.append(link)
  return new Promise((resolve, reject) => {
    link.onload = () => resolve()
    link.onerror = () => {
      link.remove()
      reject(new Error(`${stylesheet} did not come`))
    }
  })
}

/** Sets the formulas that stand in a text as LaTeX; returns what ends their fitting. */
export function setFormulas(text: HTMLElement): () => void {
  const formulas = [...text.querySelectorAll<HTMLElement>('.math')]
  if (formulas.length === 0) return () => undefined
  const endings: (() => void)[] = []
  let isOver = false
  void loadKatex().then((katex) => {
    if (isOver) return
    for (const formula of formulas) {
      const displayMode = formula.classList.contains('block')
      katex.render(formula.textContent, formula, { displayMode, throwOnError: false, strict: 'ignore' })
      if (displayMode) endings.push(keepFitting(formula, SMALLEST_IN_TEXT))
    }
  })
  return () => {
    isOver = true
    for (const end of endings) end()
  }
}

/** A formula of a text may be set this much smaller than the others. */
const SMALLEST_IN_TEXT = 0.62

/**
 * Sets a formula smaller where it would be wider than its place, and lets it scroll where `smallest` (1: as it is) is not small
 * enough; keeps doing so when the place changes. Returns what ends it.
 */
export function keepFitting(element: HTMLElement, smallest: number): () => void {
  const fit = (): void => {
    element.style.fontSize = ''
    const share = element.clientWidth / element.scrollWidth
    if (share < 1) element.style.fontSize = `${Math.max(smallest, 0.99 * share)}em`
    // What scrolls is within reach of the keyboard.
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0
    else element.removeAttribute('tabindex')
  }
  const place = new ResizeObserver(fit)
  if (element.parentElement) place.observe(element.parentElement)
  // The formula grows when its letters arrive, and its place does not.
  document.fonts.addEventListener('loadingdone', fit)
  return () => {
    place.disconnect()
    document.fonts.removeEventListener('loadingdone', fit)
  }
}

/** Sets LaTeX into an element. The text style breaks lines at relations and signs where the element is too narrow. */
export async function setFormula(element: HTMLElement, latex: string): Promise<void> {
  const katex = await loadKatex()
  if (element.isConnected)
    katex.render(`\\displaystyle ${breakable(latex)}`, element, {
      throwOnError: false,
      strict: 'ignore',
      // Marks on numbers; links and styles are as forbidden as ever.
      trust: ({ command }) => command === '\\htmlData',
    })
}
