/**
 * Heads fanned out: matrices that stand behind one another are laid side by side, each with its name over it, in front of the model and at
 * its scale. Where the tokens at hand fill only a part of a matrix, the next one begins right after that part.
 */
import type { Bounds, Vector } from '../protocol/types'
import { eased } from './flight'
import type { ModelView, Wording } from './model-view'
import type { Obstacles } from './obstacles'
import { screenBounds, subtract, union, type View } from './projection'
import { areaOf, type Rectangle } from './rectangles'
import { boundsOf, regionOnSlab, type Slab } from './slabs'

/** A tensor whose matrices lie side by side. */
export interface Fanned {
  /** The axis along which they stood behind one another, by its place in the tensor's. */
  axis: number
  /** By index along that axis: how far from its usual place. */
  shifts: readonly Vector[]
  /** Around all that is filled. */
  bounds: Bounds
}

const MILLISECONDS = 320
/** How far in front of the model, in cells. */
const IN_FRONT = 6
/** What begins right after another one lies in front of it. */
const OVER = 0.06
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
  let place = 0
  for (const row of rows) {
    const height = Math.max(...row.map((sheaf) => sheaf.height))
    let left = home.min[0] + (home.size[0] - widthOf(row)) / 2
    for (const sheaf of row) {
      const { name, axis, corners, width, gap } = sheaf
      const begin: Vector = [left, top - sheaf.height, front]
      const goals = corners.map((_, index): Vector => [
        left + index * (width + gap),
        top - sheaf.height,
        front + OVER * place++,
      ])
      const shifts = goals.map((goal, index) => subtract(goal, corners[index] as Vector))
      plan.set(name, { axis, shifts, bounds: { min: begin, size: [spanOf(sheaf), sheaf.height, 1] } })
      left += spanOf(sheaf) + BETWEEN_COLUMNS
    }
    top -= height + BETWEEN_ROWS
  }
  return plan
}

function sheafOf(model: ModelView, name: string): Sheaf {
  const slabs = model.slabs.filter(({ tensor }) => tensor.name === name)
  const axis = model.stacks.get(name) as number
  const shape = model.numbersOf(name)?.shape ?? model.tensors.get(name)?.shape ?? []
  const filled = new Map<number, Bounds[]>()
  for (const slab of slabs) {
    const head = slab.base[axis] as number
    filled.set(head, [...(filled.get(head) ?? []), filledOf(slab, shape)])
  }
  const whole = [...filled.keys()].sort((one, other) => one - other).map((head) => union(filled.get(head) as Bounds[]))
  const [width, height] = (whole[0] as Bounds).size
  const corners = whole.map(({ min }) => min)
  return { name, axis, corners, width, height, gap: Math.max(LEAST_GAP, Math.ceil(GAP * width)) }
}

/** The part of a slab that the tokens at hand fill, where the slab usually stands. */
function filledOf(slab: Slab, shape: readonly number[]): Bounds {
  const all = { left: 0, bottom: 0, right: slab.columns, top: slab.rows }
  const cells =
    regionOnSlab(
      slab,
      shape.map((length, place) => (place === slab.x.axis || place === slab.y.axis ? [0, length] : [0, Infinity])),
    ) ?? all
  const { left, bottom, right, top } = boundsOf([cells]) ?? all
  const [x, y, z] = slab.home
  return { min: [x + left, y + bottom, z], size: [right - left, top - bottom, slab.depth] }
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

/** A name over one of the matrices. */
interface Name {
  element: HTMLElement
  slab: Slab
  width: number
}

const NAME_HEIGHT = 18

export class Fan {
  private model: ModelView | null = null
  private moves: { slab: number; from: Vector; to: Vector }[] = []
  private started: number | null = null
  private names: Name[] = []

  constructor(
    private readonly layer: HTMLElement,
    private readonly wording: Wording,
  ) {}

  /** Lays the matrices of these tensors side by side, and those of all others behind one another. */
  set(model: ModelView, tensors: readonly string[], animate: boolean): void {
    this.model = model
    model.setFanned(planFan(model, new Set(tensors)))
    this.moves = model.slabs.flatMap((slab, index) => {
      const to = goalOf(model, slab)
      return to.every((value, axis) => value === slab.corner[axis]) ? [] : [{ slab: index, from: slab.corner, to }]
    })
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
    this.dispose()
    const { model } = this
    for (const slab of model?.slabs ?? []) {
      const axis = model?.fanned.get(slab.tensor.name)?.axis
      if (model === null || axis === undefined) continue
      const element = document.createElement('div')
      element.className = 'stage-head'
      element.textContent = this.wording.position(slab.tensor.axes[axis] as string, slab.base[axis] as number)
      element.hidden = true
      this.layer.append(element)
      this.names.push({ element, slab, width: 0 })
    }
  }

  /** Puts the names in their places; returns the parts of the screen that they take up. */
  writeTexts(view: View, obstacles: Obstacles): Rectangle[] {
    const taken: Rectangle[] = []
    for (const name of this.names) {
      const place = this.moves.length > 0 ? null : placeOf(name, view, this.model as ModelView)
      name.element.hidden = place === null
      if (place === null) continue
      name.element.style.transform = `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`
      taken.push(place)
      // Rulers had better be laid along the other side.
      if (areaOf(place) > 0) obstacles.add(place, 'box', '', 4)
    }
    return taken
  }

  dispose(): void {
    for (const { element } of this.names.splice(0)) element.remove()
  }
}

/** Where a slab is to be. */
function goalOf(model: ModelView, slab: Slab): Vector {
  const fanned = model.fanned.get(slab.tensor.name)
  const shift = fanned?.shifts[slab.base[fanned.axis] as number]
  return shift === undefined ? slab.home : (slab.home.map((value, axis) => value + (shift[axis] as number)) as Vector)
}

/** Over the middle of what is filled; null where that is out of view or narrower than the name. */
function placeOf(name: Name, view: View, model: ModelView): Rectangle | null {
  const { slab, element } = name
  const shape = model.numbersOf(slab.tensor.name)?.shape ?? slab.tensor.shape
  const filled = filledOf(slab, shape)
  const offset = subtract(slab.corner, slab.home)
  const here = { min: filled.min.map((value, axis) => value + (offset[axis] as number)) as Vector, size: filled.size }
  const screen = screenBounds(view, here, 0)
  if (screen === null) return null
  if (name.width === 0) {
    element.hidden = false
    name.width = element.offsetWidth
  }
  if (screen.right - screen.left < name.width) return null
  const left = (screen.left + screen.right - name.width) / 2
  const top = screen.top - NAME_HEIGHT - 1
  if (top < 0 || left < 0 || left + name.width > view.width || top + NAME_HEIGHT > view.height) return null
  return { left, top, right: left + name.width, bottom: top + NAME_HEIGHT }
}
