/**
 * The nearest level of zoom: the number printed in each cell that is large enough on the screen, as many digits as fit.
 * Texts are written once per number and room and kept; a frame only gathers those of the cells in view.
 */
import type { Mesh } from 'three'
import { MARK, type Atlas } from './atlas'
import type { Theme } from '../session/preferences.svelte'
import { dot, rayThrough, subtract, type View } from './projection'
import type { CellRectangle, Slab } from './slabs'
import { farthestLegible, MOST_ROOM, roomAt, Texts, write } from './texts'
import type { Vector } from '../protocol/types'
import type { ViewUniforms } from './uniforms'

const MOST_TEXTS = 4096

/** What the digits need to know of how a slab is shown. */
export interface DigitLook {
  /** How much of the digits' strength is left; 0 where there is nothing to read. */
  opacity: (column: number, row: number) => number
  hollow: boolean
}

export class Digits {
  private readonly texts: Texts
  /** By slab and room: two integers per cell, the characters and their count (0: not written yet). */
  private readonly written = new Map<number, Int32Array>()

  constructor(
    private readonly slabs: readonly Slab[],
    private readonly atlas: Atlas,
    private readonly scaleOf: (slab: number) => number,
    theme: Theme,
    view: ViewUniforms,
  ) {
    this.texts = new Texts(MOST_TEXTS, theme, view)
  }

  get mesh(): Mesh {
    return this.texts.mesh
  }

  setTheme(theme: Theme): void {
    this.texts.setTheme(theme)
  }

  /** To be called when numbers have changed. */
  forget(): void {
    this.written.clear()
  }

  /** Gathers the texts of the cells in view. */
  update(view: View, lookOf: (slab: number) => DigitLook): void {
    const farthest = farthestLegible(view)
    this.texts.begin()
    this.slabs.forEach((slab, index) => {
      if ((this.atlas.offsets[index] as number) < 0 || nearestDepth(slab, view) > farthest) return
      const look = lookOf(index)
      if (!look.hollow) this.gather(slab, index, view, farthest, look)
    })
    this.texts.commit()
  }

  dispose(): void {
    this.texts.dispose()
  }

  private gather(slab: Slab, index: number, view: View, farthest: number, look: DigitLook): void {
    const front = view.eye[2] > slab.corner[2] + slab.depth / 2
    const z = slab.corner[2] + (front ? slab.depth : 0)
    const { left, bottom, right, top } = cellsInView(slab, z, view)
    const origin = dot(subtract([slab.corner[0] + 0.5, slab.corner[1] + 0.5, z], view.eye), view.forward)
    const scale = this.scaleOf(index)
    for (let row = bottom; row < top; row++) {
      for (let column = left; column < right; column++) {
        const depth = origin + column * view.forward[0] + row * view.forward[1]
        if (depth <= 0 || depth > farthest) continue
        const value = this.atlas.valueAt(index, column, row)
        const opacity = value === MARK.notComputed ? 0 : look.opacity(column, row)
        if (opacity === 0) continue
        const { room, strength } = roomAt(depth, farthest)
        const texts = this.textsOf(index, room)
        const cell = 2 * (row * slab.columns + column)
        if (texts[cell + 1] === 0) texts.set(write(value, room), cell)
        this.texts.add(
          slab.corner[0] + column + 0.5,
          slab.corner[1] + row + 0.5,
          z,
          1,
          [texts[cell] as number, texts[cell + 1] as number],
          room,
          front,
          value / scale,
          strength * opacity,
        )
      }
    }
  }

  private textsOf(slab: number, room: number): Int32Array {
    const key = slab * (MOST_ROOM + 1) + room
    let texts = this.written.get(key)
    if (texts === undefined) {
      const { columns, rows } = this.slabs[slab] as Slab
      texts = new Int32Array(2 * columns * rows)
      this.written.set(key, texts)
    }
    return texts
  }
}

function nearestDepth(slab: Slab, view: View): number {
  const offset = subtract(slab.corner, view.eye)
  const sizes: Vector = [slab.columns, slab.rows, slab.depth]
  return sizes.reduce(
    (depth, size, axis) => depth + Math.min(0, size * (view.forward[axis] as number)),
    dot(offset, view.forward),
  )
}

/** The columns and rows of a face that the view can show: all of them where the face reaches the horizon. */
function cellsInView(slab: Slab, z: number, view: View): CellRectangle {
  const all = { left: 0, bottom: 0, right: slab.columns, top: slab.rows }
  const seen = { left: Infinity, bottom: Infinity, right: -Infinity, top: -Infinity }
  for (const x of [0, view.width]) {
    for (const y of [0, view.height]) {
      const ray = rayThrough(view, x, y)
      const length = (z - view.eye[2]) / ray[2]
      if (!(length > 0)) return all
      const column = view.eye[0] + length * ray[0] - slab.corner[0]
      const row = view.eye[1] + length * ray[1] - slab.corner[1]
      seen.left = Math.min(seen.left, column)
      seen.right = Math.max(seen.right, column)
      seen.bottom = Math.min(seen.bottom, row)
      seen.top = Math.max(seen.top, row)
    }
  }
  return {
    left: Math.max(0, Math.floor(seen.left)),
    bottom: Math.max(0, Math.floor(seen.bottom)),
    right: Math.min(all.right, Math.ceil(seen.right)),
    top: Math.min(all.top, Math.ceil(seen.top)),
  }
}
