/** The worker in which models are computed beside the page. */
export function thread(): Worker {
  return new Worker(new URL('../filling/worker.ts', import.meta.url), { type: 'module' })
}
