/**
 * Playing on the stage: animations of its model, and the scenery of a moment of one. What plays them is loaded when something is first
 * played, or when there is nothing else to do.
 */
import type { Mesh } from 'three'
import type { Trace } from '../protocol/trace'
import type { Explanation } from '../protocol/types'
import { untilItComes } from '../source/arriving'
import type { PassClip } from './animation/pass'
import type { Region } from './animation/places'
import type { Pulse } from './animation/pulse'
import type { Theatre } from './animation/theatre'
import type { Emphasis } from './emphasis'
import type { Framing, Standpoint } from './framing'
import type { Lineup } from './lineup'
import type { ModelView } from './model-view'
import type { Animation, Scenery } from './scenery'

/** What the stage does for it. */
export interface PlayingHost {
  /** Makes the theatre and gives it room. */
  house(Constructor: typeof Theatre): Theatre
  /** Brings what is drawn with to the graphics card. */
  compile(mesh: Mesh): void
  invalidate(): void
  isStill(): boolean
  /** How a cell of the model comes about with the tokens at hand. */
  explain: (tensor: string, index: readonly number[]) => Promise<Explanation>
}

export class Playing {
  /** Null until it has been loaded. */
  theatre: Theatre | null = null

  constructor(
    private readonly lineup: Lineup,
    private readonly framing: Framing,
    private readonly emphasis: Emphasis,
    private readonly host: PlayingHost,
  ) {}

  /** How a tensor, or some of its cells (half-open ranges in axis order), is computed, as an animation. */
  async animation(tensor: string, region: Region | null = null): Promise<Animation> {
    const theatre = await this.open()
    return await theatre.animation(this.model, tensor, region, this.host.explain)
  }

  /** The forward pass of a run, op after op; `since`: the first position that is computed in it. */
  async forwardPass(trace: Trace, since: number): Promise<PassClip[]> {
    const theatre = await this.open()
    return this.lineup.main === null ? [] : theatre.pass(this.lineup.main, trace, since)
  }

  /** How a token is chosen from a run's outcome and read next; `words`: the token and its probability. */
  async choice(trace: Trace, token: number, words: string): Promise<Animation> {
    const theatre = await this.open()
    return theatre.choice(this.model, trace, token, words)
  }

  /** A run as a pulse through the model; `since`: the first position that is computed in it. */
  async pulse(trace: Trace, since: number): Promise<Pulse> {
    const theatre = await this.open()
    return theatre.pulse(this.model, trace, since)
  }

  /** Loads what plays animations. */
  async open(): Promise<Theatre> {
    const { Theatre } = await untilItComes(() => import('./animation/theatre'))
    if (this.theatre === null) {
      this.theatre = this.host.house(Theatre)
      // One at a time: each may take a while.
      for (const mesh of this.theatre.meshes) {
        this.host.compile(mesh)
        await new Promise((resolve) => setTimeout(resolve))
      }
    }
    return this.theatre
  }

  /** Sets the stage as it is at a position, from 0 to 1, of an animation; null: as it is without any. */
  show(animation: Animation | null, position: number): void {
    // Those who do not want motion see how it begins and how it ends.
    this.set(animation?.at(this.host.isStill() ? Math.round(position) : position) ?? null)
  }

  /** Sets the stage; null: as it is while nothing is played. */
  set(scenery: Scenery | null): void {
    const { theatre, emphasis } = this
    const { main } = this.lineup
    if (main === null || theatre === null) return
    if (theatre.show(scenery, main)) {
      emphasis.lights = theatre.lights
      emphasis.update()
    }
    this.host.invalidate()
  }

  /** Moves the camera along with what happens at the moment that is shown. */
  follow(from: Standpoint = {}): void {
    const focus = this.theatre?.focus ?? null
    if (focus !== null) this.framing.follow(focus, from)
  }

  private get model(): ModelView {
    if (this.lineup.main === null) throw new Error('There is no model on the stage yet.')
    return this.lineup.main
  }
}
