/** Where KaTeX's styles are fetched from. */
export { default as stylesheet } from 'katex/dist/katex.min.css?url'
