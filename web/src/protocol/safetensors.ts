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

/** A file of these arrays of 32-bit numbers, by their names in the checkpoint; padded so that the numbers are aligned. */
export function writeSafetensors(
  arrays: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let end = 0
  const entries = [...arrays].map(([name, { shape, data }]) => {
    const begin = end
    end += data.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const
  })
  const spelled = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const bytes = new TextEncoder().encode(spelled)
  const header = new TextEncoder().encode(spelled + ' '.repeat((8 - (bytes.length % 8)) % 8))
  const file = new Uint8Array(8 + header.length + end)
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true)
  file.set(header, 8)
  let at = 8 + header.length
  for (const { data } of arrays.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}
