/**
 * Asking for what lies elsewhere, whoever answers there. Who does not answer is asked again until an answer comes, so that a restart
 * costs the reader nothing; who refuses makes a `Refusal`.
 */
import type { ErrorBody } from '../protocol/types'
import { Refusal } from './refusal'

const FIRST_WAIT = 500
const LONGEST_WAIT = 4000

/** Codes of a server, or statuses of what stands before it, that cannot answer just now. */
const NOT_NOW = new Set<string | number>(['busy', 502, 504])

/** What brings an answer, as the browser's own `fetch` does: a TypeError means that nobody is there. */
export type Fetching = (
  path: string,
  options: Pick<RequestInit, 'method' | 'body' | 'headers'> & { signal?: AbortSignal },
) => Promise<Response>

/** All of an answer: who dies while it is on its way has not answered. */
const byBrowser: Fetching = async (path, options) => {
  const response = await fetch(path, options)
  const body = await response.arrayBuffer()
  const { status, statusText, headers } = response
  return new Response(body.byteLength > 0 ? body : null, { status, statusText, headers })
}

export class Asking {
  readonly #watchers = new Set<(lost: boolean) => void>()
  #lost = false

  constructor(private readonly fetching: Fetching = byBrowser) {}

  /** Calls back whenever nobody answers, and whenever somebody does again; returns what ends that. */
  watch(changed: (lost: boolean) => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  async ask(path: string, signal?: AbortSignal): Promise<Response> {
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      const answer = await this.once(path, signal)
      this.#setLost(answer === null)
      if (answer instanceof Refusal) throw answer
      if (answer !== null) return answer
      await pause(wait, signal)
    }
  }

  /** Has something changed: once, because nobody knows what became of a change that is not answered. */
  async change(method: 'POST' | 'DELETE', path: string, said?: object): Promise<Response> {
    const body = said && { body: JSON.stringify(said), headers: { 'Content-Type': 'application/json' } }
    const answer = await this.#asked(path, { method, ...body })
    if (answer instanceof Response) return answer
    throw answer ?? new Refusal('no-answer', 'The server does not answer just now: try that again in a moment.')
  }

  /** The answer; null where there is none for now. */
  once(path: string, signal?: AbortSignal): Promise<Response | Refusal | null> {
    return this.#asked(path, signal ? { signal } : {})
  }

  async #asked(path: string, options: Parameters<Fetching>[1]): Promise<Response | Refusal | null> {
    const response = await this.fetching(path, options).catch((error: unknown) => {
      if (error instanceof TypeError) return null
      throw error
    })
    if (response === null || response.ok) return response
    const refused = await refusal(response)
    return NOT_NOW.has(refused.code) || NOT_NOW.has(refused.status) ? null : refused
  }

  #setLost(lost: boolean): void {
    if (lost === this.#lost) return
    this.#lost = lost
    for (const changed of this.#watchers) changed(lost)
  }
}

async function refusal(response: Response): Promise<Refusal> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as ErrorBody
    return new Refusal(error.code, error.message, error.details, response.status)
  } catch {
    return new Refusal(
      'no-sentence',
      `The server answered ${response.status} ${response.statusText}.`,
      {},
      response.status,
    )
  }
}

/** An answer in which numbers may be infinite. Looking at each for that takes long where there are megabytes of them. */
export function parseAnswer(text: string): unknown {
  return JSON.parse(text, reviveInfinity)
}

/** What may be infinite: the fields whose type is `Real`. */
const REAL = new Set(['value', 'operand', 'logit', 'probability'])

/** JSON has no infinities: the server writes them as strings. */
function reviveInfinity(key: string, value: unknown): unknown {
  if (!REAL.has(key)) return value
  if (value === 'Infinity' || value === '-Infinity' || value === 'NaN') return Number(value)
  return value
}

/** Resolves after some milliseconds; rejects, as a fetch does, when the wait is aborted. */
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}
