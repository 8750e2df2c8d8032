/**
 * One float texture that holds every number on the stage: slab after slab, each in the order in which its cells stand in space.
 *
 * After a slab's numbers come its summaries, each half as wide and high as the one before, in which a cell keeps the number of
 * greatest magnitude of the cells that it stands for. From afar the shader reads these: structure stays visible and does not flicker.
 * What is not a finite number is stored as one of the marks of stored.ts.
 */
import { DataTexture, FloatType, NearestFilter, RedFormat } from 'three'
import type { TensorView } from '../protocol/tensors'
import type { Slab } from './slabs'
import { MARK, MARK_LIMIT, storable } from './stored'

export const ATLAS_WIDTH = 2048

/** How many numbers fit: a texture of 4096 rows, which every WebGL 2 device can hold. */
const CAPACITY = ATLAS_WIDTH * 4096

export class Atlas {
  readonly texture: DataTexture
  /** Where each slab's numbers begin; -1: it has none here, because no weights are loaded or it is too large. */
  readonly offsets: readonly number[]
  private readonly values: Float32Array

  constructor(
    private readonly slabs: readonly Slab[],
    hasNumbers: boolean,
  ) {
    const offsets = slabs.map(() => -1)
    let end = 0
    const sizes = slabs.map((slab) => sizeWithSummaries(slab.columns, slab.rows))
    const smallestFirst = [...slabs.keys()].sort((one, other) => (sizes[one] as number) - (sizes[other] as number))
    for (const slab of hasNumbers ? smallestFirst : []) {
      const size = sizes[slab] as number
      if (end + size > CAPACITY) break
      offsets[slab] = end
      end += size
    }
    this.offsets = offsets
    const rows = Math.max(1, Math.ceil(end / ATLAS_WIDTH))
    this.values = new Float32Array(ATLAS_WIDTH * rows)
    this.texture = new DataTexture(this.values, ATLAS_WIDTH, rows, RedFormat, FloatType)
    this.texture.magFilter = this.texture.minFilter = NearestFilter
  }

  /** Copies a slab's numbers out of its tensor; without a view, or beyond its end, cells are not computed. */
  write(slabIndex: number, view: TensorView | undefined): void {
    const slab = this.slabs[slabIndex] as Slab
    const start = this.offsets[slabIndex] as number
    if (start < 0) return
    const cells = slab.columns * slab.rows
    if (view === undefined) this.values.fill(MARK.notComputed, start, start + cells)
    else copySlab(slab, view, this.values, start)
    summarise(this.values, start, slab.columns, slab.rows)
    this.texture.needsUpdate = true
  }

  /** What is stored for a cell: its number or a mark. */
  valueAt(slabIndex: number, column: number, row: number): number {
    const slab = this.slabs[slabIndex] as Slab
    return this.values[(this.offsets[slabIndex] as number) + row * slab.columns + column] as number
  }

  dispose(): void {
    this.texture.dispose()
  }
}

function sizeWithSummaries(columns: number, rows: number): number {
  let size = columns * rows
  while (columns > 1 || rows > 1) {
    columns = (columns + 1) >> 1
    rows = (rows + 1) >> 1
    size += columns * rows
  }
  return size
}

function copySlab(slab: Slab, view: TensorView, target: Float32Array, start: number): void {
  const { shape, data } = view
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const shared = slab.base.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 0), 0)
  const outside = slab.base.some((index, axis) => index >= (shape[axis] ?? 1))
  const column = slab.x.axis
  const row = slab.y.axis
  for (let y = 0; y < slab.rows; y++) {
    const rowIndex = slab.y.first + y * slab.y.step
    const rowInside = !outside && (row < 0 || rowIndex < (shape[row] as number))
    const rowStart = shared + (row < 0 ? 0 : rowIndex * (strides[row] as number))
    for (let x = 0; x < slab.columns; x++) {
      const columnIndex = slab.x.first + x * slab.x.step
      const inside = rowInside && (column < 0 || columnIndex < (shape[column] as number))
      const source = rowStart + (column < 0 ? 0 : columnIndex * (strides[column] as number))
      target[start + y * slab.columns + x] = inside ? storable(Number(data[source])) : MARK.notComputed
    }
  }
}

/** Writes the summaries behind the numbers that begin at `start`. */
function summarise(values: Float32Array, start: number, columns: number, rows: number): void {
  let source = start
  while (columns > 1 || rows > 1) {
    const target = source + columns * rows
    const halfColumns = (columns + 1) >> 1
    const halfRows = (rows + 1) >> 1
    for (let y = 0; y < halfRows; y++) {
      for (let x = 0; x < halfColumns; x++) {
        let strongest = MARK.notComputed
        for (let j = 2 * y; j < Math.min(rows, 2 * y + 2); j++) {
          for (let i = 2 * x; i < Math.min(columns, 2 * x + 2); i++) {
            strongest = stronger(strongest, values[source + j * columns + i] as number)
          }
        }
        values[target + y * halfColumns + x] = strongest
      }
    }
    source = target
    columns = halfColumns
    rows = halfRows
  }
}

/** A number beats a mark; of two numbers the one of greater magnitude; of two marks, any but 'not computed'. */
function stronger(left: number, right: number): number {
  const leftIsNumber = Math.abs(left) < MARK_LIMIT
  const rightIsNumber = Math.abs(right) < MARK_LIMIT
  if (leftIsNumber && rightIsNumber) return Math.abs(right) > Math.abs(left) ? right : left
  if (leftIsNumber || rightIsNumber) return leftIsNumber ? left : right
  return left < 0 ? right : left
}
