/**
 * The inset: where two tensors that belong together stand far apart, the second one is seen in a corner of the stage, through an eye of
 * its own, large enough to read. It shows the same world as the stage, and leaves in sight what the stage is there for.
 */
import type { Camera, Scene } from 'three'
import { CameraRig, NEAREST } from './camera'
import type { Emphasis } from './emphasis'
import type { Lineup } from './lineup'
import { faceOf } from './measuring'
import type { ModelView } from './model-view'
import { Obstacles } from './obstacles'
import type { Pane } from './panes'
import { heightOf, focalLength, project, type View } from './projection'
import { areaOf, contains, overlap, union, type Rectangle } from './rectangles'
import { Rulers } from './rulers'
import type { Selected } from './scenery'
import type { Screen } from './screen'
import { boundsOf, regionOnSlab, type CellRectangle, type Slab } from './slabs'
import { refresh, type ViewUniforms } from './uniforms'
import { depthRange } from './visible'

/** What is to be read together. */
export interface Togetherness {
  /** One cell of each tensor, the most important one first. */
  cells: readonly Selected[]
  /** How many of them the reader is asked to find; where there is little room, an inset shows none but these. */
  asked: number
  /** What the inset leaves in sight besides. */
  free: readonly Selected[]
}

/** What the inset is drawn with, and where its names stand. */
export interface InsetTools {
  screen: Screen
  world: Scene
  camera: Camera
  uniforms: ViewUniforms
  lineup: Lineup
  emphasis: Emphasis
  /** The eye of the stage. */
  rig: CameraRig
  invalidate: () => void
  layer: HTMLElement
}

/** So large a cell is in it, in pixels, on a wide stage and on a narrow one; and the air around the cells, for their indices. */
const WIDE = { cell: 42, air: 36, share: 0.46 }
const NARROW = { cell: 36, air: 28, share: 0.6 }
const NARROW_STAGE = 560
/** Above what it shows stands its title. */
export const HEAD = 28
const MARGIN = 8
/** So many cells to each side count as read with one of them. */
const REACH = 16
/** From so many pixels on a cell of the stage can be read, and needs no inset. */
const READ_CELL = 30
/** From where it looks, in degrees: nearly from the front. */
const AZIMUTH = 3
const ELEVATION = 3
/** It is so wide at least that there is room for its title. */
const LEAST_WIDTH = 224
/** What it costs to cover something: what is to stay in sight, letters or signs, all cells that can be read, and boxes; and not to be on the side of what it shows. */
const COVERED = 100
const WRITTEN_OVER = 2
const READ_OVER = 4
const BOX_OVER = 1
const OTHER_SIDE = 0.2
/** The room that the names and indices of what is read need beside it, in pixels. */
const NAMES = 56

/** A cell where it is drawn. */
interface Found {
  wanted: Selected
  slab: Slab
  cell: CellRectangle
}

/** What it may cover, each kind at its cost. */
interface Covers {
  /** What is to stay in sight. */
  kept: readonly Rectangle[]
  taken: readonly Rectangle[]
  /** Cells that can be read. */
  read: readonly Rectangle[]
  obstacles: Obstacles
}

/** What is seen at once: the cells, and a window in space around them, that far to the front. */
interface Sight {
  shown: readonly Found[]
  window: CellRectangle
  front: number
}

export class Inset {
  pane: Pane | null = null
  private readonly rig = new CameraRig()
  private readonly layer = document.createElement('div')
  private readonly rulers: Rulers
  private wanted: Togetherness | null = null
  /** Whether the eye of the stage may move aside for it, which it does once. */
  private mayMakeRoom = false
  private shown: readonly Found[] = []
  /** What was too far from the rest when it was opened. */
  private lacking = ''

  constructor(private readonly tools: InsetTools) {
    this.layer.className = 'stage-inset'
    this.layer.hidden = true
    tools.layer.append(this.layer)
    this.rulers = new Rulers(this.layer)
  }

  /** What is to be read together; null: nothing. What was shown before is not shown any more. */
  set(wanted: Togetherness | null, mayMakeRoom = false): void {
    this.wanted = wanted
    this.mayMakeRoom = mayMakeRoom
    this.close()
  }

  /** Moves on by the time that has passed. True while there is more to come. */
  step(now: number, isStill: boolean): boolean {
    this.rig.reducedMotion = isStill
    return this.pane !== null && this.rig.step(now)
  }

  /** Opens or closes it, as suits the view of the stage at rest, off what is `taken`; returns what no name may cover: itself, and what is read. */
  settle(view: View, taken: readonly Rectangle[], obstacles: Obstacles, isMoving: boolean): Rectangle[] {
    const { main } = this.tools.lineup
    if (main === null || this.wanted === null) this.close()
    else if (!isMoving) this.open(main, this.wanted, view, taken, obstacles)
    if (this.pane === null) return []
    const { place } = this.pane
    const { cells = [], free = [] } = this.wanted ?? {}
    return [headed(place), ...(main === null ? [] : facesOf(main, [...cells, ...free], view))]
  }

  /** Draws over the stage, which has been drawn. */
  draw(smooth: boolean): void {
    const { screen, world, camera, uniforms, lineup } = this.tools
    const { pane, shown } = this
    if (pane === null) return
    const { left, top, right, bottom } = pane.place
    const view = pane.rig.view()
    refresh(uniforms, view, screen.ratio, ...depthRange(lineup.models, lineup.bounds, view))
    for (const model of lineup.models) model.prepare(view, screen.ratio, !smooth)
    screen.drawPart(world, camera, smooth, { left, top, right, bottom })
    this.writeIndices(view, shown)
  }

  dispose(): void {
    this.rulers.dispose()
    this.layer.remove()
  }

  private writeIndices(view: View, shown: readonly Found[]): void {
    const { lineup, emphasis } = this.tools
    const { main } = lineup
    if (main === null) return
    const { hovered, looks } = emphasis
    const chosenSlab = main.slabs[looks?.chosen?.slab ?? -1]
    const subjects = shown.map(({ slab }) => {
      const isHere = hovered?.model === main && main.slabs[hovered.slab] === slab
      const chosen = chosenSlab === slab ? (looks?.chosen?.cell ?? null) : null
      const cell = isHere ? hovered : chosen && { column: chosen.left, row: chosen.bottom }
      return { model: main, slab, cell, isMeant: true }
    })
    this.rulers.update(view, subjects, new Obstacles(view.width, view.height), [], [])
  }

  private close(): void {
    this.pane = null
    this.shown = []
    this.layer.hidden = true
  }

  private open(
    main: ModelView,
    { cells, asked, free }: Togetherness,
    view: View,
    taken: readonly Rectangle[],
    obstacles: Obstacles,
  ): void {
    const few = view.width < NARROW_STAGE ? cells.slice(0, asked + 1) : cells
    const found = few.flatMap((wanted) => find(main, wanted) ?? [])
    const isRead = (one: Found) => faceOf(view, one.slab, one.cell).some((face) => isReadable(face, view))
    const apart = found.filter((one) => !isRead(one))
    const [first, ...others] = apart
    // Where nothing of it can be read, one looks at something else.
    const near = found.filter(isRead)
    if (first === undefined || near.length === 0) {
      this.close()
      return
    }
    const kept = facesOf(main, [...near.map(({ wanted }) => wanted), ...free], view)
    const lacking = JSON.stringify(apart.map(({ wanted, slab }) => [wanted, main.slabs.indexOf(slab)]))
    const { pane } = this
    const isClear = pane !== null && kept.every((face) => overlap(face, headed(pane.place)) === 0)
    if (isClear && lacking === this.lacking) return
    this.lacking = lacking
    const covers = {
      kept,
      taken,
      obstacles,
      read: near.flatMap(({ slab, cell }) => faceOf(view, slab, around(cell, filledOf(main, slab)))),
    }
    const measures = view.width < NARROW_STAGE ? NARROW : WIDE
    const isAimed = (rest: readonly Found[]) =>
      this.aim(sightOf(main, first, rest, view, measures), view, measures, covers)
    // Where there is no room for all that can be seen at once, there may be for the first.
    if (!isAimed(others) && !isAimed([])) this.close()
  }

  /** Moves the eye of the stage so that nothing that is read lies under it, where a small way is enough. */
  private makeRoom(place: Rectangle, read: readonly Rectangle[], view: View): void {
    const covered = read.filter((face) => overlap(face, place) > 0)
    if (covered.length === 0) return
    const { left, top, right, bottom } = cutTo(view, union(covered))
    const across = wayOut([left, right], [place.left, place.right], view.width)
    const down = wayOut([top, bottom], [place.top, place.bottom], view.height)
    if (across !== 0 && (down === 0 || Math.abs(across) <= Math.abs(down))) this.tools.rig.pan(across, 0)
    else if (down !== 0) this.tools.rig.pan(0, down)
    else return
    this.tools.invalidate()
  }

  /** False: nowhere is room for it. */
  private aim({ shown, window, front }: Sight, view: View, measures: typeof WIDE, covers: Covers): boolean {
    const width = Math.max(LEAST_WIDTH, (window.right - window.left) * measures.cell + 2 * measures.air)
    // In a lower one, the eye would have to be nearer than it comes.
    const least = heightOf(NEAREST * measures.cell)
    const height = Math.max(least, (window.top - window.bottom) * measures.cell + 2 * measures.air)
    const target = middleOf(window, front)
    const place = placeFor(width, height, view, project(view, target), covers)
    if (place === null) return false
    this.rig.setBounds(this.tools.lineup.bounds)
    this.rig.setViewport(width, height)
    this.rig.jump({
      target,
      distance: focalLength(height) / measures.cell,
      azimuth: AZIMUTH,
      elevation: ELEVATION,
      parallel: false,
    })
    this.pane = { rig: this.rig, cells: shown.map(({ wanted }) => wanted), place }
    this.shown = shown
    if (this.mayMakeRoom) this.makeRoom(headed(place), covers.read, view)
    this.mayMakeRoom = false
    this.layer.hidden = false
    Object.assign(this.layer.style, {
      left: `${place.left}px`,
      top: `${place.top}px`,
      width: `${width}px`,
      height: `${height}px`,
    })
    return true
  }
}

/** By how much what is read has to be moved along one direction to come out from under an inset, as far as there is room; 0 where that is not enough. */
function wayOut([low, high]: [number, number], [covered, end]: [number, number], room: number): number {
  const isAfter = covered + end > room
  const way = isAfter ? covered - high : end - low
  const most = isAfter ? low - NAMES : room - NAMES - high
  return Math.abs(way) <= most ? way : 0
}

/** What cells take up of a view. */
function facesOf(main: ModelView, cells: readonly Selected[], view: View): Rectangle[] {
  return cells.flatMap((wanted) => find(main, wanted) ?? []).flatMap(({ slab, cell }) => faceOf(view, slab, cell))
}

/** Null where it is not drawn. */
function find(main: ModelView, wanted: Selected): Found | null {
  const region = wanted.index?.map((position) => [position, position + 1] as const) ?? []
  for (const slab of main.slabs) {
    const cell = slab.tensor.name === wanted.tensor ? regionOnSlab(slab, region) : null
    if (cell !== null) return { wanted, slab, cell }
  }
  return null
}

/** The cells that have been computed. */
function filledOf(main: ModelView, slab: Slab): CellRectangle {
  const shape = main.numbersOf(slab.tensor.name)?.shape ?? []
  const region = shape.map((length, axis) =>
    axis === slab.x.axis || axis === slab.y.axis ? ([0, length] as const) : ([0, Infinity] as const),
  )
  return regionOnSlab(slab, region) ?? { left: 0, bottom: 0, right: slab.columns, top: slab.rows }
}

function isReadable(face: Rectangle, { width, height }: View): boolean {
  const isLarge = face.right - face.left >= READ_CELL && face.bottom - face.top >= READ_CELL / 2
  return isLarge && contains({ left: 0, top: 0, right: width, bottom: height }, face)
}

/** Of cells, those near enough to one of them to be seen at once. */
function around(cell: CellRectangle, { left, bottom, right, top }: CellRectangle): CellRectangle {
  return {
    left: Math.max(left, cell.left - REACH),
    bottom: Math.max(bottom, cell.bottom - REACH),
    right: Math.min(right, cell.right + REACH),
    top: Math.min(top, cell.top + REACH),
  }
}

/** The first, and of the others what is so near to it that there is room for both. */
function sightOf(main: ModelView, first: Found, others: readonly Found[], view: View, measures: typeof WIDE): Sight {
  const most = { columns: roomFor(view.width, measures), rows: roomFor(view.height, measures) }
  const frontOf = ({ slab }: Found) => slab.corner[2] + slab.depth
  const windowOf = ({ slab, cell }: Found) => {
    const { left, bottom, right, top } = windowAround(cell, filledOf(main, slab), most)
    const [x, y] = slab.corner
    return { left: x + left, bottom: y + bottom, right: x + right, top: y + top }
  }
  const shown = [first]
  let window: CellRectangle = windowOf(first)
  for (const one of others) {
    const all = boundsOf([window, windowOf(one)]) ?? window
    if (all.right - all.left > most.columns || all.top - all.bottom > most.rows || frontOf(one) !== frontOf(first)) {
      continue
    }
    window = all
    shown.push(one)
  }
  return { shown, window, front: frontOf(first) }
}

/** How many cells there is room for along one side of the stage. */
function roomFor(side: number, { cell, air, share }: typeof WIDE): number {
  return Math.max(1, Math.floor((share * side - 2 * air) / cell))
}

/** As many cells as there is room for, around the one that matters. */
function windowAround(
  cell: CellRectangle,
  filled: CellRectangle,
  most: { columns: number; rows: number },
): CellRectangle {
  const along = (at: number, low: number, high: number, room: number): [number, number] => {
    const count = Math.min(high - low, room)
    const start = Math.max(low, Math.min(high - count, at - Math.floor((count - 1) / 2)))
    return [start, start + count]
  }
  const [left, right] = along(cell.left, filled.left, filled.right, most.columns)
  const [bottom, top] = along(cell.bottom, filled.bottom, filled.top, most.rows)
  return { left, bottom, right, top }
}

function middleOf({ left, bottom, right, top }: CellRectangle, front: number): [number, number, number] {
  return [(left + right) / 2, (bottom + top) / 2, front]
}

/** The corner of the stage where it covers least, the one towards `shown` among equals; null: everywhere it would cover what is to stay in sight. */
function placeFor(
  width: number,
  height: number,
  view: View,
  shown: { x: number; y: number; depth: number },
  { kept, taken, read, obstacles }: Covers,
): Rectangle | null {
  const side = (at: number, room: number) => Math.max(-1, Math.min(1, (2 * at) / room - 1)) * Math.sign(shown.depth)
  const corners = [1, -1].flatMap((across) =>
    [1, -1].map((down) => {
      const left = across > 0 ? Math.round(view.width - width - MARGIN) : MARGIN
      const top = HEAD + (down > 0 ? Math.round(view.height - height - HEAD - MARGIN) : MARGIN)
      const place = { left, top, right: left + width, bottom: top + height }
      const all = headed(place)
      const hits = (others: readonly Rectangle[]) => others.filter((other) => overlap(all, other) > 0).length
      const covered = read.reduce((area, other) => area + overlap(all, other), 0) / areaOf(all)
      const aside = across * side(shown.x, view.width) + down * side(shown.y, view.height)
      return {
        place,
        cost:
          COVERED * hits(kept) +
          WRITTEN_OVER * hits(taken) +
          READ_OVER * covered +
          BOX_OVER * Math.min(1, obstacles.covered(all, null, 0)) -
          OTHER_SIDE * aside,
      }
    }),
  )
  const [best] = corners.sort((one, other) => one.cost - other.cost)
  return best === undefined || best.cost >= COVERED / 2 ? null : best.place
}

function cutTo({ width, height }: View, { left, top, right, bottom }: Rectangle): Rectangle {
  return {
    left: Math.max(0, left),
    top: Math.max(0, top),
    right: Math.min(width, right),
    bottom: Math.min(height, bottom),
  }
}

function headed(place: Rectangle): Rectangle {
  return { ...place, top: place.top - HEAD }
}
