// Who may import whom. Imports point upward in this list only, and go round in no circle. What a component imports for its types
// alone is not seen here, because the compiler drops it first.
const ORDER = [
  'protocol/',
  'formula/',
  'why/',
  'filling/',
  'training/',
  'source/',
  'words/',
  'session/',
  'scene/',
  'lesson/',
  'page.svelte.ts',
  'panels/',
  'App.svelte',
  'handle.ts',
  'mount.ts',
  'notebook/',
  'begin.ts',
  'main.ts',
]

const pattern = (part) => `^src/${part.replace('.', '\\.')}`

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      // A tree that draws itself.
      from: { pathNot: '^src/panels/OutlineEntries\\.svelte$' },
      to: { circular: true },
    },
    ...ORDER.map((part, place) => ({
      name: `upward-only-from-${part}`,
      severity: 'error',
      from: { path: pattern(part) },
      to: { path: ORDER.slice(place + 1).map(pattern) },
    })).slice(0, -1),
    {
      name: 'everything-has-its-place',
      severity: 'error',
      comment: 'A file of the page is in one of the folders of the list.',
      from: { path: '^src/', pathNot: ORDER.map(pattern) },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.svelte', '.js', '.json'] },
  },
}
