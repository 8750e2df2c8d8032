/**
 * What each head, part and block of a model is needed for, found out in the page: all questions of its task, shared out among workers of
 * their own, so that typing goes on meanwhile. They end with it, or as soon as nobody wants it any more.
 */
import { RemoteEngine } from '../filling/remote'
import { Lookup } from '../filling/tasks'
import type { Weights } from '../formula/compute'
import type { Ablations, Heads, Questions } from '../protocol/lessons'
import type { Description } from '../protocol/types'
import type { Following } from './source'
import { thread } from './thread'

/** More workers would each have too little to do. */
const MOST_WORKERS = 4

export interface Needed {
  readonly heads: Heads
  readonly ablations: Ablations
}

export async function neededFor(
  { graph }: Description,
  weights: Weights,
  task: NonNullable<Description['task']>,
  told: Questions | null,
  { tell, signal }: Following,
): Promise<Needed> {
  const { questions } = new Lookup(task, told)
  const count = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency, Math.ceil(questions.length / 64)))
  const workers = Array.from({ length: count }, () => new RemoteEngine(thread()))
  const end = (): void => {
    for (const worker of workers) worker.close()
  }
  signal?.addEventListener('abort', end)
  const shares = workers.map(() => 0)
  try {
    const found = await Promise.all(
      workers.map(async (worker, place) => {
        await worker.load(graph, weights)
        const rows = [place, place + 1].map((part) => Math.round((questions.length * part) / count)) as [number, number]
        return await worker.sweep({ task, told, rows }, (share) => {
          shares[place] = share
          tell?.(shares.reduce((sum, one) => sum + one, 0) / count)
        })
      }),
    )
    return await workers[0]!.needed({ task, told, found })
  } finally {
    signal?.removeEventListener('abort', end)
    end()
  }
}
