/**
 * Axis rulers: the indices along the upper and the left edge of a slab that is near, with the letter of its axis at the end
 * and, along positions, the token that stands there.
 */
import { project, type View } from './camera'
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

interface Tick {
  element: HTMLElement
  text: string
  transform: string
  strong: boolean
}

/** Cells smaller than this, in pixels, get no ruler. */
const SMALLEST_CELL = 11
const RULER_HEIGHT = 16
const ROOM = { across: 24, down: 15 }
const ROOM_WITH_PIECE = 34
const MOST_TICKS = 160

export class Rulers {
  private readonly ticks: Tick[] = []
  private used = 0

  constructor(private readonly layer: HTMLElement, private readonly pieceAt: PieceAt) {}

  /** Lays rulers along these slabs, the first ones first; returns the strips of the screen that they take up. */
  update(view: View, subjects: readonly RulerSubject[]): Rectangle[] {
    this.used = 0
    const strips: Rectangle[] = []
    for (const { slab, cell } of subjects) {
      this.lay(view, slab, slab.x, slab.columns, cell?.column ?? null, 'across', strips)
      this.lay(view, slab, slab.y, slab.rows, cell?.row ?? null, 'down', strips)
    }
    for (const tick of this.ticks.slice(this.used)) this.write(tick, '', '', false)
    return strips
  }

  dispose(): void {
    for (const { element } of this.ticks.splice(0)) element.remove()
  }

  private lay(
    view: View, slab: Slab, run: Run, count: number, special: number | null, along: 'across' | 'down', strips: Rectangle[],
  ): void {
    const letter = slab.tensor.axes[run.axis]
    if (letter === undefined) return
    const at = (cell: number) => project(view, tickPlace(slab, cell, along, view))
    // The axis letter stands beyond the last index.
    const ends = [at(run.step > 0 ? 0 : count - 1), at(run.step > 0 ? count + 0.2 : -1.2)] as const
    if (ends[0].depth <= 0 || ends[1].depth <= 0) return
    const spacing = Math.hypot(ends[1].x - ends[0].x, ends[1].y - ends[0].y) / (count + 0.2)
    if (spacing < SMALLEST_CELL) return
    const pieces = this.pieceAt(letter, 0) !== undefined
    const strip = stripOf(ends, along, pieces)
    if (strips.some((other) => overlap(strip, other) > 0)) return
    strips.push(strip)
    const room = along === 'down' ? ROOM.down : pieces ? ROOM_WITH_PIECE : ROOM.across
    const step = roundStep(room / spacing)
    for (let cell = 0; cell < count; cell++) {
      const index = run.first + cell * run.step
      const strong = cell === special
      const crowded = special !== null && !strong && Math.abs(cell - special) * spacing < room * 0.8
      if (!strong && (index % step !== 0 || crowded)) continue
      const piece = this.pieceAt(letter, index)
      this.put(view, at(cell), piece === undefined ? String(index) : `${index} ${piece}`, strong, along)
    }
    this.put(view, ends[1], letter, true, along)
  }

  private put(view: View, { x, y }: { x: number; y: number }, text: string, strong: boolean, along: 'across' | 'down'): void {
    if (x < 0 || y < 0 || x > view.width || y > view.height || this.used >= MOST_TICKS) return
    const shift = along === 'across' ? 'translate(-50%, -100%)' : 'translate(-100%, -50%)'
    const offset = along === 'across' ? [0, -2] as const : [-5, 0] as const
    const tick = this.ticks[this.used] ?? this.make()
    this.used++
    this.write(tick, text, `translate(${(x + offset[0]).toFixed(1)}px, ${(y + offset[1]).toFixed(1)}px) ${shift}`, strong)
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

/** What the ticks between two ends may cover. */
function stripOf(ends: readonly { x: number; y: number }[], along: 'across' | 'down', pieces: boolean): Rectangle {
  const { left, top, right, bottom } = around(ends)
  if (along === 'across') return { left: left - 8, right: right + 8, top: top - RULER_HEIGHT, bottom }
  return { left: left - (pieces ? 34 : 24), right: right - 3, top: top - 7, bottom: bottom + 7 }
}

/** Where a cell's tick stands: at the slab's edge, on the face that is turned to the eye. */
function tickPlace(slab: Slab, cell: number, along: 'across' | 'down', view: View): Vector {
  const [x, y, z] = slab.corner
  const front = view.eye[2] > z + slab.depth / 2
  const face = z + (front ? slab.depth : 0)
  if (along === 'across') return [x + cell + 0.5, y + slab.rows + 0.2, face]
  return [front ? x - 0.2 : x + slab.columns + 0.2, y + cell + 0.5, face]
}

/** The least of 1, 2, 5, 10, 20, 50 ... that is not under `least`. */
function roundStep(least: number): number {
  let power = 1
  for (;;) {
    for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power
    power *= 10
  }
}
