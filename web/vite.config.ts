// How the page is built: into the Python package, with hashed names, and each text file also compressed once and for all,
// so that the server sends bytes instead of compressing them again for every visitor.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'

const OUTPUT = '../src/pellucid/serve/page'
const TEXT = /\.(html|js|css|svg|json|webmanifest)$/

/** Every browser that can draw the page reads WOFF2; the older formats of KaTeX's fonts would only fill the package. */
function onlyWoff2(): Plugin {
  return {
    name: 'only-woff2',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('katex') || !id.includes('.css')) return null
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, '')
    },
  }
}

function precompress(): Plugin {
  let folder = OUTPUT
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir)
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !TEXT.test(entry.name)) continue
        const path = join(entry.parentPath, entry.name)
        const content = readFileSync(path)
        const size = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: size }))
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  plugins: [svelte(), onlyWoff2(), precompress()],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    // `npm run dev` shows a page that rebuilds itself, beside a `pellucid serve MODEL --port 8000 --no-browser`.
    proxy: { '/api': { target: process.env['PELLUCID_SERVER'] ?? 'http://127.0.0.1:8000', changeOrigin: true } },
  },
})
