/**
 * The guided tour: which chapter is open, filled in for the reader's letters, which of its steps is read, how far what that step
 * plays has come, and what the stage shows for it. All that is seen follows from chapter, step and position.
 */
import { Refusal } from '../source/refusal'
import { axisOrder, type CellReference } from '../protocol/cells'
import type { Lit } from '../session/inspection.svelte'
import type { Recording } from '../session/basis.svelte'
import type { Session } from '../session/session.svelte'
import type { Description } from '../protocol/types'
import type { Standpoint } from '../scene/framing'
import type { Animation } from '../scene/scenery'
import type { Viewpoint } from '../scene/viewpoint.svelte'
import { Chapters } from './chapters'
import { Companions } from './companions.svelte'
import { Exercises } from './exercises'
import { inSequence } from './performance'
import { POSITION_DIGITS, type ReaderView, type TourPlace } from '../session/place'
import { readProgress, writeProgress, type Progress } from './progress'
import type { Chapter, ChapterEntry, Contents, Cue } from '../protocol/lessons'
import { litRegions, offQuery, ranges } from './regions'

/** What a step plays takes at most this share of the time that its text takes to read, but no less than so many seconds. */
const PLAYED_SHARE = 0.7
const PLAYED_LEAST = 3

/** How a step is come to: where in what it plays (null: it is played), whether the camera flies, whether the text moves. */
interface Arrival {
  position?: number | null
  camera?: 'fly' | 'jump' | 'stay'
  scrolled?: boolean
  how?: Recording | null
}

export class Tour {
  view = $state<ReaderView>('chapter')
  contents = $state.raw<Contents | null>(null)
  chapter = $state.raw<Chapter | null>(null)
  /** Why there is no chapter to be read. */
  trouble = $state.raw<Refusal | null>(null)
  step = $state(0)
  /** How much of what the step plays is done, from 0 to 1. */
  position = $state(1)
  /** Whether it is being played now. */
  running = $state(false)
  /** Whether steps follow one another by themselves. */
  playing = $state(false)
  /** The cell that the step, or a wrong answer, points at, and what it was read from. */
  marked = $state.raw<CellReference | null>(null)
  reads = $state.raw<Lit>([])
  /** Counted up when the text is to be moved to the step. */
  arrivals = $state(0)
  progress = $state.raw<Progress>(readProgress())
  /** Of the chapter that is open. */
  readonly exercises = new Exercises()
  readonly companions: Companions

  /** Whether the stage is the tour's. */
  readonly active = $derived.by(() => this.view !== 'explore' && this.session.run !== null)
  readonly cue: Cue | null = $derived.by(() => this.chapter?.steps[this.step]?.cue ?? null)
  /** In the reader's language, where the lessons have it. */
  readonly language = $derived.by(() => {
    const known = Object.keys(this.contents?.languages ?? {})
    const { language } = this.session.i18n
    return known.includes(language) ? language : (known[0] ?? language)
  })
  readonly entries: readonly ChapterEntry[] = $derived.by(() => this.contents?.languages[this.language] ?? [])

  #slug = ''
  #turn = 0
  readonly #chapters: Chapters
  #performance: Animation | null = null
  #frame = 0
  #resting: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
  ) {
    this.companions = new Companions(session, viewpoint)
    this.#chapters = new Chapters(session.source)
  }

  // Coming to a place.

  /** Where one is, for the address bar; null outside of any chapter. */
  get place(): TourPlace | null {
    if (this.chapter === null) return null
    const stopped = this.#performance !== null && !this.running && this.position < 1
    return { chapter: this.chapter.slug, step: this.step, position: stopped ? this.position : null }
  }

  /** Goes to a place that an address names, the beginning where it names none. */
  arrive(place: TourPlace | null, view: ReaderView, camera: 'fly' | 'stay'): Promise<void> {
    this.settled = this.#arrive(place, view, camera)
    return this.settled
  }

  async #arrive(place: TourPlace | null, view: ReaderView, camera: 'fly' | 'stay'): Promise<void> {
    const before = this.active ? this.place : null
    this.view = view
    if (this.session.run === null) {
      this.#leaveStage()
      return
    }
    this.contents ??= await this.session.source.lessons()
    const known = this.entries.find(({ slug }) => slug === place?.chapter) ?? this.entries[0]
    if (!known || !(await this.#fill(known.slug))) return
    if (!this.active) {
      this.#leaveStage()
      return
    }
    const step = known.slug === place?.chapter ? place.step : 0
    // Back from one cell to another within a step plays nothing again and moves nothing.
    const isHere = before?.chapter === known.slug && before.step === step
    const position = place?.position ?? null
    const arrival: Arrival = isHere
      ? { position: position ?? 1, camera: 'stay', scrolled: false }
      : { position, camera }
    await this.#begin(step, { ...arrival, how: null })
  }

  /** Opens a chapter. */
  open(slug: string, step = 0, arrival: Arrival = {}): Promise<void> {
    this.settled = this.#open(slug, step, arrival)
    return this.settled
  }

  async #open(slug: string, step: number, arrival: Arrival): Promise<void> {
    await this.session.attempt(async () => {
      this.view = 'chapter'
      if (slug !== this.chapter?.slug && !(await this.#fill(slug))) return
      await this.#begin(step, arrival)
    })
  }

  /** Whether a chapter has been asked for that is not here yet. */
  get #isComing(): boolean {
    return this.trouble === null && this.chapter?.slug !== this.#slug
  }

  /** How many steps to go on, or back, as soon as it is here: as often as the reader has asked meanwhile. */
  #ahead = 0

  #begin(step: number, arrival: Arrival): Promise<void> {
    const ahead = this.#ahead
    this.#ahead = 0
    return this.goTo(step + ahead, ahead === 0 ? arrival : {})
  }

  /** Fills the chapter in anew: the letters or the language have changed. */
  async refill(): Promise<void> {
    if (this.chapter === null || this.session.run === null) return
    await this.session.attempt(async () => {
      if ((await this.#fill(this.#slug)) && this.active)
        await this.goTo(this.step, { camera: 'stay', position: 1, scrolled: false, how: null })
    })
  }

  /** True when the chapter has come, and was not overtaken by another. */
  async #fill(slug: string): Promise<boolean> {
    const { run, description } = this.session
    if (run === null || description === null) return false
    this.#slug = slug
    try {
      const chapter = await this.#chapters.get(this.language, slug, description.id, run.prompt)
      if (chapter === null) return false
      if (this.chapter?.slug !== slug) this.exercises.clear()
      this.chapter = chapter
      this.trouble = null
      return true
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.chapter = null
      this.trouble = error
      this.#ahead = 0
      this.#leaveStage()
      return false
    }
  }

  /** Shows the other side of the reader. */
  async turnTo(view: ReaderView): Promise<void> {
    if (view === this.view) return
    const wasActive = this.active
    this.view = view
    this.pause()
    if (!this.active) this.#leaveStage()
    else if (!wasActive && this.chapter) await this.goTo(this.step, { how: null, position: 1 })
    this.session.record('push', false)
  }

  // Steps.

  get #steps(): Chapter['steps'] {
    return this.chapter?.steps ?? []
  }

  get #here(): number {
    return this.entries.findIndex(({ slug }) => slug === this.chapter?.slug)
  }

  readonly isFirst = $derived.by(() => this.step === 0 && this.#here <= 0)
  readonly isLast = $derived.by(() => this.step >= this.#steps.length - 1 && this.#here >= this.entries.length - 1)
  readonly following: ChapterEntry | null = $derived.by(() => this.entries[this.#here + 1] ?? null)

  async next(): Promise<void> {
    this.playing = false
    if (this.#isComing) this.#ahead++
    else await this.#advance('push')
  }

  async #advance(how: Recording): Promise<void> {
    if (this.view !== 'chapter') return this.open(this.#slug, this.step)
    if (this.step < this.#steps.length - 1) await this.goTo(this.step + 1, { how })
    else if (this.following) await this.open(this.following.slug, 0, { how })
  }

  /** One step back, which is seen as it has ended. */
  async previous(): Promise<void> {
    this.playing = false
    if (this.#isComing) {
      this.#ahead--
      return
    }
    if (this.view !== 'chapter') return this.open(this.#slug, this.step)
    const before = this.entries[this.#here - 1]
    if (this.step > 0) await this.goTo(this.step - 1, { position: 1 })
    else if (before) await this.open(before.slug, before.steps - 1, { position: 1 })
  }

  /** Resolves when the stage shows what the step last gone to says, as far as that is not played. */
  settled: Promise<void> = Promise.resolve()

  /** Shows what the cue of a step says. */
  goTo(wanted: number, arrival: Arrival = {}): Promise<void> {
    this.settled = this.#come(wanted, arrival)
    return this.settled
  }

  async #come(wanted: number, arrival: Arrival): Promise<void> {
    const { position = null, camera = 'fly', scrolled = true, how = 'push' } = arrival
    const { session } = this
    const { run, description } = session
    this.step = Math.max(0, Math.min(wanted, this.#steps.length - 1))
    const { cue } = this
    if (run === null || description === null || cue === null) return
    const turn = ++this.#turn
    this.#stop()
    this.#performance = null
    const isPlayed = position === null && cue.run.length > 0 && !session.preferences.reducedMotion
    this.running = isPlayed
    this.position = cue.run.length > 0 ? (position ?? (isPlayed ? 0 : 1)) : 1
    if (scrolled) this.arrivals++
    this.#remember()
    this.#setStage(cue, camera)
    if (how !== null) session.record(how, false)
    if (camera !== 'stay') this.#say()
    const off = offQuery(cue.off, lengths(description, cue.tokens.length))
    const isShown = run.step === cue.generated && run.off === off && run.wanted === run.step
    if (!isShown && !(await run.show(run.prompt, cue.generated, off))) return
    if (this.#turn !== turn) return
    await Promise.all([this.#explainMarked(turn), this.#prepare(cue, turn)])
    if (this.#turn !== turn) return
    if (this.running) this.#play()
    else this.#draw()
    if (this.playing && !this.running) this.#rest()
  }

  #remember(): void {
    const { chapter, step, progress } = this
    if (chapter === null || (progress[chapter.slug] ?? 0) > step) return
    this.progress = { ...progress, [chapter.slug]: step + 1 }
    writeProgress(this.progress)
  }

  #say(): void {
    const { chapter, step } = this
    if (chapter === null) return
    const { title, cue } = chapter.steps[step] as Chapter['steps'][number]
    const { i18n } = this.session
    this.session.announce(i18n.t.tour.live.step(step + 1, chapter.steps.length, plainText(title), plainText(cue.note)))
  }

  // The stage.

  #setStage(cue: Cue, camera: Arrival['camera'] = 'fly'): void {
    const { session } = this
    const { stage } = this.viewpoint
    const { tensors, inspection } = session
    const selected = cue.select && tensors.get(cue.select.tensor)
    this.marked =
      selected && cue.select ? { tensor: selected.name, index: axisOrder(selected, cue.select.index) } : null
    this.reads = []
    // A step that is gone to brings its own cell; a stage that is built anew keeps the reader's.
    if (inspection.selection && camera === 'fly') void session.attempt(() => inspection.look(this.marked, null))
    if (stage === null) return
    stage.playing.show(null, 1)
    stage.emphasis.emphasise(cue.show.length > 0 ? cue.show : null)
    stage.emphasis.setOff(litRegions(tensors, cue.off))
    // Models that are still to come bring the camera along when they come.
    const isComplete = !this.companions.lacks(cue.models)
    void this.setBeside(cue.models, camera)
    if (camera !== 'stay' && isComplete) this.lead(camera === 'fly')
  }

  /** Moves the camera to what the step is about. */
  lead(animate = true): void {
    const { cue } = this
    if (cue === null || !this.active) return
    this.viewpoint.lead(cue.view === 'home' ? null : cue.focus, { animate, ...standpoint(cue) })
  }

  /** Puts models beside the reader's own, and shows them all. */
  setBeside(models: readonly string[], camera: Arrival['camera'] = 'fly'): Promise<void> {
    return this.companions.put(models, () => {
      if (camera !== 'stay' && this.active) this.lead()
      else if (camera !== 'stay') this.viewpoint.lead(null, { animate: camera === 'fly' })
    })
  }

  /** Another model is being put on the stage. */
  unstage(): void {
    this.companions.clear(!this.active)
    if (this.viewpoint.wanted === null) this.lead(false)
  }

  /** The model stands on the stage, so that it can be played. */
  async stand(): Promise<void> {
    const awaited = this.companions.stage()
    if (this.active) await this.restage('jump')
    else await this.setBeside(awaited, this.viewpoint.wanted === null ? 'jump' : 'stay')
  }

  /** Shows the present step on the stage once more. */
  async restage(camera: 'fly' | 'jump' = 'fly'): Promise<void> {
    const { cue, viewpoint, running, position } = this
    if (viewpoint.stage === null || cue === null || !this.active) return
    await this.goTo(this.step, {
      camera: viewpoint.wanted === null ? camera : 'stay',
      position: running ? null : position,
      scrolled: false,
      how: null,
    })
  }

  #leaveStage(): void {
    const { stage } = this.viewpoint
    const { run } = this.session
    this.#turn++
    this.#stop()
    this.#ahead = 0
    this.playing = this.running = false
    this.#performance = null
    this.marked = null
    this.reads = []
    stage?.playing.show(null, 1)
    stage?.emphasis.emphasise(null)
    stage?.emphasis.setOff([])
    void this.setBeside([], 'stay')
    if (run !== null && run.off !== '')
      void this.session.attempt(async () => void (await run.show(run.prompt, run.step)))
  }

  async #explainMarked(turn: number): Promise<void> {
    const { session, marked, cue } = this
    // Where the whole is shown, nothing of it recedes behind one cell.
    if (cue?.view === 'home' || marked?.index == null || session.run === null) return
    const { reads } = await session.source.explain(session.run.question, { tensor: marked.tensor, index: marked.index })
    if (this.#turn === turn) this.reads = reads
  }

  // Playing.

  async #prepare(cue: Cue, turn: number): Promise<void> {
    const { stage } = this.viewpoint
    const { tensors } = this.session
    if (stage === null || !this.companions.isStaged || cue.run.length === 0) return
    const parts: Animation[] = []
    for (const name of cue.run) {
      const tensor = tensors.get(name)
      const region = cue.at.find((one) => one.tensor === name)
      if (tensor) parts.push(await stage.playing.animation(name, region ? ranges(tensor, region) : null))
      if (this.#turn !== turn) return
    }
    this.#performance = inSequence(parts)
    if (this.#performance === null) this.position = 1
  }

  /** Seconds that what the step plays takes. */
  get #seconds(): number {
    const reading = this.#steps[this.step]?.seconds ?? 0
    return Math.min(this.#performance?.seconds ?? 0, Math.max(PLAYED_LEAST, PLAYED_SHARE * reading))
  }

  /**
   * Shows the position. Where single cells are at stake, the camera goes along with what happens to them, unless the step says that it
   * stays, and back at the end.
   */
  #draw(): void {
    const { stage, isTaken } = this.viewpoint
    const isOver = this.position >= 1
    stage?.playing.show(isOver ? null : this.#performance, this.position)
    if (isTaken) return
    const { cue } = this
    if (!isOver && cue?.at.length && cue.camera.follow) {
      this.#isClose = true
      stage?.playing.follow(standpoint(cue))
    } else if (this.#isClose) {
      this.#isClose = false
      this.lead()
    }
  }

  /** Whether the camera is nearer to what happens than the step says. */
  #isClose = false

  #stop(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#resting)
  }

  #play(): void {
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
    const { seconds = 0, exercises = [] } = this.#steps[this.step] ?? {}
    if (this.isLast || exercises.length > 0) {
      this.playing = false
      return
    }
    const left = Math.max(1, seconds - this.#seconds)
    this.#resting = setTimeout(() => void this.#advance('replace'), left * 1000)
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
    if (this.#performance !== null && this.position < 1) this.#play()
    else if (this.isLast) void this.goTo(this.step)
    else this.#rest()
  }

  /** Plays what the step plays once more. */
  replay(): void {
    if (this.#performance === null) return
    this.position = 0
    this.#play()
  }

  pause(): void {
    this.#stop()
    if (!this.playing && !this.running) return
    this.playing = this.running = false
    this.position = Number(this.position.toFixed(POSITION_DIGITS))
    this.#draw()
    this.session.record('replace', false)
  }

  // Exercises.

  /** Takes a cell as an answer to an exercise of the step that is still open; false where there is none. */
  answer(reference: CellReference | null): boolean {
    const tensor = this.session.tensors.get(reference?.tensor ?? '')
    if (this.view !== 'chapter' || !tensor || !reference?.index) return false
    const said = this.exercises.take(this.step, this.#steps[this.step]?.exercises ?? [], tensor, reference.index)
    if (said === null) return false
    this.marked = reference
    this.reads = []
    this.session.announce(plainText(said))
    return true
  }
}

/** From where the camera looks at what the step is about, and at what happens in it. */
function standpoint({ camera }: Cue): Standpoint {
  return { azimuth: camera.turn, elevation: camera.tilt }
}

/** How long each axis is for so many tokens. */
function lengths({ graph }: Description, tokens: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(graph.axes).map(([letter, { size, grows }]) => [letter, grows ? tokens : size]),
  )
}

/** The words of HTML. */
export function plainText(html: string): string {
  return new DOMParser().parseFromString(html, 'text/html').body.textContent.trim()
}
