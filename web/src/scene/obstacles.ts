/**
 * What lies on the screen and should not be written over: rectangles in a coarse grid, so that asking what a text would cover is cheap.
 */
import { apart, areaOf, common, overlap, widened, type Rectangle } from './rectangles'

const CELL = 64
/** Of what a name covers of another box, so much at least is to lie within its own. */
const OWN_SHARE = 0.5

interface Obstacle {
  rectangle: Rectangle
  /** A slice is a part of a box that lies aslant, whose outline covers less than the rectangle around it. */
  kind: 'box' | 'outline' | 'slice' | 'ribbon'
  /** What the thing whose box it is is called; see ModelView.labelName. */
  owner: string
  /** How much it matters that it can be seen, where 1 is usual. */
  weight: number
}

export class Obstacles {
  private readonly columns: number
  private readonly rows: number
  private readonly cells: Obstacle[][]

  constructor(width: number, height: number) {
    this.columns = Math.max(1, Math.ceil(width / CELL))
    this.rows = Math.max(1, Math.ceil(height / CELL))
    this.cells = Array.from({ length: this.columns * this.rows }, () => [])
  }

  add(rectangle: Rectangle, kind: Obstacle['kind'], owner: string, weight: number): void {
    const obstacle = { rectangle, kind, owner, weight }
    this.visit(rectangle, (cell) => cell.push(obstacle))
  }

  /**
   * How much of a rectangle lies over obstacles, the box of `owner` (null: none) left out: 0 nothing, 1 all of it (or more, where they overlap).
   * Each counts by its weight, and of ribbons that matter no more than usual `ribbonWeight` of it.
   */
  covered(rectangle: Rectangle, owner: string | null, ribbonWeight: number): number {
    const seen = new Set<Obstacle>()
    let area = 0
    this.visit(rectangle, (cell) => {
      for (const obstacle of cell) {
        if (obstacle.kind === 'outline' || obstacle.owner === owner || seen.has(obstacle)) continue
        seen.add(obstacle)
        area +=
          overlap(rectangle, obstacle.rectangle) *
          obstacle.weight *
          (obstacle.kind !== 'ribbon' || obstacle.weight > 1 ? 1 : ribbonWeight)
      }
    })
    return area / areaOf(rectangle)
  }

  /**
   * Whether a text at `place` can only be taken for the name of the thing at `own`: it stands on no other box where that one is not seen
   * too, and, unless a line leads from it, nearer to none. `isPart`: whether a box belongs to the thing.
   */
  isClear(
    place: Rectangle,
    own: Rectangle,
    isLed: boolean,
    isPart: (owner: string, box: Rectangle) => boolean,
  ): boolean {
    const away = apart(place, own)
    const reach = isLed ? 0 : away + 1
    let clear = true
    this.visit(widened(place, reach), (cell) => {
      for (const { kind, rectangle, owner } of cell) {
        if (!clear || (kind !== 'box' && kind !== 'outline') || isPart(owner, rectangle)) continue
        const on = common(place, rectangle)
        const isOn = on !== null && overlap(on, own) < OWN_SHARE * areaOf(on)
        if (isOn || (!isLed && apart(place, rectangle) < away)) clear = false
      }
    })
    return clear
  }

  private visit({ left, top, right, bottom }: Rectangle, visitor: (cell: Obstacle[]) => void): void {
    const first = Math.max(0, Math.floor(left / CELL))
    const last = Math.min(this.columns - 1, Math.floor(right / CELL))
    for (
      let row = Math.max(0, Math.floor(top / CELL));
      row <= Math.min(this.rows - 1, Math.floor(bottom / CELL));
      row++
    ) {
      for (let column = first; column <= last; column++) visitor(this.cells[row * this.columns + column] as Obstacle[])
    }
  }
}
