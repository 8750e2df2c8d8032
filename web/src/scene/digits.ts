/**
 * The nearest level of zoom: the number printed in each cell that is large enough on the screen, in one format for a whole tensor,
 * with as many decimals as fit. Texts are written once per number and format and kept; a frame only gathers those of the cells in view.
 */
import type { Mesh } from 'three'
import type { Atlas } from './atlas'
import { MARK } from './stored'
import type { Theme } from '../session/preferences.svelte'
import { dot, isBefore, rayThrough, subtract, type View } from './projection'
import type { CellRectangle, Slab, SlabCell } from './slabs'
import { factsOf, MOST_ROOM, NumberFormat, type NumberFacts } from './number-format'
import { farthestLegible, roomAt, strengthAmong, strengthIn, Texts, write } from './texts'
import type { Tensor, Vector } from '../protocol/types'
import type { ViewUniforms } from './uniforms'

const MOST_TEXTS = 4096

/** What the digits need to know of how a slab is shown. */
export interface DigitLook {
  /** How much of the digits' strength is left; 0 where there is nothing to read. */
  opacity: (column: number, row: number) => number
  hollow: boolean
}

/** A slab some of whose cells may be large enough. */
interface Page {
  slab: Slab
  index: number
  look: DigitLook
  front: boolean
  z: number
  cells: CellRectangle
  /** In characters, of the cells that are seen. */
  room: number
}

/** How much smaller than the rest the smallest numbers of a tensor may be printed, for its sake to have more decimals. */
const UNEVEN = 1.15
/** In characters; where cells have less, they carry no number. */
const LEGIBLE_ROOM = 4

export class Digits {
  private readonly texts: Texts
  private readonly facts = new Map<Tensor, NumberFacts>()
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
    this.facts.clear()
    this.written.clear()
  }

  /** Gathers the texts of the cells in view. */
  update(view: View, lookOf: (slab: number) => DigitLook): void {
    const { pages, rooms } = this.layOut(view, lookOf)
    this.texts.begin()
    for (const page of pages) {
      const room = rooms.get(page.slab.tensor)
      if (room !== undefined) this.gather(page, Math.floor(room), view)
    }
    this.texts.commit()
  }

  dispose(): void {
    this.texts.dispose()
  }

  /** The slabs that are near enough, and how many characters there is room for on the cells of a tensor. */
  private layOut(view: View, lookOf: (slab: number) => DigitLook): { pages: Page[]; rooms: Map<Tensor, number> } {
    const pages = this.pagesIn(view, lookOf)
    const rooms = new Map<Tensor, number>()
    for (const page of pages) {
      const { slab } = page
      page.room = roomOn(slab, page.cells, page.z, view)
      if (page.room > 0) rooms.set(slab.tensor, Math.min(page.room, rooms.get(slab.tensor) ?? MOST_ROOM))
    }
    return { pages, rooms }
  }

  private pagesIn(view: View, lookOf: (slab: number) => DigitLook): Page[] {
    const farthest = farthestLegible(view)
    const pages: Page[] = []
    for (const [index, slab] of this.slabs.entries()) {
      if ((this.atlas.offsets[index] as number) < 0 || nearestDepth(slab, view) > farthest) continue
      const look = lookOf(index)
      const front = isBefore(view, slab.corner[2], slab.depth)
      const z = slab.corner[2] + (front ? slab.depth : 0)
      const cells = look.hollow ? null : cellsInView(slab, z, view)
      if (cells !== null) pages.push({ slab, index, look, front, z, cells, room: 0 })
    }
    return pages
  }

  /** Whether the number of a cell can be read in a view. */
  isPrinted({ slab, column, row }: SlabCell, view: View, lookOf: (slab: number) => DigitLook): boolean {
    const { pages, rooms } = this.layOut(view, lookOf)
    const page = pages.find(({ index }) => index === slab)
    const room = page && rooms.get(page.slab.tensor)
    return page !== undefined && room !== undefined && this.strengthsOn(page, Math.floor(room), view)(column, row) > 0
  }

  private gather(page: Page, room: number, view: View): void {
    const { slab, index, front, z, cells } = page
    const strengthAt = this.strengthsOn(page, room, view)
    const format = new NumberFormat(this.factsOf(slab.tensor), room)
    const texts = this.textsOf(index, room)
    const scale = this.scaleOf(index)
    for (let row = cells.bottom; row < cells.top; row++) {
      for (let column = cells.left; column < cells.right; column++) {
        const strength = strengthAt(column, row)
        if (strength === 0) continue
        const [x, y] = [slab.corner[0] + column + 0.5, slab.corner[1] + row + 0.5]
        const value = this.atlas.valueAt(index, column, row)
        const opacity = page.look.opacity(column, row)
        const cell = 2 * (row * slab.columns + column)
        if (texts[cell + 1] === 0) texts.set(write(value, format), cell)
        const text = [texts[cell] as number, texts[cell + 1] as number] as const
        this.texts.add(x, y, z, 1, text, format.width, front, (value / scale) * opacity, strength * opacity)
      }
    }
  }

  /** How far the number of each cell has come in, from 0 to 1. */
  private strengthsOn(
    { slab, index, look, z, room: pageRoom }: Page,
    room: number,
    view: View,
  ): (column: number, row: number) => number {
    const { width } = new NumberFormat(this.factsOf(slab.tensor), room)
    const entrance = strengthIn(pageRoom, width)
    return (column, row) => {
      if (entrance === 0) return 0
      const [x, y] = [slab.corner[0] + column + 0.5, slab.corner[1] + row + 0.5]
      const strength = Math.min(entrance, strengthAmong(roomAt(view, x, y, z, 1), width))
      const isThere = strength > 0 && this.atlas.valueAt(index, column, row) !== MARK.notComputed
      return isThere && look.opacity(column, row) > 0 ? strength : 0
    }
  }

  private factsOf(tensor: Tensor): NumberFacts {
    let facts = this.facts.get(tensor)
    if (facts === undefined) {
      facts = factsOf(this.numbersOf(tensor))
      this.facts.set(tensor, facts)
    }
    return facts
  }

  private *numbersOf(tensor: Tensor): Generator<number> {
    for (const [index, slab] of this.slabs.entries()) {
      if (slab.tensor !== tensor) continue
      for (let row = 0; row < slab.rows; row++) {
        for (let column = 0; column < slab.columns; column++) yield this.atlas.valueAt(index, column, row)
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

/** How many characters the numbers on a slab should have: as suits its middle, and no more than can be read where it is smallest. */
function roomOn({ corner }: Slab, { left, bottom, right, top }: CellRectangle, z: number, view: View): number {
  const room = (column: number, row: number) => roomAt(view, corner[0] + column, corner[1] + row, z, 1)
  const corners = [room(left, bottom), room(right, bottom), room(left, top), room(right, top)]
  const seen = corners.filter((each) => each > 0)
  const largest = Math.max(0, ...seen)
  const middle = room((left + right) / 2, (bottom + top) / 2) || largest
  const smallest = UNEVEN * Math.min(...seen.map((each) => Math.max(each, LEGIBLE_ROOM)))
  // Where only a part is near enough, that part is printed.
  return middle < LEGIBLE_ROOM ? largest : Math.min(middle, smallest)
}

function nearestDepth(slab: Slab, view: View): number {
  const offset = subtract(slab.corner, view.eye)
  const sizes: Vector = [slab.columns, slab.rows, slab.depth]
  return sizes.reduce(
    (depth, size, axis) => depth + Math.min(0, size * (view.forward[axis] as number)),
    dot(offset, view.forward),
  )
}

/** The columns and rows of a face that the view can show: all of them where the face reaches the horizon, null where none can be. */
function cellsInView(slab: Slab, z: number, view: View): CellRectangle | null {
  const all = { left: 0, bottom: 0, right: slab.columns, top: slab.rows }
  const seen = { left: Infinity, bottom: Infinity, right: -Infinity, top: -Infinity }
  let misses = 0
  for (const x of [0, view.width]) {
    for (const y of [0, view.height]) {
      const ray = rayThrough(view, x, y)
      const length = (z - view.eye[2]) / ray[2]
      if (!(length > 0)) {
        misses++
        continue
      }
      const column = view.eye[0] + length * ray[0] - slab.corner[0]
      const row = view.eye[1] + length * ray[1] - slab.corner[1]
      seen.left = Math.min(seen.left, column)
      seen.right = Math.max(seen.right, column)
      seen.bottom = Math.min(seen.bottom, row)
      seen.top = Math.max(seen.top, row)
    }
  }
  if (misses === 4) return null
  if (misses > 0) return all
  const cells = {
    left: Math.max(0, Math.floor(seen.left)),
    bottom: Math.max(0, Math.floor(seen.bottom)),
    right: Math.min(all.right, Math.ceil(seen.right)),
    top: Math.min(all.top, Math.ceil(seen.top)),
  }
  return cells.left < cells.right && cells.bottom < cells.top ? cells : null
}
