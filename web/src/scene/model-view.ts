/**
 * One model on the stage: its tensors as slabs of cells, its ribbons, backdrops and digits, and the names of its parts. Several
 * of them can stand beside one another at one scale. It knows no tensor by name.
 */
import type { Mesh } from 'three'
import type { TensorView } from '../model/safetensors'
import { valueAt, type Trace } from '../model/trace'
import type { Bounds, Description, Scene, Tensor, Vector } from '../model/types'
import { Atlas } from './atlas'
import { Cells } from './cells'
import { Digits, type DigitLook } from './digits'
import type { LabelFamily, LabelSubject } from './labels'
import type { Theme } from './palette'
import { Panels } from './panels'
import { union, type View } from './projection'
import { Ribbons } from './ribbons'
import { buildSlabs, indexOfCell, type Slab } from './slabs'
import { moved } from './towers'
import type { ViewUniforms } from './uniforms'

/** The words that stand on a model, in the reader's language. */
export interface Wording {
  /** For an English title of the graph ('queries', 'self-attention'). */
  title(key: string): string
  /** How large a model is and whether it has weights here. */
  size(description: Description): string
}

export class ModelView {
  readonly bounds: Bounds
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly atlas: Atlas
  readonly cells: Cells
  private readonly panels: Panels
  /** Null for a model without numbers. */
  private readonly digits: Digits | null
  trace: Trace | null = null

  private constructor(
    readonly description: Description, readonly scene: Scene, readonly slabs: readonly Slab[],
    readonly weights: ReadonlyMap<string, TensorView>, readonly ribbons: Ribbons, theme: Theme, uniforms: ViewUniforms,
  ) {
    this.bounds = scene.bounds
    this.tensors = tensorsOf(description)
    this.atlas = new Atlas(slabs, description.loaded)
    this.cells = new Cells(slabs, this.atlas, theme, uniforms)
    this.panels = new Panels(scene.groups, theme, uniforms)
    this.digits = description.loaded ? new Digits(slabs, this.atlas, (slab) => this.cells.scaleOf(slab), theme, uniforms) : null
    this.cells.setNumbers((name) => weights.get(name), ['weight'])
    this.cells.setNumbers(() => undefined, ['input', 'activation', 'statistic'])
  }

  /** `shift`: where the origin of its scene is put. May pause between pieces. */
  static *build(
    description: Description, weights: ReadonlyMap<string, TensorView>, shift: Vector, theme: Theme, uniforms: ViewUniforms,
  ): Generator<void, ModelView> {
    const scene = shifted(description.scene, shift)
    yield
    const slabs = buildSlabs(scene.boxes, tensorsOf(description), !description.loaded)
    yield
    const ribbons = yield* Ribbons.build(scene.ribbons, theme, uniforms)
    yield
    return new ModelView(description, scene, slabs, weights, ribbons, theme, uniforms)
  }

  get meshes(): Mesh[] {
    return [this.panels.mesh, this.cells.mesh, this.ribbons.mesh, ...(this.digits ? [this.digits.mesh] : [])]
  }

  /** Shows the numbers of a run; null: nothing computed yet. */
  setTrace(trace: Trace | null): void {
    this.trace = trace
    this.cells.setNumbers((name) => trace?.tensors.get(name), ['input', 'activation', 'statistic'])
    this.digits?.forget()
  }

  setTheme(theme: Theme): void {
    for (const part of [this.cells, this.ribbons, this.panels, this.digits]) part?.setTheme(theme)
  }

  updateDigits(view: View): void {
    this.digits?.update(view, (slab) => this.digitLook(slab))
  }

  private digitLook(slab: number): DigitLook {
    const { receding, dimming, read, style } = this.cells.lookOf(slab)
    const opacity = (column: number, row: number) => {
      if (!this.cells.isComputed(slab, column, row)) return 0
      const isRead = read === null || (column >= read.left && column < read.right && row >= read.bottom && row < read.top)
      return 1 - (isRead ? receding : dimming)
    }
    return { hollow: style === 'hollow', opacity }
  }

  numbersOf(tensor: string): TensorView | undefined {
    return this.weights.get(tensor) ?? this.trace?.tensors.get(tensor)
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

  isInGroup(tensor: string, group: string): boolean {
    const path = this.tensors.get(tensor)?.group ?? ''
    return path === group || path.startsWith(`${group}.`)
  }

  /** What a label of this model is called; names of tensors repeat from model to model. */
  labelName(name: string): string {
    return `${this.description.id}/${name}`
  }

  /** The names of the model, its parts and its tensors. */
  labels(wording: Wording): LabelFamily[] {
    const { description, scene } = this
    const tower: LabelSubject = {
      kind: 'tower', name: this.labelName(''), bounds: scene.bounds, title: description.title, detail: wording.size(description),
    }
    const names = new Set(scene.groups.map(({ name }) => name))
    const isPart = (name: string) => names.has(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
    const groups = scene.groups.map((group): LabelSubject => ({
      kind: isPart(group.name) ? 'part' : 'whole', name: this.labelName(group.name), bounds: group,
      title: wording.title(group.title), detail: '',
    }))
    const byGroup = new Map<string, LabelSubject[]>()
    for (const box of scene.boxes) {
      const tensor = this.tensors.get(box.tensor) as Tensor
      const shape = this.numbersOf(tensor.name)?.shape ?? tensor.shape
      const detail = shape.length === 0 ? '' : `${tensor.axes.join(' ')} · ${shape.join('×')}`
      const subject: LabelSubject = {
        kind: 'tensor', name: this.labelName(tensor.name), bounds: box, title: wording.title(tensor.title), detail,
      }
      const family = byGroup.get(tensor.group)
      if (family === undefined) byGroup.set(tensor.group, [subject])
      else family.push(subject)
    }
    const families = [...byGroup.values()].map((subjects): LabelFamily => ({ bounds: union(subjects.map(({ bounds }) => bounds)), subjects }))
    return [{ bounds: null, subjects: [tower] }, { bounds: scene.bounds, subjects: groups }, ...families]
  }

  dispose(): void {
    for (const part of [this.cells, this.ribbons, this.panels, this.digits, this.atlas]) part?.dispose()
  }
}

function tensorsOf(description: Description): Map<string, Tensor> {
  return new Map(description.graph.tensors.map((tensor) => [tensor.name, tensor]))
}

function shifted(scene: Scene, shift: Vector): Scene {
  if (shift.every((part) => part === 0)) return scene
  const to = (place: Vector) => moved(place, shift)
  return {
    bounds: { min: to(scene.bounds.min), size: scene.bounds.size },
    boxes: scene.boxes.map((box) => ({ ...box, min: to(box.min) })),
    ribbons: scene.ribbons.map((ribbon) => ({ ...ribbon, points: ribbon.points.map(to) })),
    groups: scene.groups.map((group) => ({ ...group, min: to(group.min) })),
  }
}
