/**
 * Reading safetensors: an 8-byte little-endian header length, a JSON header, then raw C-order data.
 * The tensors are typed-array views on the response's own buffer: nothing is copied unless a file is misaligned.
 */

import type { TensorView } from './tensors'

export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, TensorView>
}

interface HeaderEntry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

const CONSTRUCTORS = { F32: Float32Array, I64: BigInt64Array } as const

export function parseSafetensors(buffer: ArrayBuffer): TensorFile {
  if (buffer.byteLength < 8) {
    throw new Error(
      `A safetensors file begins with 8 bytes of header length, this answer has ${buffer.byteLength} bytes.`,
    )
  }
  const headerLength = Number(new DataView(buffer).getBigUint64(0, true))
  const start = 8 + headerLength
  if (start > buffer.byteLength) {
    throw new Error(`The safetensors header should be ${headerLength} bytes long, the answer ends before that.`)
  }
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, headerLength))) as Record<
    string,
    unknown
  >
  const { __metadata__: metadata = {}, ...entries } = header
  const tensors = new Map<string, TensorView>()
  for (const [name, entry] of Object.entries(entries)) {
    tensors.set(name, view(buffer, start, name, entry as HeaderEntry))
  }
  return { metadata: metadata as Record<string, string>, tensors }
}

function view(buffer: ArrayBuffer, start: number, name: string, entry: HeaderEntry): TensorView {
  const Constructor = CONSTRUCTORS[entry.dtype as keyof typeof CONSTRUCTORS]
  if (Constructor === undefined) {
    throw new Error(`Tensor '${name}' has the type ${entry.dtype}; the page reads F32 and I64.`)
  }
  const [begin, end] = entry.data_offsets
  const length = entry.shape.reduce((product, size) => product * size, 1)
  if (end - begin !== length * Constructor.BYTES_PER_ELEMENT || start + end > buffer.byteLength) {
    throw new Error(`Tensor '${name}' of shape ${entry.shape.join('×')} does not fit its ${end - begin} bytes.`)
  }
  const aligned = (start + begin) % Constructor.BYTES_PER_ELEMENT === 0
  const data = aligned
    ? new Constructor(buffer, start + begin, length)
    : new Constructor(buffer.slice(start + begin, start + end))
  return { shape: entry.shape, data }
}
