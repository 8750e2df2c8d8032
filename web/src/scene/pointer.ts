/**
 * Which cell is pointed at, by mouse, finger or keyboard, and where a cell is on the screen.
 */
import type { Vector } from '../protocol/types'
import { Cursor, type CursorPlace } from './cursor'
import type { Emphasis } from './emphasis'
import type { CellHit, Listeners } from './events'
import type { Framing } from './framing'
import type { Lineup } from './lineup'
import type { Panes } from './panes'
import { pickAt, pickNear, type Hit } from './pointing'
import { regionOnSlab, type Slab } from './slabs'

export interface Point {
  x: number
  y: number
  /** Whether a finger is there. */
  finger: boolean
}

export class Pointer {
  /** Where the mouse or finger is; null: it is elsewhere, and what is pointed at was chosen with the keyboard. */
  private point: Point | null = null

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly panes: Panes,
    private readonly lineup: Lineup,
    private readonly framing: Framing,
    private readonly emphasis: Emphasis,
    private readonly listeners: Listeners,
  ) {}

  /**
   * Moves the cell that is pointed at by so many cells to the right, up, and towards the reader (heads stand behind one another), as the
   * keyboard does; where none is pointed at it begins at the selected one, or in the middle of the view. Returns it.
   */
  step(direction: Readonly<Vector>): CellHit | null {
    return this.pointAt((cursor, place) => cursor.step(place, direction))
  }

  /** The same from tensor to tensor: to the nearest one to the right (x) or up (y). */
  leap(x: number, y: number): CellHit | null {
    return this.pointAt((cursor, place) => cursor.leap(place, x, y))
  }

  /** Points at no cell any more. */
  unpoint(): void {
    this.setHovered(null, null)
  }

  click(point: Point): void {
    const hit = this.hitUnder(point)
    this.unpoint()
    this.listeners.tell('click', hit === null ? null : describe(hit, point))
  }

  hover(point: Point | null): void {
    this.point = point
    this.setHovered(point === null ? null : this.hitUnder(point), point)
  }

  /** The camera has come to rest: what is under the pointer now may be another cell, which nobody has pointed at. */
  settle(): void {
    const { hovered } = this.emphasis
    if (hovered === null) return
    if (this.point !== null) {
      if (!isSame(hovered, this.hitUnder(this.point))) this.setHovered(null, null)
      return
    }
    const { tensor, index } = describe(hovered, NOWHERE)
    this.setHovered(hovered, index === null ? null : this.locate(tensor, index))
  }

  /** Where a cell stands on the screen, in CSS pixels, or null when it is behind the eye. */
  locate(tensor: string, index: readonly number[]): Point | null {
    return this.locateRegion(
      tensor,
      index.map((position) => [position, position + 1] as const),
    )
  }

  /** The same for the middle of several cells. */
  locateRegion(tensor: string, region: readonly (readonly [number, number])[]): Point | null {
    for (const slab of this.lineup.main?.slabs ?? []) {
      const cell = slab.tensor.name === tensor ? regionOnSlab(slab, region) : null
      if (cell === null) continue
      const [left, bottom, back] = slab.corner
      const middle: Vector = [
        left + (cell.left + cell.right) / 2,
        bottom + (cell.bottom + cell.top) / 2,
        back + slab.depth,
      ]
      const { x, y, depth } = this.panes.locate(tensor, middle)
      return depth > 0 ? { x, y, finger: false } : null
    }
    return null
  }

  private pointAt(moved: (cursor: Cursor, place: CursorPlace) => CursorPlace): CellHit | null {
    const { main } = this.lineup
    if (main === null) return null
    const cursor = new Cursor(main)
    const here = this.placeOn(cursor)
    const place = here === null ? cursor.begin(this.panes.main.view()) : moved(cursor, here)
    const hit = cursor.hitAt(place)
    if (hit === null) return null
    this.framing.reveal([place.tensor])
    const point = this.locate(place.tensor, place.index) ?? NOWHERE
    this.point = null
    this.setHovered(hit, point)
    return describe(hit, point)
  }

  private placeOn(cursor: Cursor): CursorPlace | null {
    const { hovered, selection } = this.emphasis
    if (hovered !== null && hovered.model === this.lineup.main) return cursor.placeOf(hovered)
    return selection === null ? null : cursor.placeAt(selection)
  }

  private hitUnder({ x, y, finger }: Point): Hit | null {
    const glance = this.panes.at(x, y)
    return (finger ? pickNear : pickAt)(this.lineup.models, glance.rig.view(), glance.x, glance.y)
  }

  private setHovered(hit: Hit | null, point: Point | null): void {
    if (hit === null && this.emphasis.hovered === null) return
    if (!isSame(this.emphasis.hovered, hit)) {
      this.canvas.style.cursor = hit === null ? '' : 'crosshair'
      this.emphasis.hover(hit)
    }
    this.listeners.tell('hover', hit === null || point === null ? null : describe(hit, point))
  }
}

const NOWHERE: Point = { x: 0, y: 0, finger: false }

function isSame(one: Hit | null, other: Hit | null): boolean {
  return (
    one?.model === other?.model && one?.slab === other?.slab && one?.column === other?.column && one?.row === other?.row
  )
}

function describe({ model, slab, column, row }: Hit, point: Point): CellHit {
  const { tensor } = model.slabs[slab] as Slab
  return { model: model.description, about: tensor, tensor: tensor.name, ...model.cellAt(slab, column, row), ...point }
}
