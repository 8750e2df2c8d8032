/** The page's side of a training in a worker. */
import type { TensorView } from '../protocol/tensors'
import type { Apart, Examined, Layout, Progress, Training } from './training'

/** A call, as it travels to the worker. */
export type Call =
  | { readonly method: 'begin'; readonly given: ConstructorParameters<typeof Training> }
  | { readonly method: 'go' | 'pause' | 'step' }

/** What the worker says: the steps that were done since it last did, and the weights after them. */
export interface Told {
  readonly progress: readonly Progress[]
  readonly step: number
  readonly steps: number
  readonly weights: Float32Array<ArrayBuffer>
  readonly layout: readonly Layout[]
  /** How many questions are answered rightly, at the end. */
  readonly examined: Examined | null
  readonly ended: 'paused' | 'done' | 'diverged' | null
  /** The step, where it was asked for on its own. */
  readonly apart: Apart | null
}

/** A training that is told what to do, wherever it goes on. */
export interface Taught {
  go(): void
  pause(): void
  /** One step, and a rest. */
  step(): void
  /** Nothing is heard of it any more. */
  close(): void
}

export class RemoteTraining implements Taught {
  constructor(
    private readonly worker: Worker,
    hear: (told: Told) => void,
    fail: (message: string) => void,
  ) {
    worker.onmessage = ({ data }: MessageEvent<Told>) => hear(data)
    worker.onerror = ({ message }) => fail(message)
  }

  begin(...given: ConstructorParameters<typeof Training>): void {
    this.say({ method: 'begin', given })
  }

  go(): void {
    this.say({ method: 'go' })
  }

  pause(): void {
    this.say({ method: 'pause' })
  }

  step(): void {
    this.say({ method: 'step' })
  }

  close(): void {
    this.worker.terminate()
  }

  private say(call: Call): void {
    this.worker.postMessage(call)
  }
}

/** The weights by name: views of the one array. */
export function named(weights: Float32Array, layout: readonly Layout[]): ReadonlyMap<string, TensorView> {
  return new Map(
    layout.map(({ name, shape, offset, length }) => [
      name,
      { shape, data: weights.subarray(offset, offset + length) } as TensorView,
    ]),
  )
}
