/**
 * The whole state of the page: which model is shown, what is computed, what is looked into, and where the camera is. Panels
 * read it and call it; the address bar mirrors it. Nothing here draws.
 */
import { i18n, type Language } from '../words/index.svelte'
import { Tour } from '../lesson/tour.svelte'
import type { CameraState, CellHit, MoveOptions, Stage, StageStats, Theme } from '../scene/stage'
import { formatAddress, parseAddress, type Address } from './address'
import { Refusal } from '../source/refusal'
import { Server } from '../source/server'
import type { Source } from '../source/source'
import { axisOrder, sameCell, shapeNow, type CellReference } from '../protocol/cells'
import { Inspection } from './inspection.svelte'
import { Places } from './places.svelte'
import { Playback } from '../lesson/playback.svelte'
import { preferences } from './preferences.svelte'
import { decodeTokens } from './prompt'
import { Run } from './run.svelte'
import type { TensorView } from '../protocol/tensors'
import { valueAt } from '../protocol/tensors'
import type { Description, ModelList, Tensor } from '../protocol/types'
import { Writing } from './writing.svelte'

const CAMERA_REST = 300
const TOLD_FOR = 3000

/** As a new place that Back leaves again, or as a correction of the present one. */
export type Recording = 'push' | 'replace'

export class Page {
  readonly source: Source = new Server()

  models = $state.raw<ModelList | null>(null)
  description = $state.raw<Description | null>(null)
  /** Null until they have come; empty where the model has none here. */
  weights = $state.raw<ReadonlyMap<string, TensorView> | null>(null)
  /** Null where the model has no weights to compute with. */
  run = $state.raw<Run | null>(null)

  readonly writing = new Writing(this)
  readonly inspection = new Inspection(this)
  readonly places = new Places()
  readonly tour = new Tour(this)
  readonly playback = new Playback(this)

  /** The model that has been chosen and is not here yet. */
  coming = $state<string | null>(null)
  /** How many times a place has been gone to: an earlier one that is still on its way gives way to a later. */
  #turn = 0
  /** Where the reader left each model. */
  #left = new Map<string, Address>()

  /** Why something that was asked for could not be done. */
  notice = $state.raw<Refusal | null>(null)
  connectionLost = $state(false)
  /** What has just happened, in words, for those who do not see the stage. */
  announcement = $state('')
  /** What has just been done and shows nowhere else; for a moment. */
  told = $state('')
  #toldUntil: ReturnType<typeof setTimeout> | undefined

  stage = $state.raw<Stage | null>(null)
  /** The cell of the stage under the pointer. */
  hovered = $state.raw<CellHit | null>(null)
  /** Null: the whole model is seen, from wherever that is. */
  #camera: CameraState | null = null
  /** Whether the reader has moved the camera since the whole model was last shown. */
  #cameraTaken = $state(false)
  #cameraRests: ReturnType<typeof setTimeout> | undefined

  readonly tensors = $derived(new Map(this.description?.graph.tensors.map((tensor) => [tensor.name, tensor])))

  #firstFrame = Promise.withResolvers<void>()
  /** Resolves when the first frame with real values has been drawn. */
  readonly ready = this.#firstFrame.promise

  // Starting, and starting again.

  async start(): Promise<void> {
    this.source.watch((lost) => this.#connectionChanged(lost))
    addEventListener('popstate', (event) => void this.#restore(event))
    this.places.arrive(history.state)
    const address = parseAddress(location.search)
    this.#applyPreferences(address)
    await this.attempt(async () => {
      this.models = await this.source.models()
      await this.apply(address)
      this.record('replace')
    })
  }

  /** A model that the server has; an address may name one that it does not. */
  #known(wanted: string | null): string {
    const { models, default: usual } = this.models as ModelList
    if (wanted === null || models.some(({ id }) => id === wanted)) return wanted ?? usual
    this.notice = new Refusal('unknown-model', `There is no model '${wanted}' here; this is ${usual}.`, { model: wanted })
    return usual
  }

  /** Those of the models wanted beside the one shown that the server has. */
  #others(wanted: readonly string[]): string[] {
    const known = (this.models as ModelList).models.map(({ id }) => id)
    return known.filter((id) => wanted.includes(id) && id !== this.description?.id)
  }

  /** Puts a model beside the one shown, or takes it away. */
  async toggleBeside(model: string): Promise<void> {
    const { standing } = this.tour.companions
    const wanted = standing.includes(model) ? standing.filter((other) => other !== model) : [...standing, model]
    await this.tour.setBeside(this.#others(wanted))
    this.record('push')
  }

  #connectionChanged(lost: boolean): void {
    this.connectionLost = lost
    if (!lost && this.description !== null) void this.attempt(() => this.#renew())
  }

  /** The server is back, perhaps with other weights: asks for everything again and keeps the reader's place. */
  async #renew(): Promise<void> {
    const description = await this.source.description((this.description as Description).id)
    const weights = await this.#weightsOf(description)
    await this.run?.renew(description)
    this.description = description
    this.weights = weights
    await this.inspection.explain()
  }

  async #weightsOf({ id, loaded }: Description): Promise<ReadonlyMap<string, TensorView>> {
    return loaded ? await this.source.weights(id) : new Map<string, TensorView>()
  }

  /** Does something that the server may refuse; a refusal becomes a sentence on the page. */
  async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.notice = error
    }
  }

  // The address bar.

  get address(): Address {
    const { description, models, run, tour } = this
    const text = run && decodeTokens(run.prompt, description?.vocabulary ?? null)
    return {
      model: description && description.id !== models?.default ? description.id : null,
      text,
      tokens: run && text === null ? run.prompt : null,
      step: tour.active ? 0 : (run?.step ?? 0),
      tour: tour.place,
      view: tour.view,
      beside: tour.active ? [] : tour.companions.wanted,
      cell: this.inspection.selection,
      pin: this.inspection.pinned,
      camera: this.#camera,
      language: i18n.chosen,
      theme: preferences.chosenTheme,
    }
  }

  /** Goes to a place: what an address says, and the page's own choice where it says nothing. */
  async apply(address: Address): Promise<void> {
    this.#applyPreferences(address)
    this.#camera = address.camera
    this.#cameraTaken = address.camera !== null
    const model = this.#known(address.model)
    const turn = ++this.#turn
    if (model !== this.description?.id) {
      this.coming = model
      const description = await this.source.description(model).finally(() => {
        if (this.#turn === turn) this.coming = null
      })
      if (this.#turn === turn) await this.#load(description, address)
      return
    }
    this.coming = null
    await this.#place(address)
    if (address.camera === null && !this.tour.active) this.stage?.home()
    if (address.camera !== null && this.stage) this.stage.camera = address.camera
  }

  #applyPreferences({ language, theme }: Address): void {
    i18n.chosen = language
    preferences.chosenTheme = theme
  }

  /** Shows another model, at the place where the reader left it. */
  async choose(model: string): Promise<void> {
    const { description, address } = this
    if (description?.id === model) return
    if (description) this.#left.set(description.id, address)
    const { text = null, tokens = null, step = 0, tour = null } = this.#left.get(model) ?? {}
    const { language, theme, view } = address
    await this.attempt(async () => {
      await this.apply({ model, text, tokens, step, tour, view, beside: [], language, theme, cell: null, pin: null, camera: null })
      if (this.description?.id !== model) return
      this.record('push', false)
      this.announce(i18n.t.live.model(model, i18n.integer(this.description.parameters)))
    })
  }

  /** Shows another model; its weights come while the rest is computed. What is long is done in pieces. */
  async #load(description: Description, address: Address): Promise<void> {
    const arriving = this.#weightsOf(description)
    await breath()
    this.weights = null
    this.hovered = null
    this.inspection.leave()
    this.description = description
    this.run = description.loaded ? new Run(this.source, description) : null
    await breath()
    const [weights] = await Promise.all([arriving, this.#place(address)])
    if (this.description === description) this.weights = weights
  }

  async #place(address: Address): Promise<void> {
    await this.writing.place(address)
    await this.attempt(() => this.tour.arrive(address.tour, address.view, address.camera === null ? 'fly' : 'stay'))
    if (!this.tour.active) void this.tour.setBeside(this.#others(address.beside), 'stay')
    await this.attempt(() => this.inspection.pin(address.pin, null))
    await this.attempt(() => this.inspection.look(address.cell, null))
  }

  /** Writes the present place into the address bar; `goesOn`: it follows from the one before, with the inspector open. */
  record(how: Recording, goesOn = this.inspection.selection !== null): void {
    const url = location.pathname + formatAddress(this.address)
    if (how === 'push') this.places.push(url, goesOn)
    else this.places.replace(url)
  }

  async #restore(event: PopStateEvent): Promise<void> {
    this.places.arrive(event.state)
    await this.attempt(() => this.apply(parseAddress(location.search)))
  }

  chooseLanguage(language: Language): void {
    i18n.chosen = language
    this.record('replace')
    void this.tour.refill()
  }

  /** Null: as the system. */
  chooseTheme(theme: Theme | null): void {
    preferences.chosenTheme = theme
    this.record('replace')
  }

  // Numbers.

  /** The lengths of a tensor's axes with the tokens at hand. */
  shapeOf(tensor: Tensor): number[] {
    return shapeNow(this.description as Description, this.run?.trace ?? null, tensor)
  }

  /** The numbers of a tensor, where the page holds them. */
  numbersOf(tensor: string): TensorView | null {
    return this.weights?.get(tensor) ?? this.run?.trace?.tensors.get(tensor) ?? null
  }

  /** The number in a cell, or null where it has not been computed. */
  valueOf(reference: CellReference): number | null {
    const { tensor, index } = reference
    if (index === null) return null
    const numbers = this.numbersOf(tensor)
    if (numbers) return valueAt(numbers, index)
    // The weights of large models stay with the server, which says the one that was asked for.
    const { explanation } = this.inspection
    const known = this.tensors.get(tensor)
    const isExplained = explanation && known && sameCell({ tensor: explanation.tensor, index: axisOrder(known, explanation.index) }, reference)
    return isExplained ? explanation.value : null
  }

  announce(sentence: string): void {
    this.announcement = sentence
  }

  tell(sentence: string): void {
    this.told = sentence
    clearTimeout(this.#toldUntil)
    this.#toldUntil = setTimeout(() => (this.told = ''), TOLD_FOR)
  }

  // The stage's news.

  /** The address bar follows once the camera has come to rest where the reader has brought it. */
  cameraMoved(camera: CameraState): void {
    if (!this.#cameraTaken) return
    this.#camera = camera
    clearTimeout(this.#cameraRests)
    this.#cameraRests = setTimeout(() => this.record('replace'), CAMERA_REST)
  }

  get cameraIsTaken(): boolean {
    return this.#cameraTaken
  }

  /** The reader moves the camera by hand. */
  takeCamera(): void {
    this.#cameraTaken = true
  }

  /** Moves the camera to some tensors, or to a part of the architecture. */
  show(tensorsOrGroup: readonly string[] | string): void {
    this.takeCamera()
    this.stage?.frame(tensorsOrGroup)
  }

  /** Moves the camera to some tensors when they are not to be seen well. */
  reveal(tensors: readonly string[]): void {
    this.takeCamera()
    this.stage?.reveal(tensors)
  }

  /** The camera goes where it is led to, until the reader takes it again. */
  leadCamera(): void {
    this.#cameraTaken = false
    this.#camera = null
    clearTimeout(this.#cameraRests)
  }

  /** Moves the camera for the tour, as long as the reader does not take it: to some tensors, or to the whole (null). */
  lead(tensors: readonly string[] | null, options: MoveOptions): void {
    this.leadCamera()
    if (tensors === null || tensors.length === 0) this.stage?.home(options)
    else this.stage?.frame(tensors, options)
  }

  /** From perspective to parallel lines, and back. */
  turnLens(): void {
    this.takeCamera()
    this.stage?.setParallel(!this.stage.camera.parallel)
  }

  /** The whole model. */
  home(): void {
    this.leadCamera()
    this.stage?.home()
    this.record('replace')
  }

  /** A frame has been drawn of all that there is to show. */
  frameDrawn(): void {
    this.#firstFrame.resolve()
  }

  /** The camera that the address asked for, once a stage is there to take it. */
  get cameraWanted(): CameraState | null {
    return this.#camera
  }

  get stats(): StageStats | null {
    return this.stage?.stats ?? null
  }
}

/** Lets the browser do what waits. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

export const page = new Page()
