/**
 * Plays what a step of the tour plays, and goes on to the next one: how far that has come, and whether it runs.
 */
import type { Cue, LessonStep } from '../protocol/lessons'
import type { Animation } from '../scene/scenery'
import type { Viewpoint } from '../scene/viewpoint.svelte'
import type { Recording } from '../session/basis.svelte'
import { POSITION_DIGITS } from '../session/place'
import type { Session } from '../session/session.svelte'
import { inSequence } from './performance'
import { ranges } from './regions'
import { standpoint, type Staging } from './staging.svelte'

/** What a step plays takes at most this share of the time that its text takes to read, but no less than so many seconds. */
const PLAYED_SHARE = 0.7
const PLAYED_LEAST = 3

/** The steps that are played. */
export interface Steps {
  /** The present one; null: there is none. */
  readonly present: LessonStep | null
  readonly isLast: boolean
  /** Comes to the present one once more. */
  again(): void
  /** The next one follows by itself. */
  follow(): void
}

export class StepPlayer {
  /** How much of what the step plays is done, from 0 to 1. */
  position = $state(1)
  /** Whether it is being played now. */
  running = $state(false)
  /** Whether steps follow one another by themselves. */
  playing = $state(false)
  #performance: Animation | null = null
  /** What the camera is led to: all that the step is about, what happens at the moment, or the cell that is spoken of. */
  #seen: 'all' | 'event' | 'cell' = 'all'
  #frame = 0
  #resting: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
    private readonly staging: Staging,
    private readonly steps: Steps,
  ) {}

  /** Where the reader has stopped within the step; null: not within it. */
  get stopped(): number | null {
    return this.#performance !== null && !this.running && this.position < 1 ? this.position : null
  }

  /** A step has been come to: it begins there, or is played (null). `goesOn`: it is played on from there. */
  begin(cue: Cue, position: number | null, goesOn = false): void {
    this.#stop()
    this.#performance = null
    const isPlayed = (position === null || goesOn) && cue.run.length > 0 && !this.session.preferences.reducedMotion
    this.running = isPlayed
    this.position = cue.run.length > 0 ? (position ?? (isPlayed ? 0 : 1)) : 1
    this.#seen = this.#wanted(cue)
  }

  /** Makes ready what is played. */
  async prepare(cue: Cue, isWanted: () => boolean): Promise<void> {
    const { stage } = this.viewpoint
    const { tensors } = this.session
    if (stage === null || !this.staging.companions.isStaged || cue.run.length === 0) return
    const parts: Animation[] = []
    for (const name of cue.run) {
      const tensor = tensors.get(name)
      const region = cue.at.find((one) => one.tensor === name)
      if (tensor) parts.push(await stage.playing.animation(name, region ? ranges(tensor, region) : null))
      if (!isWanted()) return
    }
    this.#performance = inSequence(parts)
    if (this.#performance === null) this.position = 1
  }

  /** Does what `begin` said, now that the stage is ready. */
  proceed(): void {
    if (this.running) this.#run()
    else this.#draw()
    if (this.playing && !this.running) this.#rest()
  }

  /** The tour has left the stage. */
  leave(): void {
    this.#stop()
    this.playing = this.running = false
    this.#performance = null
  }

  /** Goes to a position within the step and stays there. */
  scrub(position: number, how: Recording | null = 'replace'): void {
    this.#stop()
    this.playing = this.running = false
    this.position = this.#performance === null ? 1 : Math.max(0, Math.min(1, position))
    this.#draw()
    if (how !== null) this.session.record(how, false)
  }

  /** Plays from here to the end of the tour, or up to the next exercise. */
  play(): void {
    this.playing = true
    if (this.#performance !== null && this.position < 1) this.#run()
    else if (this.steps.isLast) this.steps.again()
    else this.#rest()
  }

  /** Plays what the step plays once more. */
  replay(): void {
    if (this.#performance === null) return
    this.position = 0
    this.#run()
  }

  pause(): void {
    this.#stop()
    if (!this.playing && !this.running) return
    this.playing = this.running = false
    this.position = Number(this.position.toFixed(POSITION_DIGITS))
    this.#draw()
    this.session.record('replace', false)
  }

  /** Seconds that what the step plays takes. */
  get #seconds(): number {
    const reading = this.steps.present?.seconds ?? 0
    return Math.min(this.#performance?.seconds ?? 0, Math.max(PLAYED_LEAST, PLAYED_SHARE * reading))
  }

  /** Shows the position, and moves the camera along unless the reader has taken it. */
  #draw(): void {
    const { stage, isTaken, isFacing } = this.viewpoint
    stage?.playing.show(this.position >= 1 ? null : this.#performance, this.position)
    const cue = this.steps.present?.cue
    if (isTaken || isFacing || cue === undefined) return
    const wanted = this.#wanted(cue)
    if (wanted === 'event') stage?.playing.follow(standpoint(cue))
    else if (wanted !== this.#seen) this.staging.lead()
    this.#seen = wanted
  }

  /**
   * Where single cells are at stake, the camera goes along with what happens to them, unless the step says that it stays; at the end it
   * is near enough to read what is spoken of.
   */
  #wanted(cue: Cue): 'all' | 'event' | 'cell' {
    if (this.position >= 1) return this.staging.spokenOf(cue) === null ? 'all' : 'cell'
    return cue.at.length > 0 && cue.camera.follow ? 'event' : 'all'
  }

  #stop(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#resting)
  }

  #run(): void {
    this.#stop()
    this.running = true
    let before: number | null = null
    const advance = (now: number) => {
      const seconds = this.#seconds
      const passed = before === null ? 0 : (now - before) / 1000
      before = now
      this.position = seconds > 0 ? Math.min(1, this.position + passed / seconds) : 1
      this.#draw()
      if (this.position < 1) this.#frame = requestAnimationFrame(advance)
      else this.#ended()
    }
    advance(performance.now())
  }

  #ended(): void {
    this.running = false
    if (this.playing) this.#rest()
  }

  /** The reader reads on for as long as the text takes; then the next step follows. */
  #rest(): void {
    const { seconds = 0, exercises = [] } = this.steps.present ?? {}
    if (this.steps.isLast || exercises.length > 0) {
      this.playing = false
      return
    }
    const left = Math.max(1, seconds - this.#seconds)
    this.#resting = setTimeout(() => this.steps.follow(), left * 1000)
  }
}
