/**
 * One page: what it holds, the tour through it, what is being played, and the address that says all of it. Panels find theirs by
 * `usePage`, so that a document can hold several.
 */
import { createContext } from 'svelte'
import { Explained } from './lesson/explained.svelte'
import { Other } from './lesson/other.svelte'
import { Playback } from './lesson/playback.svelte'
import { lastPlace, Tour } from './lesson/tour.svelte'
import { formatInterventions } from './protocol/interventions'
import type { TensorView } from './protocol/tensors'
import type { Description, ModelList } from './protocol/types'
import { Viewpoint } from './scene/viewpoint.svelte'
import { formatAddress, parseAddress, unknownEntries, type Address } from './session/address'
import { tensorOf } from './session/changes'
import { keep, kept } from './session/kept'
import type { TourPlace } from './session/place'
import { Places } from './session/places.svelte'
import type { Theme } from './session/preferences.svelte'
import { textOf } from './session/prompt'
import { whileSeen } from './session/seen'
import { Run } from './session/run.svelte'
import type { Recording } from './session/basis.svelte'
import { Session } from './session/session.svelte'
import type { Visits } from './session/visits'
import { computedHere } from './source/local'
import { Refusal, shortened } from './source/refusal'
import type { Shelf } from './source/shelf'
import { KNOWN, learn, preferred, type Language } from './words/languages'

export const [usePage, providePage] = createContext<Page>()

export interface PageOptions {
  /** Where models come from, and are kept. */
  shelf: Shelf
  /** Where the page stands. */
  target: HTMLElement
  /** Whether the document is all its own: language, title and theme, the keys that nobody else has taken, plain ids. */
  ownsDocument: boolean
  visits: Visits
}

export class Page extends Session {
  readonly viewpoint = new Viewpoint(() => this.record('replace'))
  readonly tour: Tour = new Tour(this, this.viewpoint)
  readonly playback = new Playback(this, this.viewpoint, this.tour)
  readonly other = new Other(this)
  readonly explained = new Explained(this, this.tour)
  readonly places: Places

  /** Of the comparison and what a widget or a training has put on the stage, the one that was begun last; null: there is neither. */
  readonly latest: 'comparison' | 'changing' | null = $derived.by(() => {
    const { other } = this
    const { changing } = this.tour
    if (other.what === null) return changing.what === null ? null : 'changing'
    return changing.what !== null && changing.since > other.since ? 'changing' : 'comparison'
  })

  /** Which dialog is open over the page. */
  dialog = $state<'keys' | 'search' | null>(null)
  /** On a low screen: the stage lies over the text. */
  isPictureShown = $state(false)
  /** The model whose training the reader has asked to see, until it is seen. */
  watched = $state<string | null>(null)
  /** The model that has been chosen and is not here yet. */
  coming = $state<string | null>(null)
  connectionLost = $state(false)
  /** The model's files are others than those that were read. */
  fileChanged = $state(false)

  /** The opening is shown to whoever comes here for the first time and has asked for nothing in particular. */
  opening = $state<'due' | 'over'>('over')

  /** The stage's first picture is waited for, though not for ever. */
  isPictureDue = $state(true)

  /** What tells the ids of this page from those of others in the document. */
  prefix = ''

  /** How many times a place has been gone to: an earlier one that is still on its way gives way to a later. */
  #turn = 0
  /** How many times the source was lost or came back. */
  #connections = 0
  /** Where the reader left each model. */
  #left = new Map<string, Address>()
  readonly #endings: (() => void)[]

  /** Resolves when the page stands where it begins, or has said why it cannot. */
  started = Promise.resolve()
  /** A frame has been drawn of all that there is to show. */
  readonly frameDrawn: () => void
  /** Resolves when the first frame with real values has been drawn, and the page stands where it begins. */
  readonly ready: Promise<void>

  constructor(private readonly options: PageOptions) {
    const [frame, standing] = [awaited(), awaited()]
    super(computedHere(options.shelf, standing.promise))
    this.ready = frame.promise.then(() => this.started)
    void this.ready.then(standing.resolve)
    this.frameDrawn = frame.resolve
    const { source } = this
    const { visits } = options
    this.places = new Places(visits)
    this.#endings = [
      source.watch((lost) => void this.#connectionChanged(lost)),
      visits.watch(() => void this.#restore()),
      whileSeen(() => void this.#lookAtFile(), BETWEEN_LOOKS),
    ]
  }

  get target(): HTMLElement {
    return this.options.target
  }

  get ownsDocument(): boolean {
    return this.options.ownsDocument
  }

  /** The element that language and theme are written on. */
  get root(): HTMLElement {
    return this.ownsDocument ? document.documentElement : this.target
  }

  /** An id like no other in the document. */
  id(name: string): string {
    return this.prefix + name
  }

  // Starting, and starting again.

  start(): Promise<void> {
    this.started = this.#start()
    return this.started
  }

  async #start(): Promise<void> {
    const { visits } = this.options
    this.places.arrive()
    const address = parseAddress(visits.search)
    const isAnywhere = this.ownsDocument && isPlain(visits.search)
    if (isAnywhere && kept(OPENED) === null) {
      this.opening = 'due'
      keep(OPENED, true)
    }
    const tour = isAnywhere ? lastPlace() : null
    this.#applyPreferences(address)
    this.#sayUnknown(unknownEntries(visits.search))
    await this.attempt(async () => {
      await this.apply(tour === null ? address : { ...address, tour })
      this.record('replace')
      this.#sayResumed(tour)
    })
    this.#sayUnknown(this.#unknownHere(address))
  }

  /** Whoever comes back is told why this is not the beginning. */
  #sayResumed(place: TourPlace | null): void {
    const { chapter } = this.tour.book
    const isBeginning = chapter === null || (chapter.slug === this.tour.book.entries[0]?.slug && this.tour.step === 0)
    if (place === null || isBeginning) return
    // It goes after a while, which begins when there is something to see.
    void this.ready.then(() => this.tell(this.i18n.t.tour.resumed(chapter.title)))
  }

  /** It counts as back when the page shows what it says now: what is wanted before that would be taken away with the old numbers. */
  async #connectionChanged(lost: boolean): Promise<void> {
    const turn = ++this.#connections
    if (!lost && this.description !== null) await this.attempt(() => this.#renew())
    if (turn === this.#connections) this.connectionLost = lost
  }

  /** The source is back, perhaps with other weights: asks for everything again and keeps the reader's place. */
  async #renew(): Promise<void> {
    const { id } = this.description as Description
    // Another model may be chosen meanwhile, and is not to be put aside again.
    const isLeft = (): boolean => this.description?.id !== id || (this.coming !== null && this.coming !== id)
    const description = await this.#described(id)
    const weights = await this.#weightsOf(description)
    if (isLeft()) return
    this.tour.book.forget()
    this.fetched.clear()
    await this.run?.renew(description)
    if (isLeft()) return
    this.description = description
    this.weights = weights
    await this.inspection.explain()
  }

  async #lookAtFile(): Promise<void> {
    const { description } = this
    if (description?.loaded !== true) return
    const changed = await this.source.hasChanged(description.id)
    if (this.description === description) this.fileChanged = changed
  }

  /** Shows what the model's files hold now, at the same place as far as there is one; goes on as before where they hold no model. */
  async readAgain(): Promise<void> {
    const { description, address } = this
    if (description === null) return
    this.fileChanged = false
    await this.attempt(async () => {
      await this.source.readAgain(description.id).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error
        throw new Refusal('not-read-again', `It stays as it was: ${error.message}`, { model: description.title })
      })
      this.tour.book.forget()
      await this.#load(await this.#described(description.id), address)
      this.record('replace')
    })
  }

  async #weightsOf({ id, loaded }: Description): Promise<ReadonlyMap<string, TensorView>> {
    return loaded ? await this.source.weights(id) : new Map<string, TensorView>()
  }

  override dispose(): void {
    for (const end of this.#endings) end()
    this.tour.player.pause()
    this.playback.close()
    this.viewpoint.dispose()
    super.dispose()
  }

  // Models.

  /** A model that there is; an address may name one that there is not. */
  #known(wanted: string | null): string {
    const { models, default: usual } = this.models as ModelList
    if (wanted === null || isNew(wanted) || models.some(({ id }) => id === wanted)) return wanted ?? usual
    this.complain(
      new Refusal('unknown-model', `There is no model '${wanted}' here; this is ${usual}.`, { model: wanted }),
    )
    return usual
  }

  /** Of a new model that cannot be it is said why; who comes with nothing else to see is shown the usual one. */
  async #describe(model: string): Promise<Description> {
    try {
      return await this.#described(model)
    } catch (error) {
      if (!(error instanceof Refusal) || !isNew(model) || this.description !== null) throw error
      this.complain(error)
      return await this.#described((this.models as ModelList).default)
    }
  }

  /** What a model is; one that is still to be taught goes by a title in the reader's language. */
  async #described(model: string): Promise<Description> {
    const { i18n } = this
    const description = await this.source.description(model)
    const { id, title } = description
    // A moment of its training has a title already.
    if (!isNew(id) || title !== id) return description
    return {
      ...description,
      get title() {
        return i18n.modelTitle({ id, title })
      },
    }
  }

  /** Keeps a model that was taught here; its id. */
  async keep(...model: Parameters<Shelf['keep']>): Promise<string> {
    const id = await this.shelf.keep(...model)
    await this.list()
    return id
  }

  /** What there is to choose from now: another page of this browser may have kept a model, or removed one. */
  async list(): Promise<void> {
    this.models = await this.source.models()
  }

  /** Shows the model of that id with other weights, as if they were its own, until null is lent. */
  async lend(...[model, lent]: Parameters<Shelf['lend']>): Promise<void> {
    this.shelf.lend(model, lent)
    if (this.description?.id === model) await this.attempt(() => this.#renew())
  }

  /** Takes a kept model away; returns what puts it back. */
  async discard(model: string): Promise<() => Promise<void>> {
    const { workshop } = this.source
    const isThere = this.models?.models.find(({ id }) => id === model)?.kept === true
    if (this.description?.id === model) await this.choose((this.models as ModelList).default)
    const removeThere = async (there: NonNullable<typeof workshop>) => {
      await there.remove(model)
      return () => there.restore(model)
    }
    const putBack = isThere && workshop ? await removeThere(workshop) : await this.shelf.remove(model)
    await this.list()
    return async () => {
      await putBack()
      await this.list()
    }
  }

  /** Whether a model goes by that title already, another than this one. */
  isTaken(title: string, except: string | null = null): boolean {
    const { i18n, models } = this
    return (models?.models ?? []).some((model) => model.id !== except && i18n.modelTitle(model) === title)
  }

  /** The title, with a number after it where a model goes by it already. */
  free(title: string): string {
    let [free, number] = [title, 1]
    while (this.isTaken(free)) free = `${title} (${++number})`
    return free
  }

  /** Calls a model that the server keeps by another name. */
  async rename(model: string, title: string): Promise<void> {
    if (!(await this.shelf.rename(model, title))) await this.source.workshop?.rename(model, title)
    await this.list()
    if (this.description?.id === model) await this.#renew()
  }

  get shelf(): Shelf {
    return this.options.shelf
  }

  /** Those of the models wanted beside the one shown that there are. */
  #others(wanted: readonly string[]): string[] {
    const known = (this.models as ModelList).models.map(({ id }) => id)
    return known.filter((id) => wanted.includes(id) && id !== this.description?.id)
  }

  /** Puts a model beside the one shown, or takes it away. */
  async toggleBeside(model: string): Promise<void> {
    const { standing } = this.tour.staging.companions
    const wanted = standing.includes(model) ? standing.filter((other) => other !== model) : [...standing, model]
    await this.tour.staging.setBeside(this.#others(wanted))
    this.record('push')
  }

  /** The models that a flight out of the shown one goes past: the next larger one, and the two largest. */
  get larger(): readonly string[] {
    const { description, models } = this
    if (description?.loaded !== true) return []
    const larger = (models?.models ?? []).filter(({ parameters }) => parameters > description.parameters)
    larger.sort((one, other) => one.parameters - other.parameters)
    return larger.filter((_, place) => place === 0 || place >= larger.length - 2).map(({ id }) => id)
  }

  /** Flies from one number of the model out to the largest one. */
  flyOut(): void {
    if (this.larger.length > 0 && this.viewpoint.stage) this.tour.staging.flight = this.larger
  }

  /** Shows another model, at the place where the reader left it, or in a chapter. */
  async choose(model: string, chapter: string | null = null, refused?: (refusal: Refusal) => void): Promise<void> {
    const { description, address, i18n } = this
    if (description?.id === model) return
    if (description) this.#left.set(description.id, address)
    const left = this.#left.get(model)
    const { text = null, tokens = null, step = 0, change = null } = left ?? {}
    const tour = chapter === null ? (left?.tour ?? null) : { chapter, step: 0, position: null }
    const { language, theme } = address
    // Who explores a model only because the tour does not fit it has not asked for that.
    const view = this.tour.unfit === null ? address.view : (left?.view ?? 'chapter')
    const said = this.notices
    await this.attempt(async () => {
      await this.apply({
        model,
        text,
        tokens,
        step,
        tour,
        view,
        beside: [],
        language,
        theme,
        cell: null,
        fan: null,
        pin: null,
        change,
        against: null,
        seen: null,
        camera: null,
      })
      if (this.description?.id !== model) return
      // What was said of another model is of no use for this one.
      this.notices = this.notices.filter((refusal) => !said.includes(refusal))
      this.record('push', false)
      const { title, parameters } = this.description
      this.announce(i18n.t.live.model(title, i18n.integer(parameters)))
    }, refused)
  }

  /** Shows another model; its weights come while the rest is computed. What is long is done in pieces. */
  async #load(description: Description, address: Address): Promise<void> {
    const arriving = this.#weightsOf(description)
    await breath()
    this.weights = null
    this.viewpoint.hovered = null
    this.inspection.leave()
    this.fetched.clear()
    this.fileChanged = false
    this.description = description
    this.run = description.loaded ? new Run(this.source, description) : null
    if (description.loaded) void this.attempt(() => this.tour.book.list())
    await breath()
    const show = async () => {
      const weights = await arriving
      if (this.description === description) this.weights = weights
    }
    await this.#place(address, () => isOverall(address) && show())
    await show()
  }

  // Places.

  get address(): Address {
    const { description, models, run, tour } = this
    const text = description && run && textOf(run, description)
    const { selection, pinned } = this.inspection
    return {
      model: description && description.id !== models?.default ? description.id : null,
      text,
      tokens: run && text === null ? run.prompt : null,
      step: tour.active ? 0 : (run?.step ?? 0),
      tour: tour.place,
      view: tour.view,
      beside: tour.active ? [] : tour.staging.companions.wanted,
      cell: selection,
      fan: tour.staging.fanning.wanted,
      pin: pinned,
      change: run && (formatInterventions(run.changed.own) || null),
      ...this.other.place,
      camera: this.viewpoint.wanted,
      language: this.i18n.chosen,
      theme: this.preferences.chosenTheme,
    }
  }

  /** Goes to a place: what an address says, and the page's own choice where it says nothing. */
  async apply(address: Address): Promise<void> {
    const { viewpoint } = this
    this.models ??= await this.source.models()
    // The words come first: what is asked for next is asked for in their language.
    const language = address.language ?? preferred()
    if (!KNOWN.has(language)) await learn(language)
    this.#applyPreferences(address)
    viewpoint.place(address.camera)
    const model = this.#known(address.model)
    const turn = ++this.#turn
    if (model !== this.description?.id) {
      this.coming = model
      const description = await this.#describe(model).finally(() => {
        if (this.#turn === turn) this.coming = null
      })
      if (this.#turn === turn) await this.#load(description, address)
      return
    }
    this.coming = null
    await this.#place(address)
    const isFaced = this.inspection.selection !== null
    if (address.camera === null && !this.tour.active && !isFaced) viewpoint.stage?.framing.home()
    await this.tour.staging.fanning.settled
    this.tour.staging.fanning.frame(true)
    if (address.camera !== null) viewpoint.stage?.framing.go(address.camera)
  }

  /** `computed` is called when there is a run, and it is known how the reader sees it. */
  async #place(address: Address, computed?: () => unknown): Promise<void> {
    this.tour.staging.fanning.wanted = address.fan?.flatMap((name) => this.#named(name) ?? []) ?? null
    const placing = this.writing.place(address)
    if (address.view !== 'explore') void this.attempt(() => this.tour.foresee(address.tour))
    await placing
    void this.other.arrive(address)
    const arriving = this.tour.arrive(address.tour, address.view, address.camera === null ? 'fly' : 'stay')
    computed?.()
    await this.attempt(() => arriving)
    if (!this.tour.active) void this.tour.staging.fanning.apply()
    if (!this.tour.active) void this.tour.staging.setBeside(this.#others(address.beside), 'stay')
    const { inspection } = this
    const named = (cell: Address['cell']) => (typeof cell === 'string' ? inspection.named(cell) : cell)
    await this.attempt(async () => await inspection.pin(named(address.pin), null))
    await this.attempt(async () => await inspection.look(named(address.cell), null, address.camera === null))
  }

  record(how: Recording, goesOn = this.inspection.selection !== null): void {
    const search = formatAddress(this.address)
    if (how === 'push') this.places.push(search, goesOn)
    else this.places.replace(search)
  }

  /** What leads others to where one is. */
  get link(): string {
    return location.origin + location.pathname + formatAddress(this.address)
  }

  async #restore(): Promise<void> {
    this.places.arrive()
    await this.attempt(() => this.apply(parseAddress(this.options.visits.search)))
  }

  /** The whole model. */
  home(): void {
    this.viewpoint.lead(null)
    this.record('replace')
  }

  /** Our name of a tensor of the model at hand. */
  #named(name: string): string | undefined {
    return this.description === null ? undefined : tensorOf(this.description, name)?.name
  }

  /** What an address says that means nothing with the model at hand. */
  #unknownHere({ fan, beside, step }: Address): string[] {
    if (this.description === null) return []
    const models = this.models?.models.map(({ id }) => id) ?? []
    const unfanned = (fan ?? []).filter((name) => this.#named(name) === undefined).map((name) => `fan=${name}`)
    const unbeside = beside.filter((id) => !models.includes(id)).map((id) => `beside=${id}`)
    const isPast = !this.tour.active && this.run !== null && this.run.step < step
    return [...unfanned, ...unbeside, ...(isPast ? [`step=${step}`] : [])]
  }

  /** What means nothing in an address is said once: it is not written again. */
  #sayUnknown(unknown: readonly string[]): void {
    const [first, ...others] = unknown
    if (first === undefined) return
    this.tell(this.i18n.t.page.unknownEntry(shortened(first, REPEATED), others.length), UNKNOWN_TOLD_FOR)
  }

  // Preferences.

  #applyPreferences({ language, theme }: Address): void {
    this.i18n.chosen = language
    this.preferences.chosenTheme = theme
  }

  async chooseLanguage(language: Language): Promise<void> {
    await learn(language)
    this.i18n.chosen = language
    this.record('replace')
    void this.tour.refill()
  }

  /** Null: as the system. */
  chooseTheme(theme: Theme | null): void {
    this.preferences.chosenTheme = theme
    this.record('replace')
  }
}

/** Whether an address is of nothing but the model, which then need not wait for a chapter. */
function isOverall({ view, cell, pin, fan, beside, against, seen }: Address): boolean {
  return view === 'explore' && [cell, pin, fan, against, seen].every((place) => place === null) && beside.length === 0
}

/** Whether a name is one of a model that nobody has taught yet: it says what that is to be. */
export function isNew(model: string): boolean {
  return model.startsWith('new:')
}

/** So much of an unknown name is repeated in a sentence. */
const REPEATED = 40
/** In milliseconds: the page has only just opened then, and there is much else to see. */
const UNKNOWN_TOLD_FOR = 10_000

/** How many milliseconds pass between two looks at the model's files; whoever comes back to the page looks at once. */
const BETWEEN_LOOKS = 30_000

const OPENED = 'opened'

/** Whether an address asks for nothing but how the page looks. */
function isPlain(search: string): boolean {
  return [...new URLSearchParams(search).keys()].every((name) => name === 'lang' || name === 'theme')
}

function awaited(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

/** Lets the browser do what waits. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
