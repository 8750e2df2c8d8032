import { expect, test } from 'vitest'
import { parseSafetensors } from './safetensors'
import { colourScale, rowAt, valueAt } from './tensors'
import { parseTrace } from './trace'

/** A file of this header and these bytes; spaces after the header put the data where they are wanted. */
function file(header: Record<string, unknown>, data: ArrayBuffer, spaces = 0): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header) + ' '.repeat(spaces))
  const buffer = new ArrayBuffer(8 + text.length + data.byteLength)
  new DataView(buffer).setBigUint64(0, BigInt(text.length), true)
  new Uint8Array(buffer).set(text, 8)
  new Uint8Array(buffer).set(new Uint8Array(data), 8 + text.length)
  return buffer
}

const numbers = new Float32Array([1, -2, 3, -Infinity, 5, -6]).buffer
const header = { w: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] } }
const spacesTo = (remainder: number) => (4 + remainder - (JSON.stringify(header).length % 4)) % 4

test('a tensor is a view on the bytes that came', () => {
  const buffer = file(header, numbers, spacesTo(0))
  const view = parseSafetensors(buffer).tensors.get('w')
  expect(view?.shape).toEqual([2, 3])
  expect(view?.data.buffer).toBe(buffer)
  expect([...(view?.data ?? [])]).toEqual([1, -2, 3, -Infinity, 5, -6])
})

test('a misaligned file is read all the same', () => {
  const view = parseSafetensors(file(header, numbers, spacesTo(1))).tensors.get('w')
  expect([...(view?.data ?? [])]).toEqual([1, -2, 3, -Infinity, 5, -6])
})

test.each([
  [new ArrayBuffer(4), 'begins with 8 bytes'],
  [file(header, numbers).slice(0, 20), 'ends before that'],
  [file(header, numbers.slice(0, 20)), 'does not fit'],
  [file({ w: { ...header.w, dtype: 'F16' } }, numbers), 'the page reads F32 and I64'],
  [file({ w: { ...header.w, shape: [7] } }, numbers), 'does not fit'],
])('what is no such file is told from one (%#)', (buffer, sentence) => {
  expect(() => parseSafetensors(buffer)).toThrow(sentence)
})

test('a trace knows its tokens and their texts', () => {
  const metadata = { tokens: '[2,0]', pieces: '["C","A"]' }
  const tokens = new BigInt64Array([2n, 0n]).buffer
  const trace = parseTrace(
    file({ __metadata__: metadata, tokens: { dtype: 'I64', shape: [2], data_offsets: [0, 16] } }, tokens),
  )
  expect(trace.tokens).toEqual([2, 0])
  expect(trace.pieces).toEqual(['C', 'A'])
  const view = trace.tensors.get('tokens')
  expect(view && valueAt(view, [0])).toBe(2)
})

test('cells and rows are found by their index, and nothing outside', () => {
  const view = { shape: [2, 3], data: new Float32Array(numbers) }
  expect(valueAt(view, [1, 2])).toBe(-6)
  expect(valueAt(view, [2, 0])).toBeNull()
  expect(valueAt(view, [0, -1])).toBeNull()
  expect(rowAt(view, [1])).toEqual([-Infinity, 5, -6])
  expect(rowAt(view, [2])).toBeNull()
  expect(rowAt(view, [0, 0])).toBeNull()
})

test('a scale of colours is that of the strongest finite number', () => {
  expect(colourScale({ shape: [2, 3], data: new Float32Array(numbers) })).toBe(6)
  expect(colourScale({ shape: [2], data: new Float32Array(2) })).toBe(1)
})
