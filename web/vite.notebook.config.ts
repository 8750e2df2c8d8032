// How the page is built for notebooks: one script and one style sheet, in which everything is that the page ever needs, and the small
// script of the view that brings them (src/notebook). Where one is built is said by the mode: `--mode page` or `--mode view`.
import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'
import { bareShaders, onlyOwnShaders, onlyWoff2 } from './vite.config'

const OUTPUT = '../src/pellucid/notebook/bundle'

/** What the page has in files of their own elsewhere: here there is no address to bring them from. */
const CARRIED: Record<string, string> = {
  './thread': 'source/local.ts',
  './coach': 'lesson/learning.svelte.ts',
  './katex-styles': 'panels/formula.ts',
}

function carried(): Plugin {
  return {
    name: 'carried',
    enforce: 'pre',
    resolveId(id, importer = '') {
      const wanted = CARRIED[id]
      return wanted !== undefined && importer.endsWith(wanted)
        ? resolve(import.meta.dirname, 'src/notebook', `${id}.ts`)
        : null
    },
  }
}

export default defineConfig(({ mode }) => ({
  plugins: [
    svelte({ compilerOptions: { cssHash: ({ hash, filename }) => `s${hash(filename).slice(0, 4)}` } }),
    onlyWoff2(),
    onlyOwnShaders(),
    bareShaders(),
    carried(),
  ],
  build: {
    outDir: OUTPUT,
    emptyOutDir: mode === 'page',
    target: 'es2022',
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    minify: true,
    chunkSizeWarningLimit: 3000,
    copyPublicDir: false,
    lib: {
      entry: `src/notebook/${mode}.ts`,
      formats: ['es' as const],
      fileName: () => `${mode}.js`,
      cssFileName: mode,
    },
    rolldownOptions: { output: { codeSplitting: false } },
  },
  define: { 'process.env.NODE_ENV': '"production"' },
  worker: { format: 'es', rolldownOptions: { output: { codeSplitting: false } } },
}))
