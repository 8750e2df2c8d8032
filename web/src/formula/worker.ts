/**
 * The worker's side: an engine that answers messages. `remote.ts` is the page's.
 */
import type { Explanation } from '../protocol/types'
import { Engine, type NextResult, type RunResult } from './engine'
import type { Answer, Call } from './remote'

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Call>) => void) | null
  postMessage(message: Answer, transfer: Transferable[]): void
}

let engine: Engine | null = null

scope.onmessage = ({ data }) => {
  const { id } = data
  try {
    const result = answer(data)
    scope.postMessage({ id, result }, result !== undefined && 'buffer' in result ? [result.buffer] : [])
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) }, [])
  }
}

function answer(call: Call): RunResult | NextResult | Explanation | undefined {
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
  }
}
