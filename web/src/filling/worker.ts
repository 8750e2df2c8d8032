/**
 * The worker's side: an engine that answers messages, and fills chapters in with what it computes. `remote.ts` is the page's.
 */
import { Engine, type NextResult, type RunResult } from '../formula/engine'
import type { Chapter } from '../protocol/lessons'
import type { Explanation } from '../protocol/types'
import type { Answer, Call, Filling } from './remote'

type Result = RunResult | NextResult | Explanation | Chapter | undefined

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
    scope.postMessage({ id, result }, result !== undefined && 'buffer' in result ? [result.buffer] : [])
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
  }
}

async function fill(engine: Engine, filling: Filling): Promise<Chapter> {
  const { chapterBy } = await chapters()
  return chapterBy(engine, filling)
}

/** What fills chapters in comes late: the first is there before the worker. */
function chapters(): Promise<typeof import('./chapter')> {
  return import('./chapter')
}
