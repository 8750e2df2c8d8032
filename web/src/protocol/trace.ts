/**
 * The numbers of one forward pass, by the names of its tensors.
 */
import { parseSafetensors } from './safetensors'
import type { TensorView } from './tensors'

export interface Trace {
  readonly tokens: readonly number[]
  /** The text of each token. */
  readonly pieces: readonly string[]
  /** That of all of them, where who computed it knows more of it than its pieces. */
  readonly text?: string | undefined
  readonly tensors: ReadonlyMap<string, TensorView>
}

/** A trace as it travels: a safetensors file with the tokens and their texts in its header. */
export function parseTrace(buffer: ArrayBuffer): Trace {
  const { metadata, tensors } = parseSafetensors(buffer)
  return {
    tokens: JSON.parse(metadata['tokens'] ?? '[]') as number[],
    pieces: JSON.parse(metadata['pieces'] ?? '[]') as string[],
    text: metadata['text'],
    tensors,
  }
}
