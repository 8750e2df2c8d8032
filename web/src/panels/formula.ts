/**
 * Formulas set by KaTeX, which comes with its fonts only when the first one is to be seen, or when there is nothing else
 * to do. It writes nodes, not HTML text, so that no inline style has to pass a Content-Security-Policy.
 */
import stylesheet from 'katex/dist/katex.min.css?url'
import { untilItComes } from '../model/arriving'

type Katex = typeof import('katex').default

let arriving: Promise<Katex> | undefined

/** Resolves when there is KaTeX. */
export function loadKatex(): Promise<Katex> {
  arriving ??= untilItComes(async () => {
    const [module] = await Promise.all([import('katex'), loadStylesheet()])
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

/** Sets the formulas that stand in a text as LaTeX. */
export async function setFormulas(text: HTMLElement): Promise<void> {
  const formulas = text.querySelectorAll<HTMLElement>('.math')
  if (formulas.length === 0) return
  const katex = await loadKatex()
  if (!text.isConnected) return
  for (const formula of formulas) {
    const displayMode = formula.classList.contains('block')
    katex.render(formula.textContent, formula, { displayMode, throwOnError: false, strict: 'ignore' })
    if (displayMode && formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0
  }
}

/** Sets LaTeX into an element. The text style breaks lines at relations and signs where the element is too narrow. */
export async function setFormula(element: HTMLElement, latex: string): Promise<void> {
  const katex = await loadKatex()
  if (element.isConnected) katex.render(`\\displaystyle ${latex}`, element, { throwOnError: false, strict: 'ignore' })
}
