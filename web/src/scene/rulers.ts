/**
 * Axis rulers: the indices along two edges of a slab that is near, with the letter of its axis at the end
 * and, along positions, the token that stands there.
 */
import type { Obstacles } from './obstacles'
import { project, type View } from './projection'
import { around, overlap, type Rectangle } from './rectangles'
import type { Run, Slab } from './slabs'
import type { Vector } from '../model/types'

export interface RulerSubject {
  slab: Slab
  /** The cell that is pointed at or selected: its two ticks are always shown, and strongly. */
  cell: { column: number; row: number } | null
}

/** Text along a growing axis: what each position holds. */
export type PieceAt = (axis: string, index: number) => string | undefined

type Edge = 'top' | 'bottom' | 'left' | 'right'

interface Tick {
  element: HTMLElement
  text: string
  transform: string
  strong: boolean
}

/** Cells smaller than this, in pixels, get no ruler. */
const SMALLEST_CELL = 11
const HEIGHT = 16
const ROOM = { across: 24, down: 15 }
const ROOM_WITH_PIECE = 34
const MOST_TICKS = 160
/** A strip of figures may cover so much of itself with what is drawn beside the slab, unless the reader points at it. */
const COVER_LIMIT = 0.2
const RIBBON_WEIGHT = 0.15

export class Rulers {
  private readonly ticks: Tick[] = []
  private used = 0
  private taken: readonly Rectangle[] = []

  constructor(private readonly layer: HTMLElement, private readonly pieceAt: PieceAt) {}

  /** Lays rulers along these slabs, the first ones first, not under what is `taken`; returns the strips of the screen that they take up. */
  update(view: View, subjects: readonly RulerSubject[], obstacles: Obstacles, taken: readonly Rectangle[]): Rectangle[] {
    this.used = 0
    this.taken = taken
    const strips: Rectangle[] = []
    for (const { slab, cell } of subjects) {
      this.lay(view, slab, slab.x, slab.columns, cell?.column ?? null, ['top', 'bottom'], strips, obstacles)
      this.lay(view, slab, slab.y, slab.rows, cell?.row ?? null, ['left', 'right'], strips, obstacles)
    }
    for (const tick of this.ticks.slice(this.used)) this.write(tick, '', '', false)
    return strips
  }

  dispose(): void {
    for (const { element } of this.ticks.splice(0)) element.remove()
  }

  private lay(
    view: View, slab: Slab, run: Run, count: number, special: number | null, edges: [Edge, Edge], strips: Rectangle[],
    obstacles: Obstacles,
  ): void {
    const letter = slab.tensor.axes[run.axis]
    if (letter === undefined) return
    const pieces = this.pieceAt(letter, 0) !== undefined
    // The axis letter stands beyond the last index.
    const [start, beyond] = run.step > 0 ? [0, count + 0.2] : [count - 1, -1.2]
    const options = edges.map((edge) => {
      const at = (cell: number) => project(view, tickPlace(slab, cell, edge, view))
      const ends = [at(start), at(beyond)] as const
      const strip = stripOf(ends, edge, pieces)
      return { edge, at, ends, strip, cover: obstacles.covered(strip, slab.tensor.name, RIBBON_WEIGHT) }
    })
    const { edge, at, ends, strip, cover } = options[(options[1]?.cover ?? 1) < (options[0]?.cover ?? 1) - 0.1 ? 1 : 0] as typeof options[0]
    if (ends[0].depth <= 0 || ends[1].depth <= 0) return
    const spacing = Math.hypot(ends[1].x - ends[0].x, ends[1].y - ends[0].y) / (count + 0.2)
    if (spacing < SMALLEST_CELL || (special === null && cover > COVER_LIMIT)) return
    if (strips.some((other) => overlap(strip, other) > 0)) return
    strips.push(strip)
    const room = edges.includes('left') ? ROOM.down : pieces ? ROOM_WITH_PIECE : ROOM.across
    const step = roundStep(room / spacing)
    for (let cell = 0; cell < count; cell++) {
      const index = run.first + cell * run.step
      const strong = cell === special
      const crowded = special !== null && !strong && Math.abs(cell - special) * spacing < room * 0.8
      if (!strong && (index % step !== 0 || crowded)) continue
      const piece = this.pieceAt(letter, index)
      this.put(view, at(cell), piece === undefined ? String(index) : `${index} ${piece}`, strong, edge)
    }
    this.put(view, ends[1], letter, true, edge)
  }

  private put(view: View, { x, y }: { x: number; y: number }, text: string, strong: boolean, edge: Edge): void {
    if (x < 0 || y < 0 || x > view.width || y > view.height || this.used >= MOST_TICKS) return
    if (this.taken.some(({ left, top, right, bottom }) => x > left - 8 && x < right + 8 && y > top - 6 && y < bottom + HEIGHT)) return
    const [across, down, shift] = ANCHOR[edge]
    const tick = this.ticks[this.used] ?? this.make()
    this.used++
    this.write(tick, text, `translate(${(x + across).toFixed(1)}px, ${(y + down).toFixed(1)}px) translate(${shift})`, strong)
  }

  private write(tick: Tick, text: string, transform: string, strong: boolean): void {
    if (tick.text !== text) tick.element.textContent = tick.text = text
    if (tick.transform !== transform) tick.element.style.transform = tick.transform = transform
    if (tick.strong !== strong) tick.element.classList.toggle('strong', strong)
    tick.strong = strong
  }

  private make(): Tick {
    const element = document.createElement('div')
    element.className = 'stage-tick'
    this.layer.append(element)
    const tick = { element, text: '', transform: '', strong: false }
    this.ticks.push(tick)
    return tick
  }
}

/** Where a tick's text hangs on its place at each edge. */
const ANCHOR: Record<Edge, readonly [number, number, string]> = {
  top: [0, -2, '-50%, -100%'],
  bottom: [0, 2, '-50%, 0'],
  left: [-5, 0, '-100%, -50%'],
  right: [5, 0, '0, -50%'],
}

/** What the ticks between two ends may cover. */
function stripOf(ends: readonly { x: number; y: number }[], edge: Edge, pieces: boolean): Rectangle {
  const { left, top, right, bottom } = around(ends)
  const breadth = pieces ? 34 : 24
  if (edge === 'top') return { left: left - 8, right: right + 8, top: top - HEIGHT, bottom }
  if (edge === 'bottom') return { left: left - 8, right: right + 8, top, bottom: bottom + HEIGHT }
  if (edge === 'left') return { left: left - breadth, right: right - 3, top: top - 7, bottom: bottom + 7 }
  return { left: left + 3, right: right + breadth, top: top - 7, bottom: bottom + 7 }
}

/** Where a cell's tick stands: at the slab's edge, on the face that is turned to the eye. */
function tickPlace(slab: Slab, cell: number, edge: Edge, view: View): Vector {
  const [x, y, z] = slab.corner
  const front = view.eye[2] > z + slab.depth / 2
  const face = z + (front ? slab.depth : 0)
  if (edge === 'top') return [x + cell + 0.5, y + slab.rows + 0.2, face]
  if (edge === 'bottom') return [x + cell + 0.5, y - 0.2, face]
  return [(edge === 'left') === front ? x - 0.2 : x + slab.columns + 0.2, y + cell + 0.5, face]
}

/** The least of 1, 2, 5, 10, 20, 50 ... that is not under `least`. */
function roundStep(least: number): number {
  let power = 1
  for (;;) {
    for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power
    power *= 10
  }
}
