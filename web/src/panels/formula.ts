/**
 * Formulas set by KaTeX, which comes with its fonts only when the first one is to be seen, or when there is nothing else
 * to do. It writes nodes, not HTML text, so that no inline style has to pass a Content-Security-Policy.
 */
type Katex = typeof import('katex').default

let arriving: Promise<Katex> | undefined

export function loadKatex(): Promise<Katex> {
  arriving ??= Promise.all([import('katex'), import('katex/dist/katex.min.css')]).then(([module]) => module.default)
  return arriving
}

/** Sets LaTeX into an element. The text style breaks lines at relations and signs where the element is too narrow. */
export async function setFormula(element: HTMLElement, latex: string): Promise<void> {
  const katex = await loadKatex()
  if (element.isConnected) katex.render(`\\displaystyle ${latex}`, element, { throwOnError: false, strict: 'ignore' })
}
