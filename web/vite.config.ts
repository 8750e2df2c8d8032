// How the page is built: into the Python package, with hashed names, and each text file also compressed once and for all,
// so that the server sends bytes instead of compressing them again for every visitor.
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'
import type {} from 'vitest/config'

const OUTPUT = '../src/pellucid/serve/page'
const LICENCES = 'licences.txt'
/** What the first frame needs to draw. */
const STAGE =
  /node_modules\/three\/|src\/scene\/(?!animation|context|fan|inset|outward|ways|gates|viewpoint|number-format|palette|painting|projection|rectangles|flight)/
const TEXT = /\.(html|js|css|svg|json|txt|webmanifest)$/

/** Every browser that can draw the page reads WOFF2; the older formats of KaTeX's fonts would only fill the package. */
export function onlyWoff2(): Plugin {
  return {
    name: 'only-woff2',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('katex') || !id.includes('.css')) return null
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, '')
    },
  }
}

/**
 * The stage draws with shaders of its own alone. Those of three.js's materials would be the largest part of what it brings along, and
 * are text in a table that no bundler can know to be unread: they are left empty. Neither can it know that the renderer's parts for
 * headsets, shadows, reflections and the like are never used here; of each only that is left which the renderer calls all the same.
 */
export function onlyOwnShaders(): Plugin {
  return {
    name: 'only-own-shaders',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('three/build/three.module.js')) return null
      const stripped = code.replace(/^((?:var|const) [\w$]+ = )"(?:[^"\\]|\\.)*";$/gm, '$1"";')
      if (stripped.length > 0.9 * code.length) throw new Error('three.js keeps its shaders elsewhere than it did.')
      return Object.entries(UNUSED).reduce((rest, [name, instead]) => replaced(rest, name, instead), stripped)
    },
  }
}

/** Parts of three.js's renderer that the stage has no use for, and what stands for them. */
const UNUSED = {
  WebXRManager: `class WebXRManager extends EventDispatcher {
    enabled = false
    isPresenting = false
    getEnvironmentBlendMode() {}
    setAnimationLoop() {}
    dispose() {}
  }`,
  WebGLShadowMap: `function WebGLShadowMap() {
    this.enabled = false
    this.render = () => {}
  }`,
  WebGLEnvironments: `function WebGLEnvironments() {
    return { get: () => null, dispose() {} }
  }`,
  WebGLMorphtargets: `function WebGLMorphtargets() {
    return { update() {} }
  }`,
  WebGLOutput: 'function WebGLOutput() {}',
  DATA: 'const DATA = new Uint16Array(0);',
}

/** A declaration of a module, from the beginning of a line to the end of the first that closes it, with something else instead. */
function replaced(code: string, name: string, instead: string): string {
  const declared = new RegExp(`^(?:class|function|const) ${name}\\b[^]*?^(?:\\}|\\] \\);)$`, 'm')
  if (!declared.test(code)) throw new Error(`three.js has no ${name} any more.`)
  return code.replace(declared, () => instead)
}

/** Shaders as the browser needs them: without comments, and without the room in front of their lines. */
export function bareShaders(): Plugin {
  return {
    name: 'bare-shaders',
    enforce: 'pre',
    load(id) {
      const [file = '', query] = id.split('?')
      if (!file.endsWith('.glsl') || query !== 'raw') return null
      const bare = readFileSync(file, 'utf8')
        .replace(/[ \t]*\/\/.*$/gm, '')
        .replace(/^\s+/gm, '')
      return `export default ${JSON.stringify(bare)}`
    },
  }
}

/** The browser fetches what begins the page and what draws beside what asks for it, instead of after it. */
function allAtOnce(): Plugin {
  return {
    name: 'all-at-once',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter((file) => file.type === 'chunk')
        const wanted = ['begin', 'stage'].flatMap((name) => {
          const chunk = chunks.find((each) => each.name === name)
          if (chunk === undefined) throw new Error(`There is no chunk named ${name}.`)
          return [chunk.fileName, ...chunk.imports]
        })
        return [...new Set(wanted)]
          .filter((file) => !html.includes(file))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `./${file}` },
            injectTo: 'head' as const,
          }))
      },
    },
  }
}

/** What is left to do when the page has been written. */
function finish(): Plugin {
  let folder = OUTPUT
  let notices = ''
  return {
    name: 'finish',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
      notices = join(config.root, 'notices')
    },
    closeBundle() {
      // KaTeX's fonts are under a licence of their own, which its package does not carry.
      appendFileSync(join(folder, LICENCES), `\n${readFileSync(join(notices, 'katex-fonts.txt'), 'utf8')}`)
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
  // Addresses are relative, so that the page works under any path: behind a proxy, or as a folder of a site.
  base: './',
  plugins: [
    // Short names of scopes: they stand thousands of times in styles and scripts that come before the first frame.
    svelte({ compilerOptions: { cssHash: ({ hash, filename }) => `s${hash(filename).slice(0, 4)}` } }),
    onlyWoff2(),
    onlyOwnShaders(),
    bareShaders(),
    allAtOnce(),
    finish(),
  ],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    // The styles of parts that come late are few, and a part whose styles did not arrive would stand there without them for good.
    cssCodeSplit: false,
    // Every browser that knows popovers knows it.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // The stage comes as one piece, though parts of it that come later need some of it too: small pieces compress badly.
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: 'stage', test: STAGE }] },
      },
    },
    // The notices of the libraries that are compiled into the page travel with it; the list of keys links to them.
    license: { fileName: LICENCES },
  },
  // Parts of a worker come when they are first wanted, as parts of the page do.
  worker: { format: 'es' },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
  server: {
    // Where the colours stand that drawings share, and the words that Python shares.
    fs: { allow: ['.', '../src/pellucid/scene', '../src/pellucid/words'] },
    // `npm run dev` shows a page that rebuilds itself, beside a `pellucid serve MODEL --port 8000 --no-browser --no-token`.
    proxy: { '/api': { target: process.env['PELLUCID_SERVER'] ?? 'http://127.0.0.1:8000', changeOrigin: true } },
  },
})
