/**
 * The models on the stage: the one that is taken apart, and others beside it at the same scale. A large one is built in pieces, and
 * what was shown stays until it is there.
 */
import type { Scene } from 'three'
import type { TensorView } from '../protocol/tensors'
import type { Bounds, Description, Vector } from '../protocol/types'
import type { Theme } from '../session/preferences.svelte'
import { ModelView } from './model-view'
import { inPieces } from './pieces'
import { union } from './projection'
import { moved, shiftsBeside } from './towers'
import type { ViewUniforms } from './uniforms'

export interface LineupEvents {
  /** All of them together take up another room. */
  measured(bounds: Bounds): void
  /** A model stands there. */
  arrived(model: ModelView): void
  left(model: ModelView): void
}

export class Lineup {
  /** What is to be taken apart; the view of it follows as soon as it is built. */
  description: Description | null = null
  main: ModelView | null = null
  beside: readonly ModelView[] = []
  bounds: Bounds = { min: [0, 0, 0], size: [1, 1, 1] }
  /** Not shown any more. */
  private leaving: ModelView[] = []
  private wantedBeside: readonly Description[] = []

  constructor(
    private readonly world: Scene,
    private readonly uniforms: ViewUniforms,
    private theme: Theme,
    private readonly events: LineupEvents,
  ) {}

  /** All of them. */
  get models(): ModelView[] {
    return this.main === null ? [] : [this.main, ...this.beside]
  }

  /** Whether one of them is to be laid in columns. */
  get isFolded(): boolean {
    const descriptions = this.description === null ? [] : [this.description, ...this.wantedBeside]
    return descriptions.some(({ scene }) => scene.columns.length > 0)
  }

  /** The one that is taken apart, unless another is being built in its place. */
  get current(): ModelView | null {
    return this.main !== null && this.main.description === this.description ? this.main : null
  }

  /** Another model is to be taken apart, without any beside it. */
  announce(description: Description): void {
    this.description = description
    this.wantedBeside = []
    this.measure([description.scene.bounds])
  }

  /** Builds the one that was announced; null when another has been announced meanwhile. */
  async build(description: Description, weights: ReadonlyMap<string, TensorView>): Promise<ModelView | null> {
    const wanted = () => this.description === description
    const building = ModelView.build(description, weights, [0, 0, 0], this.theme, this.uniforms)
    const model = await inPieces(building, () => !wanted())
    if (model === null || !wanted()) {
      model?.dispose()
      return null
    }
    this.clear()
    this.main = model
    this.world.add(...model.meshes)
    return model
  }

  /** Shows these, without their numbers, beside the one that is taken apart; resolves when they stand. */
  async setBeside(descriptions: readonly Description[]): Promise<void> {
    const { description: main } = this
    if (main === null) return
    this.wantedBeside = descriptions
    const wanted = () => this.wantedBeside === descriptions && this.description === main
    const bounds = descriptions.map(({ scene }) => scene.bounds)
    const shifts = shiftsBeside(main.scene.bounds, bounds)
    const placed = bounds.map(({ min, size }, index): Bounds => ({ min: moved(min, shifts[index] as Vector), size }))
    this.clearBeside()
    this.measure([main.scene.bounds, ...placed])
    // Each appears as soon as it is built, so that no frame has to bring all of them to the graphics card.
    for (const [index, description] of descriptions.entries()) {
      const shift = shifts[index] as Vector
      const building = ModelView.build(unloaded(description), new Map(), shift, this.theme, this.uniforms)
      const model = await inPieces(building, () => !wanted())
      if (model === null) return
      if (!wanted()) {
        model.dispose()
        return
      }
      this.beside = [...this.beside, model]
      this.world.add(...model.meshes)
      this.events.arrived(model)
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    for (const model of this.models) model.setTheme(theme)
  }

  /** A frame has been drawn without those that have left: what they share with those that came need not be made anew now. */
  forget(): void {
    for (const model of this.leaving.splice(0)) model.dispose()
  }

  dispose(): void {
    this.clear()
    this.forget()
    this.description = null
  }

  private measure(all: readonly Bounds[]): void {
    this.bounds = union(all)
    this.events.measured(this.bounds)
  }

  private clear(): void {
    this.clearBeside()
    if (this.main !== null) this.remove(this.main)
    this.main = null
  }

  private clearBeside(): void {
    for (const model of this.beside) this.remove(model)
    this.beside = []
  }

  private remove(model: ModelView): void {
    this.world.remove(...model.meshes)
    this.leaving.push(model)
    this.events.left(model)
  }
}

/** A model that stands beside another shows its shapes only. */
function unloaded(description: Description): Description {
  return description.loaded ? { ...description, loaded: false } : description
}
