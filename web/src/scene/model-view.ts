/**
 * One model on the stage: its tensors as slabs of cells, its ribbons, backdrops and digits, and the names of its parts. Several
 * of them can stand beside one another at one scale. It knows no tensor by name.
 */
import type { Mesh } from 'three'
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import { untrainedRegion } from '../protocol/untrained'
import { valueAt } from '../protocol/tensors'
import type { Bounds, Box, Description, Ribbon, Scene, Tensor, Vector } from '../protocol/types'
import { Atlas } from './atlas'
import { blanksOf } from './blanks'
import { Cells } from './cells'
import { Digits, type DigitLook } from './digits'
import type { Fanned } from './fanned'
import type { LabelSubject } from './label-elements'
import { sidesOf } from './label-sides'
import type { LabelFamily } from './labels'
import type { Theme } from '../session/preferences.svelte'
import { Panels } from './panels'
import { corners, project, union, type View } from './projection'
import { Ribbons } from './ribbons'
import { buildSlabs, indexOfCell, isWithin, regionOnSlab, type Extent, type Slab, type SlabCell } from './slabs'
import { moved } from './towers'
import type { ViewUniforms } from './uniforms'

/** The words that stand on a model, in the reader's language. */
export interface Wording {
  /** For an English title of the graph ('queries', 'self-attention'). */
  title(key: string): string
  /** How large a model is and whether it has weights here. */
  size(description: Description): string
  /** How many parameters it has, as a number alone. */
  count(description: Description): string
  /** For several of the parts that repeat ('blocks'). */
  blocks(): string
  /** For one index along an axis ('head 2'). */
  position(letter: string, index: number): string
}

/** What a model on the stage is drawn with. */
interface Parts {
  scene: Scene
  tensors: ReadonlyMap<string, Tensor>
  slabs: readonly Slab[]
  atlas: Atlas
  cells: Cells
  ribbons: Ribbons
  panels: Panels
  /** Null for a model without numbers. */
  digits: Digits | null
}

/** By whose numbers those of a tensor are coloured. */
type ScaledAs = (name: string) => TensorView | undefined

export class ModelView {
  readonly bounds: Bounds
  readonly scene: Scene
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly slabs: readonly Slab[]
  readonly cells: Cells
  readonly ribbons: Ribbons
  /** The axis, by its place, along which a tensor's matrices stand behind one another, for those of which more than one does. */
  readonly stacks: ReadonlyMap<string, number>
  /** Where the boxes are now; the scene says where they usually are. */
  boxes: readonly Box[]
  fanned: ReadonlyMap<string, Fanned> = new Map()
  trace: Trace | null = null
  private substituted: ReadonlyMap<string, TensorView> | null = null
  private fetched: ReadonlyMap<string, TensorView> = new Map()

  private constructor(
    readonly description: Description,
    readonly weights: ReadonlyMap<string, TensorView>,
    private readonly parts: Parts,
  ) {
    this.bounds = parts.scene.bounds
    this.scene = parts.scene
    this.tensors = parts.tensors
    this.slabs = parts.slabs
    this.cells = parts.cells
    this.ribbons = parts.ribbons
    this.boxes = parts.scene.boxes
    this.stacks = description.loaded ? stacksOf(this.boxes, parts.tensors) : new Map()
    this.cells.setNumbers((name) => weights.get(name), this.named(true))
    this.cells.setNumbers(() => undefined, this.named(false))
  }

  /** `shift`: where the origin of its scene is put. May pause between pieces. */
  static *build(
    description: Description,
    weights: ReadonlyMap<string, TensorView>,
    shift: Vector,
    theme: Theme,
    uniforms: ViewUniforms,
  ): Generator<void, ModelView> {
    const scene = yield* shifted(description.scene, shift)
    const tensors = new Map(description.graph.tensors.map((tensor) => [tensor.name, tensor]))
    yield
    const slabs = buildSlabs(scene.boxes, tensors, !description.loaded)
    yield
    const ribbons = yield* Ribbons.build(scene, theme, uniforms)
    const atlas = new Atlas(slabs, description.loaded)
    yield
    const cells = new Cells(slabs, atlas, theme, uniforms, (slab) => {
      const region = untrainedRegion(description, slab.tensor)
      return region && regionOnSlab(slab, region)
    })
    yield
    const panels = new Panels(scene.groups, theme, uniforms)
    const digits = description.loaded ? new Digits(slabs, atlas, (slab) => cells.scaleOf(slab), theme, uniforms) : null
    yield
    return new ModelView(description, weights, { scene, tensors, slabs, atlas, cells, ribbons, panels, digits })
  }

  get meshes(): Mesh[] {
    const { panels, cells, ribbons, digits } = this.parts
    return [...panels.meshes, cells.quick, cells.mesh, ribbons.mesh, ...(digits ? [digits.mesh] : [])]
  }

  /** The names of the weights, or of all others. */
  private named(weights: boolean): ReadonlySet<string> {
    return new Set(
      [...this.tensors.values()].filter(({ kind }) => (kind === 'weight') === weights).map(({ name }) => name),
    )
  }

  /** Shows the numbers of a run; null: nothing computed yet. */
  setTrace(trace: Trace | null, scaledAs?: ScaledAs): void {
    this.trace = trace
    this.cells.setNumbers((name) => this.numbersOf(name), this.named(false), scaledAs)
    this.parts.digits?.forget()
  }

  /** Shows other weights than the model's, or its own again (null). */
  substitute(
    weights: ReadonlyMap<string, TensorView> | null,
    scaledAs: ScaledAs = (name) => this.weights.get(name),
  ): void {
    if (this.substituted === weights) return
    this.substituted = weights
    this.cells.setNumbers((name) => this.numbersOf(name), this.named(true), scaledAs)
    this.parts.digits?.forget()
  }

  /** Shows the numbers of some tensors that have none of their own. */
  setFetched(numbers: ReadonlyMap<string, TensorView>): void {
    const changed = [...this.tensors.keys()].filter((name) => this.fetched.get(name) !== numbers.get(name))
    this.fetched = numbers
    if (changed.length === 0) return
    this.cells.setNumbers((name) => this.numbersOf(name), new Set(changed))
    this.parts.digits?.forget()
  }

  /** The matrices of these tensors are to lie side by side; `moveSlab` brings them there. */
  setFanned(fanned: ReadonlyMap<string, Fanned>): void {
    this.fanned = fanned
    this.boxes = this.scene.boxes.map((box) => {
      const bounds = fanned.get(box.tensor)?.bounds
      return bounds === undefined ? box : { ...box, min: bounds.min, size: [bounds.size[0], bounds.size[1] + NAMED, 1] }
    })
  }

  moveSlab(index: number, corner: Vector): void {
    const slab = this.slabs[index] as Slab
    slab.corner = corner
    this.cells.place(index, slab)
  }

  /** Gives slabs other cells. */
  reshape(extents: ReadonlyMap<number, Extent>): void {
    const names = new Set<string>()
    for (const [index, extent] of extents) {
      const slab = this.slabs[index] as Slab
      names.add(Object.assign(slab, extent).tensor.name)
      this.cells.place(index, slab)
    }
    this.cells.setNumbers((name) => this.numbersOf(name), names)
    this.parts.digits?.forget()
  }

  setTheme(theme: Theme): void {
    const { cells, ribbons, panels, digits } = this.parts
    for (const part of [cells, ribbons, panels, digits]) part?.setTheme(theme)
  }

  /** To be called before it is drawn, with so many pixels to a CSS pixel. `coarse`: as quick as possible. */
  prepare(view: View, ratio: number, coarse: boolean): void {
    const { cells, ribbons, digits } = this.parts
    const nearest = nearestOf(this.bounds, view)
    // Pixels to a unit, where it is nearest.
    const scale = nearest > 0 ? (view.focal * ratio) / nearest : Infinity
    cells.prepare(coarse, scale)
    ribbons.prepare(scale)
    digits?.update(view, (slab) => this.digitLook(slab))
  }

  /** Whether the number of a cell can be read in a view. */
  isPrinted(cell: SlabCell, view: View): boolean {
    return this.parts.digits?.isPrinted(cell, view, (slab) => this.digitLook(slab)) ?? false
  }

  private digitLook(slab: number): DigitLook {
    const untrained = this.cells.untrainedOn(this.slabs[slab] as Slab)
    const { receding, dimming, read, style } = this.cells.lookOf(slab)
    const opacity = (column: number, row: number) => {
      if (!this.cells.isComputed(slab, column, row)) return 0
      const isRead = read === null || isWithin(read, column, row)
      const pale = untrained !== null && isWithin(untrained, column, row) ? UNTRAINED_STRENGTH : 1
      return pale * (1 - (isRead ? receding : dimming))
    }
    return { hollow: style === 'hollow', opacity }
  }

  numbersOf(tensor: string): TensorView | undefined {
    return (
      this.substituted?.get(tensor) ??
      this.weights.get(tensor) ??
      this.trace?.tensors.get(tensor) ??
      this.fetched.get(tensor)
    )
  }

  /** The index, in axis order, and the number of a cell: null where none is shown there. A block without cells has no index. */
  cellAt(slabIndex: number, column: number, row: number): { index: number[] | null; value: number | null } {
    if (!this.description.loaded) return { index: null, value: null }
    const slab = this.slabs[slabIndex] as Slab
    const index = indexOfCell(slab, column, row)
    const numbers = this.numbersOf(slab.tensor.name)
    const shown = numbers !== undefined && this.cells.isComputed(slabIndex, column, row)
    return { index, value: shown ? valueAt(numbers, index) : null }
  }

  /** What a label of this model is called; names of tensors repeat from model to model. */
  labelName(name: string): string {
    return `${this.description.id}/${name}`
  }

  /** The names of the model, its parts and its tensors. */
  labels(wording: Wording): LabelFamily[] {
    const { description, scene } = this
    const tower: LabelSubject = {
      kind: 'tower',
      name: this.labelName(''),
      bounds: scene.bounds,
      title: description.title,
      detail: wording.size(description),
      count: wording.count(description),
      sides: [],
      place: null,
    }
    const columnOf = new Map(scene.columns.flatMap(({ parts }) => parts.map((part, place) => [part, place] as const)))
    const titles = new Map(scene.groups.map(({ name, title }) => [name, wording.title(title)]))
    const columns = scene.columns.map((column): LabelSubject => {
      const numbers = [column.parts[0], column.parts.at(-1)].map((part) => numbered(titles.get(part ?? '') ?? ''))
      const [first, last] = numbers.map(({ number }) => number)
      return {
        kind: 'column',
        name: this.labelName(`${column.parts[0]}-`),
        bounds: column,
        title: `${first}–${last}`,
        detail: wording.blocks(),
        sides: [],
        place: null,
      }
    })
    const names = new Set(scene.groups.map(({ name }) => name))
    const isPart = (name: string) => names.has(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
    // Before the parts lies what is fanned out of them.
    const parts = this.fanned.size > 0 ? [] : scene.groups
    const groups = parts.map((group): LabelSubject => {
      const title = titles.get(group.name) ?? ''
      const place = columnOf.get(group.name) ?? placeInSeries(group.name)
      const { before, number } = numbered(title)
      return {
        kind: isPart(group.name) ? 'part' : 'whole',
        name: this.labelName(group.name),
        bounds: group,
        title: place === null ? title : number,
        detail: place === null ? '' : before,
        sides: [],
        place,
      }
    })
    const sides = sidesOf(scene.boxes, this.tensors)
    const byGroup = new Map<string, LabelSubject[]>()
    for (const box of this.boxes) {
      // What lies side by side has its name over it.
      if (this.fanned.has(box.tensor)) continue
      const tensor = this.tensors.get(box.tensor) as Tensor
      const shape = this.numbersOf(tensor.name)?.shape ?? tensor.shape
      const detail = shape.length === 0 ? '' : `${tensor.axes.join(' ')} · ${shape.join('×')}`
      const subject: LabelSubject = {
        kind: 'tensor',
        name: this.labelName(tensor.name),
        bounds: box,
        title: wording.title(tensor.title),
        detail,
        sides: sides.get(tensor.title) ?? [],
        blanks: blanksOf(box, tensor, shape),
        place: null,
      }
      const family = byGroup.get(tensor.group)
      if (family === undefined) byGroup.set(tensor.group, [subject])
      else family.push(subject)
    }
    const families = [...byGroup.values()].map((subjects): LabelFamily => ({
      bounds: union(subjects.map(({ bounds }) => bounds)),
      subjects,
    }))
    return [
      { bounds: null, subjects: [tower] },
      { bounds: scene.bounds, subjects: [...columns, ...groups] },
      ...families,
    ]
  }

  dispose(): void {
    const { cells, ribbons, panels, digits, atlas } = this.parts
    for (const part of [cells, ribbons, panels, digits, atlas]) part?.dispose()
  }
}

/** A part whose name ends in a number is one of a series. */
function placeInSeries(name: string): number | null {
  const number = /\.(\d+)$/.exec(name)?.[1]
  return number === undefined ? null : Number(number)
}

/** What stands before the number in the title of one of a series. */
function numbered(title: string): { before: string; number: string } {
  const [, before, number] = /^(.*?)\s*(\d+)$/.exec(title) ?? []
  return { before: before ?? '', number: number ?? title }
}

function stacksOf(boxes: readonly Box[], tensors: ReadonlyMap<string, Tensor>): Map<string, number> {
  return new Map(
    boxes.flatMap(({ tensor, axes: [, , behind], cells }): [string, number][] =>
      behind === null || cells[2] < 2 ? [] : [[tensor, (tensors.get(tensor) as Tensor).axes.indexOf(behind)]],
    ),
  )
}

/** The depth of the corner that is nearest to the eye; not positive: some are behind it. */
function nearestOf(bounds: Bounds, view: View): number {
  return Math.min(...corners(bounds).map((corner) => project(view, corner).depth))
}

/** The room, in cells, that is seen over what lies side by side, for names. */
const NAMED = 1.5

/** Of the digits of what training never judged, whose cells are pale. */
const UNTRAINED_STRENGTH = 0.5

/** Between two pauses while a scene is shifted. */
const AT_ONCE = 1500

function* shifted(scene: Scene, shift: Vector): Generator<void, Scene> {
  if (shift.every((part) => part === 0)) return scene
  const to = (place: Vector) => moved(place, shift)
  const ribbons: Ribbon[] = []
  for (const ribbon of scene.ribbons) {
    ribbons.push({ ...ribbon, points: ribbon.points.map(to) })
    if (ribbons.length % AT_ONCE === 0) yield
  }
  return {
    bounds: { min: to(scene.bounds.min), size: scene.bounds.size },
    boxes: scene.boxes.map((box) => ({ ...box, min: to(box.min) })),
    ribbons,
    groups: scene.groups.map((group) => ({ ...group, min: to(group.min) })),
    columns: scene.columns.map((column) => ({ ...column, min: to(column.min) })),
  }
}
