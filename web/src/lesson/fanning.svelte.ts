/**
 * Which tensors have their heads laid side by side: those that a step of the tour says, until the reader chooses others or folds them back.
 */
import type { Viewpoint } from '../scene/viewpoint.svelte'
import type { Session } from '../session/session.svelte'
import type { CameraState } from '../session/camera'
import type { Telling } from './telling'

export class Fanning {
  /** What the reader, or an address, has chosen; empty: none; null: nothing is chosen, and it is as the step says. */
  wanted = $state.raw<readonly string[] | null>(null)
  readonly shown: readonly string[] = $derived.by(() => this.wanted ?? this.#told)
  /** Resolves when what was last laid out is on its way. */
  settled: Promise<void> = Promise.resolve()
  /** From where the reader looked before. */
  #before: CameraState | null = null

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
    private readonly telling: Telling,
  ) {}

  /** Whether the model has heads that stand behind one another. */
  get isPossible(): boolean {
    const { description } = this.session
    return description?.loaded === true && description.scene.boxes.some(({ axes, cells }) => axes[2] && cells[2] > 1)
  }

  /** Lays on the stage what is to lie there. */
  apply(animate = true): Promise<void> {
    this.settled = this.viewpoint.stage?.fan(this.shown, animate) ?? Promise.resolve()
    return this.settled
  }

  /** Moves the camera to what lies side by side, where nobody else says where it is. */
  frame(animate: boolean): void {
    const { stage, wanted, isFacing } = this.viewpoint
    if (this.shown.length === 0 || this.telling.active || wanted !== null || isFacing) return
    stage?.framing.frame(this.shown, { animate, ...FROM_THE_FRONT })
  }

  /** Lays the heads of what is looked at side by side, or back behind one another. */
  async toggle(): Promise<void> {
    const { viewpoint, telling } = this
    const { stage } = viewpoint
    if (stage === null) return
    const isOpen = this.shown.length > 0
    const found = isOpen ? [] : this.#lookedAt()
    if (!isOpen && found.length === 0) return
    this.wanted = found.join() === this.#told.join() ? null : found
    await this.apply()
    const { fan } = this.session.i18n.t
    this.session.announce(isOpen ? fan.folded : fan.laidOut(found.map((name) => this.#titleOf(name)).join(', ')))
    if (isOpen && telling.active) telling.restage()
    else if (isOpen && this.#before !== null) stage.framing.go(this.#before)
    else if (!isOpen && telling.active) {
      telling.restage()
      stage.framing.frame(found, FROM_THE_FRONT)
    } else if (!isOpen) {
      this.#before = stage.framing.camera
      viewpoint.take()
      stage.framing.frame(found, FROM_THE_FRONT)
    }
    this.session.record('replace')
  }

  /** What the step at hand says. */
  get #told(): readonly string[] {
    const { cue, active } = this.telling
    return active && cue?.fan ? cue.focus : []
  }

  /** The chosen tensor and what it is computed from; or what the step is about; or the part of the model in the middle of the view. */
  #lookedAt(): string[] {
    const { cue, active } = this.telling
    const { tensors, inspection } = this.session
    const selected = inspection.selection?.tensor
    if (selected !== undefined) {
      const op = this.session.description?.graph.ops.find(({ output }) => output === selected)
      const chosen = this.#stacked([selected, ...Object.values(op?.inputs ?? {})])
      if (chosen.length > 0) return chosen
    }
    const told = active && cue !== null ? this.#stacked(cue.show.length > 0 ? cue.show : cue.focus) : []
    if (told.length > 0) return told
    const isComputed = (name: string) => tensors.get(name)?.kind === 'activation'
    const nearest = tensors.get(this.viewpoint.stage?.framing.nearestStack(isComputed) ?? '')
    const group = [...tensors.values()].filter((one) => one.group === nearest?.group).map(({ name }) => name)
    return this.#stacked(group.filter(isComputed))
  }

  #stacked(names: readonly string[]): string[] {
    const boxes = this.session.description?.scene.boxes ?? []
    return names.filter((name) => boxes.some(({ tensor, axes, cells }) => tensor === name && axes[2] && cells[2] > 1))
  }

  #titleOf(name: string): string {
    return this.session.i18n.title(this.session.tensors.get(name)?.title ?? name)
  }
}

/** What lies side by side is read like a page. */
export const FROM_THE_FRONT = { azimuth: 0, elevation: 4 }
