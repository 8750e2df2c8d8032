/**
 * What is being played on the stage at the reader's wish: how the selected cell comes about, or the whole forward pass and those that
 * follow as long as the answer grows. Everything that is shown follows from the time on one timeline.
 */
import { tick } from 'svelte'
import { Player } from './player.svelte'
import { Timeline, type Clip } from './timeline'
import type { Tour } from './tour.svelte'
import type { CellReference } from '../protocol/cells'
import type { Viewpoint } from '../scene/viewpoint.svelte'
import type { Session } from '../session/session.svelte'
import type { Pass } from '../session/run.svelte'

export interface PlayedClip extends Clip {
  /** What it shows, in the reader's language. */
  words: () => readonly string[]
  /** How many tokens have been generated when it is shown. */
  step: number
}

/** How long it takes to see how a token is chosen when one has seen it before. */
const CHOSEN_AGAIN = 0.6
/** The passes after the first are shown so many times at most. */
const MOST_PASSES = 12

export class Playback {
  /** Null: nothing is being played. */
  timeline = $state.raw<Timeline<PlayedClip> | null>(null)
  readonly player = new Player(
    () => this.timeline?.seconds ?? 0,
    (time) => this.#draw(time),
    () => this.#isGrowing,
  )
  /** What is shown, from the outside in. */
  readonly words: readonly string[] = $derived.by(() => this.timeline?.at(this.player.time).clip.words() ?? [])
  /** True while a moment is on its way for which other numbers have to be on the stage first. */
  #turning = false
  /** True while further passes are on their way. */
  #isGrowing = false
  #said = ''
  #turn = 0

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
    private readonly tour: Tour,
  ) {}

  get open(): boolean {
    return this.timeline !== null
  }

  /** Plays or stops; what to play, where nothing is, is the selected cell or else the forward pass. */
  async toggle(): Promise<void> {
    const { selection } = this.session.inspection
    if (this.open) this.player.toggle()
    else if (
      selection?.index &&
      this.session.inspection.valueOf(selection) !== null &&
      this.session.tensors.get(selection.tensor)?.op != null
    ) {
      await this.playCell(selection)
    } else await this.playPasses()
  }

  async playCell({ tensor, index }: CellReference): Promise<void> {
    const { stage } = this.viewpoint
    const { run, tensors, i18n } = this.session
    if (stage === null || run === null || index === null) return
    await this.#start(async () => {
      const animation = await stage.playing.animation(
        tensor,
        index.map((position) => [position, position + 1] as const),
      )
      const title = tensors.get(tensor)?.title ?? tensor
      return [{ animation, seconds: animation.seconds, step: run.step, words: () => [i18n.title(title)] }]
    })
  }

  /** The forward pass, and how its outcome goes back in, until the answer is complete. The first one does not wait for the others. */
  async playPasses(): Promise<void> {
    const { stage } = this.viewpoint
    const { run } = this.session
    if (stage === null || run === null || run.trace === null) return
    const { step, trace, chain } = run
    const started = await this.#start(() => this.#clipsOf({ step, trace, next: chain[step] ?? null }, 0))
    if (!started) return
    const turn = this.#turn
    this.#isGrowing = true
    try {
      const later = (await run.passes(MOST_PASSES)).slice(1)
      const clips = await Promise.all(later.map((pass) => this.#clipsOf(pass, pass.trace.tokens.length - 1)))
      if (this.#turn === turn) this.#extend(clips.flat())
    } finally {
      if (this.#turn === turn) this.#isGrowing = false
    }
  }

  /** What comes after all that there is; who has gone to the end of that meant the end of all. */
  #extend(clips: readonly PlayedClip[]): void {
    const { timeline, player } = this
    if (timeline === null) return
    const isAtEnd = !player.playing && player.time >= timeline.seconds
    this.timeline = new Timeline([...timeline.clips, ...clips])
    if (isAtEnd) player.seek(this.timeline.seconds)
  }

  async #clipsOf({ step, trace, next }: Pass, since: number): Promise<PlayedClip[]> {
    const { stage } = this.viewpoint
    const { i18n } = this.session
    if (stage === null) return []
    const clips = (await stage.playing.forwardPass(trace, since)).map(({ animation, seconds, titles }): PlayedClip => ({
      animation,
      seconds,
      step,
      words: () => titles.map(i18n.title),
    }))
    if (next === null) return clips
    const { token, text, probability } = next.chosen
    const animation = await stage.playing.choice(trace, token, `${text}  ${i18n.percent(probability)}`)
    const words = () => [i18n.t.playback.chosen(step + 1, text, i18n.percent(probability))]
    return [...clips, { animation, seconds: animation.seconds * (since > 0 ? CHOSEN_AGAIN : 1), step, words }]
  }

  /** False when it was overtaken by something else. */
  async #start(clipsToPlay: () => Promise<PlayedClip[]>): Promise<boolean> {
    const turn = ++this.#turn
    this.tour.player.pause()
    this.viewpoint.release()
    const clips = await clipsToPlay()
    if (this.#turn !== turn || clips.length === 0) return false
    this.timeline = new Timeline(clips)
    this.#isGrowing = false
    this.player.time = 0
    this.player.backwards = false
    this.player.play()
    return true
  }

  /** From one moment that is worth stopping at to the next (1) or the one before (-1). */
  step(by: 1 | -1): void {
    const { timeline, player } = this
    if (timeline !== null) player.seek(by > 0 ? timeline.beatAfter(player.time) : timeline.beatBefore(player.time))
  }

  /** Brings the camera back to what is played. */
  follow(): void {
    this.viewpoint.release()
    this.viewpoint.stage?.playing.follow()
  }

  /** Ends it; the stage is as it was. */
  close(): void {
    this.#turn++
    if (!this.open) return
    this.player.pause()
    this.timeline = null
    this.#isGrowing = false
    this.#said = ''
    this.viewpoint.stage?.playing.show(null, 1)
    void this.session.attempt(() => this.tour.restage())
  }

  /** The letters have changed: what is played is no longer about them. */
  check(): void {
    const { run } = this.session
    if (this.open && !this.#turning && (run === null || !this.timeline?.clips.some(({ step }) => step === run.step)))
      this.close()
  }

  #draw(time: number): void {
    const { stage, isTaken } = this.viewpoint
    const { run } = this.session
    const moment = this.timeline?.at(time)
    if (moment === undefined || stage === null || run === null || this.#turning) return
    if (moment.clip.step !== run.step) {
      void this.#turnTo(moment.clip.step)
      return
    }
    stage.playing.show(moment.clip.animation, moment.position)
    if (!isTaken) stage.playing.follow()
    this.#say(moment.clip.words().slice(0, -1).join(' · '))
  }

  /** Another pass has other numbers. */
  async #turnTo(step: number): Promise<void> {
    this.#turning = true
    await this.session.writing.goToStep(step, 'replace')
    await tick()
    this.#turning = false
    this.#draw(this.player.time)
  }

  /** Each part of the architecture once, when it begins. */
  #say(words: string): void {
    if (words === '' || words === this.#said) return
    this.#said = words
    this.session.announce(words)
  }
}
