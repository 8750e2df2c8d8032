/** The worker in which a model is taught beside the page. */
export function coach(): Worker {
  return new Worker(new URL('../training/worker.ts', import.meta.url), { type: 'module' })
}
