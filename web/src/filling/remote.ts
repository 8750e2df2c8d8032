/**
 * The page's side of an engine in a worker: the same calls, answered later.
 */
import type { Weights } from '../formula/compute'
import type { Engine, NextResult, RunResult } from '../formula/engine'
import type { Sampling } from '../formula/sample'
import type { Graph, Question } from '../formula/types'
import type { Compiled } from '../protocol/compiled'
import type { Ablations, Chapter, Consequence, Heads, Questions } from '../protocol/lessons'
import type { Explanation, Why } from '../protocol/types'
import type { WhyAsked } from '../why/asking'
import type { Swept } from './ablations'
import type { Subject } from './facts'

/** What a chapter is filled in from; what a change does that is not among the `consequences` is found out by asking all questions. */
export interface Filling {
  readonly chapter: Compiled
  readonly subject: Subject
  readonly question: readonly number[]
  readonly consequences: readonly Consequence[]
  /** What the task asks, where the page does not know that itself. */
  readonly told: Questions | null
}

/** Some of a task's questions, by their numbers from the first up to another; `told` as above. */
export interface Sweeping {
  readonly task: Subject['task'] & object
  readonly told: Questions | null
  readonly rows: readonly [from: number, to: number]
}

/** What is to be made of all that was found out. */
export interface Sweep extends Omit<Sweeping, 'rows'> {
  readonly found: readonly Swept[]
}

/** A call, as it travels to the worker. */
export type Call = { readonly id: number } & (
  | { readonly method: 'load'; readonly given: ConstructorParameters<typeof Engine> }
  | { readonly method: 'run'; readonly given: Parameters<Engine['run']> }
  | { readonly method: 'explain'; readonly given: Parameters<Engine['explain']> }
  | { readonly method: 'next'; readonly given: Parameters<Engine['next']> }
  | { readonly method: 'prepare'; readonly given: null }
  | { readonly method: 'fill'; readonly given: Filling }
  | { readonly method: 'why'; readonly given: WhyAsked }
  | { readonly method: 'sweep'; readonly given: Sweeping }
  | { readonly method: 'needed'; readonly given: Sweep }
)

export type Answer = { readonly id: number } & (
  { readonly result: unknown } | { readonly error: string } | { readonly share: number }
)

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly tell: ((share: number) => void) | undefined
}

export class RemoteEngine {
  private readonly waiting = new Map<number, Waiting>()
  private last = 0

  /** Takes a worker made from `worker.ts`, and ends it when it is closed. */
  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const { resolve, reject, tell } = this.waiting.get(data.id)!
      if ('share' in data) {
        tell?.(data.share)
        return
      }
      this.waiting.delete(data.id)
      if ('error' in data) reject(new Error(data.error))
      else resolve(data.result)
    }
    worker.onerror = (event) => {
      for (const { reject } of this.waiting.values()) reject(new Error(event.message))
      this.waiting.clear()
    }
  }

  /** Weights that are views of one buffer stay so, and are copied, because the page draws them. */
  async load(graph: Graph, weights: Weights): Promise<void> {
    await this.ask('load', [graph, weights])
  }

  run(question: Question, keep?: readonly string[]): Promise<RunResult> {
    return this.ask('run', [question, keep]) as Promise<RunResult>
  }

  explain(question: Question, tensor: string, index: readonly number[]): Promise<Explanation> {
    return this.ask('explain', [question, tensor, index]) as Promise<Explanation>
  }

  next(question: Question, sampling?: Sampling): Promise<NextResult> {
    return this.ask('next', [question, sampling]) as Promise<NextResult>
  }

  /** Fetches what fills chapters in. */
  async prepare(): Promise<void> {
    await this.ask('prepare', null)
  }

  fill(filling: Filling): Promise<Chapter> {
    return this.ask('fill', filling) as Promise<Chapter>
  }

  /** What a logit comes from; null where the model has no residual stream that says so. */
  why(asked: WhyAsked): Promise<Why | null> {
    return this.ask('why', asked) as Promise<Why | null>
  }

  /** Asks some of the task's questions with each part of the model switched off. */
  sweep(given: Sweeping, tell: (share: number) => void): Promise<Swept> {
    return this.ask('sweep', given, tell) as Promise<Swept>
  }

  needed(given: Sweep): Promise<{ heads: Heads; ablations: Ablations }> {
    return this.ask('needed', given) as Promise<{ heads: Heads; ablations: Ablations }>
  }

  /** Ends the worker; what is still being asked is refused. */
  close(): void {
    this.worker.terminate()
    for (const { reject } of this.waiting.values()) reject(new Error('the engine was closed'))
    this.waiting.clear()
  }

  private ask(method: Call['method'], given: unknown, tell?: (share: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.last
      this.waiting.set(id, { resolve, reject, tell })
      this.worker.postMessage({ id, method, given })
    })
  }
}
