/**
 * Heads fanned out: matrices that stand behind one another are laid side by side, each with its name over it, in front of the model and at
 * its scale. Where the tokens at hand fill only a part of a matrix, only that part is shown.
 */
import type { Bounds, Vector } from '../protocol/types'
import { eased } from './flight'
import type { ModelView, Wording } from './model-view'
import type { Obstacles } from './obstacles'
import type { Fanned } from './fanned'
import { FanNames } from './fan-names'
import { subtract, union, type View } from './projection'
import type { Rectangle } from './rectangles'
import { regionOnSlab, type Extent, type Slab } from './slabs'

const MILLISECONDS = 320
/** How far in front of the model, in cells. */
const IN_FRONT = 6
/** Between two matrices of a tensor, at least and in shares of their width, and from tensor to tensor, in cells. */
const LEAST_GAP = 2
const GAP = 0.15
const BETWEEN_ROWS = 5
const BETWEEN_COLUMNS = 6
const MOST_COLUMNS = 3
/** The usual shape of the view: its width by its height. */
const ASPECT = 1.2

/** A tensor's matrices, as they are to lie. */
interface Sheaf {
  name: string
  axis: number
  /** Low corner of what is filled of each matrix, where it usually stands. */
  corners: Vector[]
  width: number
  height: number
  gap: number
}

/** Where the matrices of these tensors lie side by side: in rows, in the order of computing, as large as they can be seen together. */
export function planFan(model: ModelView, names: ReadonlySet<string>): Map<string, Fanned> {
  const sheaves = [...model.tensors.keys()]
    .filter((name) => names.has(name) && model.stacks.has(name))
    .map((name) => sheafOf(model, name))
  const plan = new Map<string, Fanned>()
  if (sheaves.length === 0) return plan
  const home = union(model.scene.boxes.filter(({ tensor }) => sheaves.some(({ name }) => name === tensor)))
  const front = model.bounds.min[2] + model.bounds.size[2] + IN_FRONT
  const rows = bestRows(sheaves)
  const size = sizeOf(rows)
  let top = home.min[1] + (home.size[1] + size.height) / 2
  for (const row of rows) {
    const height = Math.max(...row.map((sheaf) => sheaf.height))
    let left = home.min[0] + (home.size[0] - widthOf(row)) / 2
    for (const sheaf of row) {
      const { name, axis, corners, width, gap } = sheaf
      const begin: Vector = [left, top - sheaf.height, front]
      const goals = corners.map((_, index): Vector => [left + index * (width + gap), top - sheaf.height, front])
      const shifts = goals.map((goal, index) => subtract(goal, corners[index] as Vector))
      plan.set(name, { axis, shifts, bounds: { min: begin, size: [spanOf(sheaf), sheaf.height, 1] } })
      left += spanOf(sheaf) + BETWEEN_COLUMNS
    }
    top -= height + BETWEEN_ROWS
  }
  return plan
}

function sheafOf(model: ModelView, name: string): Sheaf {
  const axis = model.stacks.get(name) as number
  const byHead = new Map<number, Bounds[]>()
  for (const slab of model.slabs) {
    if (slab.tensor.name !== name) continue
    const { corner, columns, rows } = filledOf(slab, model)
    const head = slab.base[axis] as number
    byHead.set(head, [...(byHead.get(head) ?? []), { min: corner, size: [columns, rows, slab.depth] }])
  }
  const matrices = [...byHead].sort(([one], [other]) => one - other).map(([, bounds]) => union(bounds))
  const [width, height] = (matrices[0] as Bounds).size
  const corners = matrices.map(({ min }) => min)
  return { name, axis, corners, width, height, gap: Math.max(LEAST_GAP, Math.ceil(GAP * width)) }
}

/** The part of a slab that the tokens at hand fill, where the slab usually stands. */
function filledOf({ tensor, base, depth, home }: Slab, model: ModelView): Extent {
  const { corner, columns, rows, x, y } = home
  const along = [x.axis, y.axis]
  const shape = model.numbersOf(tensor.name)?.shape ?? tensor.shape
  const region = shape.map((length, place) => [0, along.includes(place) ? length : Infinity] as const)
  const filled = regionOnSlab({ ...home, tensor, base, depth, home }, region)
  const { left, bottom, right, top } = filled ?? { left: 0, bottom: 0, right: columns, top: rows }
  return {
    corner: [corner[0] + left, corner[1] + bottom, corner[2]],
    columns: right - left,
    rows: top - bottom,
    x: { ...x, first: x.first + left * x.step },
    y: { ...y, first: y.first + bottom * y.step },
  }
}

function spanOf({ corners, width, gap }: Sheaf): number {
  return corners.length * (width + gap) - gap
}

function widthOf(row: readonly Sheaf[]): number {
  return row.reduce((width, sheaf) => width + spanOf(sheaf), (row.length - 1) * BETWEEN_COLUMNS)
}

function sizeOf(rows: readonly (readonly Sheaf[])[]): { width: number; height: number } {
  const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)))
  return {
    width: Math.max(...rows.map(widthOf)),
    height: heights.reduce((sum, height) => sum + height, (rows.length - 1) * BETWEEN_ROWS),
  }
}

/** In as many columns as makes the cells largest. */
function bestRows(sheaves: readonly Sheaf[]): Sheaf[][] {
  const options = Array.from({ length: Math.min(MOST_COLUMNS, sheaves.length) }, (_, more) => {
    const columns = more + 1
    const rows: Sheaf[][] = []
    for (let first = 0; first < sheaves.length; first += columns) rows.push(sheaves.slice(first, first + columns))
    const { width, height } = sizeOf(rows)
    return { rows, length: Math.max(width / ASPECT, height) }
  })
  return options.reduce((best, option) => (option.length < best.length ? option : best)).rows
}

export class Fan {
  private model: ModelView | null = null
  private moves: { slab: number; from: Vector; to: Vector }[] = []
  private started: number | null = null
  private readonly names: FanNames

  constructor(layer: HTMLElement, wording: Wording) {
    this.names = new FanNames(layer, wording)
  }

  /** Lays the matrices of these tensors side by side, and those of all others behind one another. */
  set(model: ModelView, tensors: readonly string[], animate: boolean): void {
    this.model = model
    model.setFanned(planFan(model, new Set(tensors)))
    const reshaped = new Map<number, Extent>()
    this.moves = model.slabs.flatMap((slab, index) => {
      const fanned = model.fanned.get(slab.tensor.name)
      const extent = fanned === undefined ? slab.home : filledOf(slab, model)
      const shift = fanned?.shifts[slab.base[fanned.axis] as number] ?? [0, 0, 0]
      const from = fromWhere(slab, extent)
      const to = extent.corner.map((value, axis) => value + (shift[axis] as number)) as Vector
      if (slab.columns !== extent.columns || slab.rows !== extent.rows) reshaped.set(index, { ...extent, corner: from })
      return to.every((value, axis) => value === from[axis]) ? [] : [{ slab: index, from, to }]
    })
    if (reshaped.size > 0) model.reshape(reshaped)
    this.started = null
    if (!animate) this.arrive(1)
    this.write()
  }

  /** Moves on; true while there is more to come. */
  step(now: number): boolean {
    if (this.moves.length === 0) return false
    this.started ??= now
    this.arrive(Math.min(1, (now - this.started) / MILLISECONDS))
    return true
  }

  private arrive(share: number): void {
    const way = eased(share)
    for (const { slab, from, to } of this.moves) {
      const here = from.map((value, axis) => value + ((to[axis] as number) - value) * way) as Vector
      this.model?.moveSlab(slab, share < 1 ? here : to)
    }
    if (share === 1) this.moves = []
  }

  /** Writes the names anew: the tensors or the language are others. */
  write(): void {
    if (this.model !== null) this.names.write(this.model)
  }

  /** Puts the names in their places; returns the parts of the screen that they take up. */
  writeTexts(view: View, obstacles: Obstacles): Rectangle[] {
    return this.names.place(view, obstacles, this.moves.length > 0)
  }

  dispose(): void {
    this.names.dispose()
  }
}

/** Where a slab is that is to have other cells, without any of them moving. */
function fromWhere(slab: Slab, extent: Extent): Vector {
  const cut = (run: 'x' | 'y') => (extent[run].first - slab[run].first) * extent[run].step
  const [x, y, z] = slab.corner
  return [x + cut('x'), y + cut('y'), z]
}
