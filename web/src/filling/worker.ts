/**
 * The worker's side: an engine that answers messages, and fills chapters in with what it computes. `remote.ts` is the page's.
 */
import { Engine, type NextResult, type RunResult } from '../formula/engine'
import type { Explanation, Why } from '../protocol/types'
import type { Ablations, Chapter, Heads } from '../protocol/lessons'
import type { WhyAsked } from '../why/asking'
import type { Swept } from './ablations'
import type { Answer, Call, Filling, Sweep, Sweeping } from './remote'

interface Needed {
  readonly heads: Heads
  readonly ablations: Ablations
}
type Result = RunResult | NextResult | Explanation | Chapter | Why | Swept | Needed | null | undefined

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Call>) => void) | null
  postMessage(message: Answer, transfer: Transferable[]): void
}

let engine: Engine | null = null

scope.onmessage = ({ data }) => void reply(data)

/** What can be said at once is said at once, in the order of the questions. */
function reply(call: Call): Promise<void> | undefined {
  const { id } = call
  const say = (result: Result): void => {
    scope.postMessage({ id, result }, result && 'buffer' in result ? [result.buffer] : [])
  }
  const fail = (error: unknown): void => {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) }, [])
  }
  try {
    const result = answer(call)
    if (result instanceof Promise) return result.then(say, fail)
    say(result)
  } catch (error) {
    fail(error)
  }
  return undefined
}

function answer(call: Call): Result | Promise<Result> {
  if (call.method === 'load') {
    engine = new Engine(...call.given)
    return undefined
  }
  if (engine === null) throw new Error('nothing is loaded')
  switch (call.method) {
    case 'run':
      return engine.run(...call.given)
    case 'explain':
      return engine.explain(...call.given)
    case 'next':
      return engine.next(...call.given)
    case 'prepare':
      return chapters().then(() => undefined)
    case 'fill':
      return fill(engine, call.given)
    case 'why':
      return why(engine, call.given)
    case 'sweep':
      return sweep(engine, call.given, (share) => scope.postMessage({ id: call.id, share }, []))
    case 'needed':
      return needed(engine, call.given)
  }
}

async function fill(engine: Engine, filling: Filling): Promise<Chapter> {
  const { chapterBy } = await chapters()
  return chapterBy(engine, filling)
}

async function why(engine: Engine, asked: WhyAsked): Promise<Why | null> {
  const [{ whyBy }, { NoStream }] = await Promise.all([import('../why/asking'), import('../why/linear')])
  try {
    return whyBy(engine, asked)
  } catch (error) {
    if (error instanceof NoStream) return null
    throw error
  }
}

async function sweep(engine: Engine, { task, told, rows }: Sweeping, tell: (share: number) => void): Promise<Swept> {
  const [{ sweep: swept }, { Lookup }] = await Promise.all([import('./ablations'), import('./tasks')])
  return swept(engine, new Lookup(task, told), rows, tell)
}

async function needed(engine: Engine, { task, told, found }: Sweep): Promise<Needed> {
  const [{ ablationsOf, headsOf, together }, { Lookup }] = await Promise.all([import('./ablations'), import('./tasks')])
  const all = together(found)
  return { heads: headsOf(engine, all), ablations: ablationsOf(engine, new Lookup(task, told), all) }
}

/** What fills chapters in comes late: the first is there before the worker. */
function chapters(): Promise<typeof import('./chapter')> {
  return import('./chapter')
}
