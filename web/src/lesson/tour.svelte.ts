/**
 * The guided tour: which chapter is open and which of its steps is read. All that is seen follows from chapter, step and position: the
 * book has the chapter, the staging what the stage shows for a step, the player what that plays.
 */
import type { CellReference } from '../protocol/cells'
import type { Cue, ExerciseText, LessonStep } from '../protocol/lessons'
import type { Description } from '../protocol/types'
import type { Viewpoint } from '../scene/viewpoint.svelte'
import type { Recording } from '../session/basis.svelte'
import { keep, kept } from '../session/kept'
import { formatPlace, parsePlace, type ReaderView, type TourPlace } from '../session/place'
import type { Session } from '../session/session.svelte'
import { Refusal } from '../source/refusal'
import { Book } from './book.svelte'
import { Changing } from './changing.svelte'
import { readProgress, writeProgress, type Progress } from './progress'
import { changeOf } from './regions'
import { Staging, type CameraMove } from './staging.svelte'
import { StepPlayer } from './step-player.svelte'

/** How a step is come to: where in what it plays (null: it is played), whether the camera flies, whether the text moves. */
interface Arrival {
  position?: number | null
  /** Whether it is played on from there. */
  goesOn?: boolean
  camera?: CameraMove
  scrolled?: boolean
  how?: Recording | null
}

const PLACE = 'place'

/** Where in the tour the reader was when last here; null: nowhere but at its beginning. */
export function lastPlace(): TourPlace | null {
  const found = kept(PLACE)
  return typeof found === 'string' ? parsePlace(found) : null
}

export class Tour {
  view = $state<ReaderView>('chapter')
  step = $state(0)
  /** The chapter that was wanted last, where it speaks of what the model does not have: the model is there to explore then. */
  unfit = $state<string | null>(null)
  /** The reader has gone on from the last step, and sees the whole model once more. */
  isFinished = $state(false)
  /** Counted up when the text is to be moved to the step. */
  arrivals = $state(0)
  /** Counted up with every answer to an exercise. */
  answers = $state(0)
  progress = $state.raw<Progress>(readProgress())
  readonly book: Book
  readonly staging: Staging
  readonly changing: Changing
  readonly player: StepPlayer

  /** Whether the stage is the tour's. */
  readonly active = $derived.by(() => this.view !== 'explore' && this.session.run !== null)
  readonly present: LessonStep | null = $derived.by(() => this.book.steps[this.step] ?? null)
  readonly cue: Cue | null = $derived.by(() => (this.isFinished ? null : (this.present?.cue ?? null)))
  readonly isFirst = $derived.by(() => this.step === 0 && this.book.preceding === null)
  readonly isLast = $derived.by(() => this.step >= this.book.steps.length - 1 && this.book.following === null)

  /** Resolves when the stage shows what the step last gone to says, as far as that is not played. */
  settled: Promise<void> = Promise.resolve()
  #turn = 0
  /** How many steps to go on, or back, as soon as the chapter is here: as often as the reader has asked meanwhile. */
  #ahead = 0

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
  ) {
    this.book = new Book(session)
    this.staging = new Staging(session, viewpoint, this)
    this.changing = new Changing(session, viewpoint)
    this.player = new StepPlayer(session, viewpoint, this.staging, this)
  }

  // Coming to a place.

  get exercises(): readonly ExerciseText[] {
    return this.present?.exercises ?? []
  }

  /** That the step shows other letters than the reader's, in a sentence; empty where it does not. */
  get instead(): string {
    const { i18n, description } = this.session
    const letters = this.cue?.instead?.map((token) => description?.vocabulary?.[token] ?? token).join(' ')
    return letters === undefined ? '' : i18n.t.tour.instead(letters)
  }

  get isOver(): boolean {
    return this.player.position >= 1
  }

  /** Where one is, for the address bar; null outside of any chapter. */
  get place(): TourPlace | null {
    const { chapter } = this.book
    return chapter && { chapter: chapter.slug, step: this.step, position: this.player.stopped }
  }

  /** Has the chapter of a place filled in while what it is about is still being computed. */
  async foresee(place: TourPlace | null): Promise<void> {
    await this.book.list()
    const { run } = this.session
    const known = this.book.entry(place?.chapter ?? '') ?? this.book.entries[0]
    if (run === null || typeof run.coming === 'string' || run.coming.length === 0 || known?.fits !== true) return
    await this.book.foresee(known.slug, run.coming)
  }

  /** Goes to a place that an address names, the beginning where it names none. */
  arrive(place: TourPlace | null, view: ReaderView, camera: 'fly' | 'stay'): Promise<void> {
    this.settled = this.#arrive(place, view, camera)
    return this.settled
  }

  async #arrive(place: TourPlace | null, view: ReaderView, camera: 'fly' | 'stay'): Promise<void> {
    const before = this.active ? this.place : null
    this.view = view
    this.unfit = null
    if (this.session.run === null) {
      this.#leaveStage()
      return
    }
    await this.book.list()
    const wanted = place?.chapter ?? ''
    if (wanted !== '' && this.book.entry(wanted) === undefined) {
      const message = `There is no chapter '${wanted}': choose one from the contents.`
      this.session.complain(new Refusal('unknown-chapter', message, { chapter: wanted }))
    }
    const known = this.book.entry(wanted) ?? this.book.entries[0]
    if (!known || !(await this.#fill(known.slug))) return
    if (!this.active) {
      this.#leaveStage()
      return
    }
    const step = known.slug === place?.chapter ? Math.min(place.step, known.steps - 1) : 0
    if (known.slug === place?.chapter && place.step > step) {
      const message = `“${known.title}” has no step ${place.step + 1}: its steps are 1 to ${known.steps}.`
      this.session.complain(new Refusal('unknown-step', message, { chapter: known.slug }))
    }
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
      this.unfit = null
      if (slug !== this.book.chapter?.slug && !(await this.#fill(slug))) return
      await this.#begin(step, arrival)
    })
  }

  #begin(step: number, arrival: Arrival): Promise<void> {
    const ahead = this.#ahead
    this.#ahead = 0
    return this.goTo(step + ahead, ahead === 0 ? arrival : {})
  }

  /** Fills the chapter in anew: the letters or the language have changed. */
  async refill(): Promise<void> {
    const { chapter, slug } = this.book
    if (chapter === null || slug === null || this.session.run === null) return
    const letters = this.cue?.tokens.join()
    await this.session.attempt(async () => {
      if ((await this.#fill(slug)) && this.active) {
        // In another language the step goes on where it is; other letters are seen at once.
        const { position, running } = this.player
        const isSame = this.cue?.tokens.join() === letters
        const where = isSame ? { position, goesOn: running } : { position: 1 }
        await this.goTo(this.step, { camera: 'stay', ...where, scrolled: false, how: null })
      }
    })
  }

  /** True when the chapter has come, and was not overtaken by another. */
  async #fill(slug: string): Promise<boolean> {
    if (this.book.entry(slug)?.fits === false) {
      this.#explore(slug)
      return false
    }
    const filled = await this.book.fill(slug)
    if (filled === 'refused') this.#leaveStage()
    if (this.book.trouble?.code === 'unfit-chapter') this.#explore(slug)
    return filled === 'filled'
  }

  /** The model is explored instead of a chapter that does not fit it; where anything else is read, that stays. */
  #explore(slug: string): void {
    this.book.close()
    this.#leaveStage()
    if (this.view !== 'chapter') return
    this.unfit = slug
    this.view = 'explore'
    this.session.record('replace', false)
  }

  /** Shows the other side of the reader. */
  async turnTo(view: ReaderView): Promise<void> {
    if (view === this.view) return
    if (view === 'chapter' && this.book.slug === null) return this.open(this.#first)
    const wasActive = this.active
    this.view = view
    this.unfit = null
    this.player.pause()
    if (!this.active) this.#leaveStage()
    else if (!wasActive && this.book.chapter) await this.goTo(this.step, { how: null, position: 1 })
    this.session.record('push', false)
  }

  /** The chapter that the tour begins with. */
  get #first(): string {
    return (this.book.fitting[0] ?? this.book.entries[0])?.slug ?? ''
  }

  // Steps.

  async next(): Promise<void> {
    this.player.playing = false
    if (this.book.isComing) this.#ahead++
    else await this.#advance('push')
  }

  follow(): void {
    void this.#advance('replace')
  }

  /** Behind the last step the stage shows the whole model. */
  finish(): void {
    this.isFinished = true
    this.#leaveStage()
    this.viewpoint.lead(null)
  }

  again(): void {
    void this.goTo(this.step)
  }

  async #advance(how: Recording): Promise<void> {
    const { slug, steps, following } = this.book
    if (this.view !== 'chapter') return this.open(slug ?? this.#first, this.step)
    if (this.step < steps.length - 1) await this.goTo(this.step + 1, { how })
    else if (following) await this.open(following.slug, 0, { how })
  }

  /** One step back, which is seen as it has ended. */
  async previous(): Promise<void> {
    const { slug, isComing, preceding } = this.book
    this.player.playing = false
    if (isComing) {
      this.#ahead--
      return
    }
    if (this.view !== 'chapter') return this.open(slug ?? this.#first, this.step)
    if (this.step > 0) await this.goTo(this.step - 1, { position: 1 })
    else if (preceding) await this.open(preceding.slug, preceding.steps - 1, { position: 1 })
  }

  /** Shows what the cue of a step says. */
  goTo(wanted: number, arrival: Arrival = {}): Promise<void> {
    this.settled = this.#come(wanted, arrival)
    return this.settled
  }

  async #come(wanted: number, arrival: Arrival): Promise<void> {
    const { position = null, goesOn = false, camera = 'fly', scrolled = true, how = 'push' } = arrival
    const { session, staging, player } = this
    const { run, description } = session
    this.isFinished = false
    this.step = Math.max(0, Math.min(wanted, this.book.steps.length - 1))
    const { cue } = this
    if (run === null || description === null || cue === null) return
    const turn = ++this.#turn
    const isWanted = () => this.#turn === turn
    player.begin(cue, position, goesOn)
    if (scrolled) this.arrivals++
    this.#remember()
    // Who goes on sees the next step as it says.
    if (how !== null && scrolled) staging.fanning.wanted = null
    staging.set(cue, camera)
    if (how !== null) session.record(how, false)
    if (camera !== 'stay') this.#say()
    const change = changeOf(cue.off, lengths(description, cue.tokens.length))
    const usual = { told: change, instead: cue.instead }
    this.changing.begin(`${this.book.slug} ${this.step} ${cue.tokens.join()}`, usual)
    const { told, instead } = run.changed
    const isUsual = told === change && instead?.join() === cue.instead?.join()
    const isChanged = isUsual || this.changing.what !== null
    const isShown = run.step === cue.generated && isChanged && run.wanted === run.step
    if (!isShown && !(await run.show(run.prompt, cue.generated, usual))) return
    if (!isWanted()) return
    // What is played goes to where the cells are.
    await staging.fanning.settled
    await Promise.all([staging.explain(isWanted), player.prepare(cue, isWanted)])
    if (!isWanted()) return
    player.proceed()
    await staging.apart.apply()
  }

  #remember(): void {
    const { step, progress } = this
    const { chapter } = this.book
    if (chapter === null) return
    keep(PLACE, formatPlace({ chapter: chapter.slug, step, position: null }))
    if ((progress[chapter.slug] ?? 0) > step) return
    this.progress = { ...progress, [chapter.slug]: step + 1 }
    writeProgress(this.progress)
  }

  #say(): void {
    const { step, present, session } = this
    if (present === null) return
    const { t } = session.i18n
    const [title, note] = [plainText(present.title), `${plainText(present.cue.note)} ${this.instead}`]
    session.announce(t.tour.live.step(step + 1, this.book.steps.length, title, note))
  }

  // The stage.

  /** The model stands on the stage, so that it can be played. */
  async stand(): Promise<void> {
    const awaited = this.staging.companions.stage()
    if (this.active) await this.restage('jump')
    else await this.staging.fanning.apply(false)
    this.staging.fanning.frame(false)
    if (!this.active) await this.staging.setBeside(awaited, this.viewpoint.wanted === null ? 'jump' : 'stay')
  }

  /** Shows the present step on the stage once more. */
  async restage(camera: 'fly' | 'jump' = 'fly'): Promise<void> {
    const { viewpoint, player } = this
    if (viewpoint.stage === null || this.cue === null || !this.active) return
    await this.goTo(this.step, {
      // A cell that an address has opened is what the reader came for.
      camera: viewpoint.wanted === null && !viewpoint.isFacing ? camera : 'stay',
      position: player.running ? null : player.position,
      scrolled: false,
      how: null,
    })
  }

  #leaveStage(): void {
    this.changing.begin('', { told: '', instead: null })
    this.#turn++
    this.#ahead = 0
    this.player.leave()
    this.staging.leave()
  }

  /** Takes a cell as an answer to an exercise of the step that is still open; false where there is none. */
  answer(reference: CellReference | null): boolean {
    const tensor = this.session.tensors.get(reference?.tensor ?? '')
    if (this.view !== 'chapter' || !tensor || !reference?.index) return false
    const said = this.book.exercises.take(this.step, this.exercises, tensor, reference.index)
    if (said === null) return false
    this.answers++
    this.staging.mark(reference)
    this.session.announce(plainText(said))
    return true
  }
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
