/**
 * Plays animations on the stage: draws the scenery of a position, and makes the animations of a model's tensors. This file and those
 * it brings along are loaded when something is first played.
 */
import type { Mesh } from 'three'
import type { Trace } from '../../protocol/trace'
import type { Bounds, Explanation } from '../../protocol/types'
import type { ModelView } from '../model-view'
import type { Theme } from '../../session/preferences.svelte'
import type { Progress } from '../progress'
import { project, type View } from '../projection'
import type { Rectangle } from '../rectangles'
import { progressOn, type Animation, type Lights, type Scenery, type TensorProgress } from '../scenery'
import type { Slab } from '../slabs'
import type { ViewUniforms } from '../uniforms'
import { Captions } from './captions'
import { cellAnimation } from './cell'
import { choiceAnimation, choiceOf } from './choice'
import { Flyers } from './flyers'
import { forwardPass, type PassClip } from './pass'
import { Places, type Region } from './places'
import { Pulse } from './pulse'
import { inSequence } from './sequence'
import { sweepAnimation } from './sweep'

export type Explain = (tensor: string, index: readonly number[]) => Promise<Explanation>

export class Theatre {
  private readonly flyers: Flyers
  private readonly captions: Captions
  private scenery: Scenery | null = null
  private readonly progresses = new WeakMap<TensorProgress, Map<Slab, Progress | null>>()

  constructor(layer: HTMLElement, theme: Theme, uniforms: ViewUniforms) {
    this.flyers = new Flyers(theme, uniforms)
    this.captions = new Captions(layer)
  }

  get meshes(): Mesh[] {
    return this.flyers.meshes
  }

  get lights(): Lights | null {
    return this.scenery?.lights ?? null
  }

  /** Where something happens. */
  get focus(): Bounds | null {
    return this.scenery?.focus ?? null
  }

  /**
   * An animation of the op that makes a tensor: of one cell, of some of its cells, or, where `wanted` is null, of all of them.
   * `explain`: how one cell comes about.
   */
  async animation(model: ModelView, tensor: string, wanted: Region | null, explain: Explain): Promise<Animation> {
    const places = new Places(model, model.trace)
    const op = places.maker(tensor)
    if (op === undefined) throw new Error(`'${tensor}' is given, not computed: there is no op to play.`)
    const region = places.shape(tensor).map((length, axis): readonly [number, number] => {
      const [begin, end] = wanted?.[axis] ?? [0, length]
      return [Math.max(0, Math.min(begin, length - 1)), Math.min(end, length)]
    })
    const varying = region.filter(([begin, end]) => end - begin > 1).length
    const sweep = sweepAnimation(places, op, region)
    if (varying > 1) return sweep
    const first = cellAnimation(
      places,
      op,
      await explain(
        tensor,
        region.map(([begin]) => begin),
      ),
      region,
    )
    return varying === 0 ? first : inSequence([first, sweep])
  }

  /** The forward pass of a run, op after op. `since`: the first position that is computed in it. */
  pass(model: ModelView, trace: Trace, since: number): PassClip[] {
    const { graph } = model.description
    const titles = new Map(graph.groups.map(({ name, title }) => [name, title]))
    const titleOf = (group: string) => {
      const path = group.split('.')
      return path
        .map((_, place) => titles.get(path.slice(0, place + 1).join('.')))
        .filter((title) => title !== undefined)
    }
    return forwardPass(new Places(model, trace), graph.ops, since, titleOf)
  }

  /** A pulse through a run; `since`: the first position that is computed in it. */
  pulse(model: ModelView, trace: Trace, since: number): Pulse {
    return new Pulse(new Places(model, trace), model.description.graph.ops, since)
  }

  choice(model: ModelView, trace: Trace, token: number, words: string): Animation {
    const places = new Places(model, trace)
    return choiceAnimation(places, choiceOf(places, model.description, token, words))
  }

  /** Sets the scene; null: as it is without any. True when other things are lit than before. */
  show(scenery: Scenery | null, model: ModelView): boolean {
    const before = this.scenery?.lights
    this.scenery = scenery
    model.slabs.forEach((slab, index) => model.cells.setProgress(index, this.progressOf(slab)))
    return this.scenery?.lights !== before
  }

  /** Prepares what is in the air for being drawn. */
  update(view: View): void {
    this.flyers.update(this.scenery?.flyers ?? [], view)
  }

  /** Writes its words; returns the parts of the screen that they take up. */
  writeTexts(view: View): Rectangle[] {
    return this.captions.update(this.scenery?.captions ?? [], view)
  }

  /** Where numbers are in the air, on the screen. */
  flying(view: View): Rectangle[] {
    return (this.scenery?.flyers ?? []).flatMap(({ at, size }) => {
      const { x, y, depth } = project(view, at)
      const half = (size * view.focal) / depth / 2
      return depth > 0 ? [{ left: x - half, right: x + half, top: y - half, bottom: y + half }] : []
    })
  }

  setTheme(theme: Theme): void {
    this.flyers.setTheme(theme)
  }

  dispose(): void {
    this.flyers.dispose()
    this.captions.dispose()
  }

  private progressOf(slab: Slab): Progress | null {
    const progress = this.scenery?.progress.get(slab.tensor.name)
    if (progress === undefined) return null
    let known = this.progresses.get(progress)
    if (known === undefined) this.progresses.set(progress, (known = new Map()))
    let on = known.get(slab)
    if (on === undefined) known.set(slab, (on = progressOn(slab, progress)))
    return on
  }
}
