/**
 * The numbers of a tensor: a view on the bytes that came, its cells and rows, and the scale of its colours.
 */

export type TensorData = Float32Array | BigInt64Array

export interface TensorView {
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** The value at an index in axis order, or null where the index lies outside. */
export function valueAt(view: TensorView, index: readonly number[]): number | null {
  let offset = 0
  for (let axis = 0; axis < view.shape.length; axis++) {
    const size = view.shape[axis] as number
    const position = index[axis] ?? 0
    if (position < 0 || position >= size) return null
    offset = offset * size + position
  }
  const value = view.data[offset]
  return value === undefined ? null : Number(value)
}

/** The numbers along a tensor's last axis at the given places of the axes before it; null where those lie outside. */
export function rowAt(view: TensorView, lead: readonly number[]): number[] | null {
  const size = view.shape.at(-1)
  if (size === undefined || lead.length !== view.shape.length - 1) return null
  let start = 0
  for (const [axis, position] of lead.entries()) {
    const length = view.shape[axis] as number
    if (position < 0 || position >= length) return null
    start = start * length + position
  }
  return Array.from(view.data.subarray(start * size, (start + 1) * size), Number)
}

const scales = new WeakMap<TensorView, number>()
const signs = new WeakMap<TensorView, boolean>()

/** Whether there are negative numbers among them; minus infinity, which masks a score, is none. */
export function hasNegatives(view: TensorView): boolean {
  let found = signs.get(view)
  if (found === undefined) {
    found = Array.prototype.some.call(view.data, (entry) => entry < 0 && Number(entry) > -Infinity)
    signs.set(view, found)
  }
  return found
}

/**
 * The magnitude at which a tensor's colours are strongest: colours run from -scale through zero to +scale.
 * Masked scores are minus infinity and say nothing about the others, so only finite numbers count.
 */
export function colourScale(view: TensorView): number {
  let scale = scales.get(view)
  if (scale === undefined) {
    scale = 0
    for (const entry of view.data) {
      const magnitude = Math.abs(Number(entry))
      if (magnitude > scale && magnitude < Infinity) scale = magnitude
    }
    if (scale === 0) scale = 1
    scales.set(view, scale)
  }
  return scale
}

/** The same, whose colours are strongest at no smaller magnitude than this one. */
export function colouredFrom(view: TensorView, least: number): TensorView {
  let largest = 0
  for (const entry of view.data) {
    const magnitude = Math.abs(Number(entry))
    if (magnitude > largest && magnitude < Infinity) largest = magnitude
  }
  scales.set(view, Math.max(largest, least) || 1)
  return view
}
