/** KaTeX's styles, fonts included, carried by the script itself. */
import text from 'katex/dist/katex.min.css?inline'

export const stylesheet = URL.createObjectURL(new Blob([text], { type: 'text/css' }))
