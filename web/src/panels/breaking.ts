/**
 * Makes long formulas fit for narrow panels: KaTeX breaks a line only outside of parentheses that grow, and after a relation.
 */

/** What makes a formula higher than a line, so that parentheses around it have to grow. */
const HIGH = /\\(frac|sqrt|sum|prod|max|lim)/

/** The same formula, with lines that may break within flat parentheses, and before the last `=`, so that the result keeps it. */
export function breakable(latex: string): string {
  return keepResult(flattened(latex))
}

function flattened(latex: string): string {
  let written = ''
  for (let at = 0; at < latex.length;) {
    const end = latex.startsWith('\\left(', at) && depthAt(latex, at) === 0 ? matching(latex, at) : null
    const inside = end === null ? '' : latex.slice(at, end)
    if (end === null || HIGH.test(inside)) {
      written += latex.charAt(at)
      at++
    } else {
      written += inside.replaceAll('\\left(', '(').replaceAll('\\right)', ')')
      at = end
    }
  }
  return written
}

/** Behind the `\right)` that belongs to the `\left(` there; null where there is none. */
function matching(latex: string, start: number): number | null {
  let open = 0
  for (const { 0: found, index } of latex.slice(start).matchAll(/\\left\(|\\right\)/g)) {
    open += found === '\\left(' ? 1 : -1
    if (open === 0) return start + index + found.length
  }
  return null
}

/** Within how many braces, and parentheses that grow, a place lies. */
function depthAt(latex: string, place: number): number {
  let depth = 0
  for (const [found] of latex.slice(0, place).matchAll(/\\left\(|\\right\)|[{}]/g)) {
    depth += found === '{' || found === '\\left(' ? 1 : -1
  }
  return depth
}

function keepResult(latex: string): string {
  const relations = [...latex.matchAll(/ = /g)].map(({ index }) => index).filter((at) => depthAt(latex, at) === 0)
  const last = relations.at(-1)
  if (last === undefined || relations.length < 2) return latex
  return `${latex.slice(0, last)} \\allowbreak\\;{=}\\;${whole(latex.slice(last + 3))}`
}

/** A minus sign behind a sign that counts as a letter would be set as if something were taken away. */
function whole(result: string): string {
  return result.startsWith('-') ? `{${result}}` : result
}
