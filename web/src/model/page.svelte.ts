/**
 * The whole state of the page: which model is shown, what is computed, what is looked into, and where the camera is. Panels
 * read it and call it; the address bar mirrors it. Nothing here draws.
 */
import { i18n } from '../i18n/index.svelte'
import type { CameraState, CellHit, Stage, StageStats } from '../scene/stage'
import { formatAddress, parseAddress, type Address } from './address'
import { Api, Refusal } from './api'
import { shapeNow, type CellReference } from './cells'
import { Inspection } from './inspection.svelte'
import { preferences } from './preferences.svelte'
import { decodeTokens } from './prompt'
import { Run } from './run.svelte'
import type { TensorView } from './safetensors'
import { valueAt } from './trace'
import type { Description, ModelList, Tensor } from './types'
import { Writing } from './writing.svelte'

const CAMERA_REST = 300

/** As a new place that Back leaves again, or as a correction of the present one. */
export type Recording = 'push' | 'replace'

export class Page {
  readonly api = new Api((lost) => this.#connectionChanged(lost))

  models = $state.raw<ModelList | null>(null)
  description = $state.raw<Description | null>(null)
  /** Null until they have come; empty where the model has none here. */
  weights = $state.raw<ReadonlyMap<string, TensorView> | null>(null)
  /** Null where the model has no weights to compute with. */
  run = $state.raw<Run | null>(null)

  readonly writing = new Writing(this)
  readonly inspection = new Inspection(this)

  /** Why something that was asked for could not be done. */
  notice = $state.raw<Refusal | null>(null)
  connectionLost = $state(false)
  /** What has just happened, in words, for those who do not see the stage. */
  announcement = $state('')

  stage = $state.raw<Stage | null>(null)
  /** The cell of the stage under the pointer. */
  hovered = $state.raw<CellHit | null>(null)
  /** Null as long as nobody has moved it. */
  #camera: CameraState | null = null
  #cameraRests: ReturnType<typeof setTimeout> | undefined
  #framed = false

  readonly tensors = $derived(new Map(this.description?.graph.tensors.map((tensor) => [tensor.name, tensor])))

  #firstFrame = Promise.withResolvers<void>()
  /** Resolves when the first frame with real values has been drawn. */
  readonly ready = this.#firstFrame.promise

  // Starting, and starting again.

  async start(): Promise<void> {
    addEventListener('popstate', (event) => void this.#restore(event))
    const address = parseAddress(location.search)
    this.#applyPreferences(address)
    await this.attempt(async () => {
      this.models = await this.api.models()
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

  #connectionChanged(lost: boolean): void {
    this.connectionLost = lost
    if (!lost && this.description !== null) void this.attempt(() => this.#renew())
  }

  /** The server is back, perhaps with other weights: asks for everything again and keeps the reader's place. */
  async #renew(): Promise<void> {
    const description = await this.api.description((this.description as Description).id)
    const weights = await this.#weightsOf(description)
    await this.run?.renew(description)
    this.description = description
    this.weights = weights
    await this.inspection.explain()
  }

  async #weightsOf({ id, loaded }: Description): Promise<ReadonlyMap<string, TensorView>> {
    return loaded ? await this.api.weights(id) : new Map<string, TensorView>()
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
    const { description, models, run } = this
    const text = run && decodeTokens(run.prompt, description?.vocabulary ?? null)
    return {
      model: description && description.id !== models?.default ? description.id : null,
      text,
      tokens: run && text === null ? run.prompt : null,
      step: run?.step ?? 0,
      cell: this.inspection.selection,
      camera: this.#camera,
      language: i18n.chosen,
      theme: preferences.chosenTheme,
    }
  }

  /** Goes to a place: what an address says, and the page's own choice where it says nothing. */
  async apply(address: Address): Promise<void> {
    this.#applyPreferences(address)
    this.#camera = address.camera
    const model = this.#known(address.model)
    if (model === this.description?.id) await this.#place(address)
    else await this.#load(model, address)
  }

  #applyPreferences({ language, theme }: Address): void {
    i18n.chosen = language
    preferences.chosenTheme = theme
  }

  /** Shows another model; its weights come while the rest is computed. */
  async #load(model: string, address: Address): Promise<void> {
    const description = await this.api.description(model)
    const arriving = this.#weightsOf(description)
    this.weights = null
    this.description = description
    this.run = description.loaded ? new Run(this.api, description) : null
    const [weights] = await Promise.all([arriving, this.#place(address)])
    this.weights = weights
  }

  async #place(address: Address): Promise<void> {
    await this.writing.place(address)
    await this.attempt(() => this.inspection.look(address.cell, null))
    if (address.camera && this.stage) this.stage.camera = address.camera
    else this.stage?.home()
  }

  record(how: Recording): void {
    const url = location.pathname + formatAddress(this.address)
    const state = { trail: this.inspection.trail }
    if (how === 'push') history.pushState(state, '', url)
    else history.replaceState(state, '', url)
  }

  async #restore(event: PopStateEvent): Promise<void> {
    const trail = (event.state as { trail?: number } | null)?.trail ?? 0
    await this.attempt(() => this.apply(parseAddress(location.search)))
    this.inspection.trail = trail
  }

  // Numbers.

  /** The lengths of a tensor's axes with the tokens at hand. */
  shapeOf(tensor: Tensor): number[] {
    return shapeNow(this.description as Description, this.run?.trace ?? null, tensor)
  }

  /** The number in a cell, or null where it has not been computed. */
  valueOf({ tensor, index }: CellReference): number | null {
    if (index === null) return null
    const weight = this.weights?.get(tensor)
    return weight ? valueAt(weight, index) : (this.run?.trace?.value(tensor, index) ?? null)
  }

  announce(sentence: string): void {
    this.announcement = sentence
  }

  // The stage's news.

  /** The address bar follows once the camera has come to rest. */
  cameraMoved(camera: CameraState): void {
    if (!this.#framed) return
    this.#camera = camera
    clearTimeout(this.#cameraRests)
    this.#cameraRests = setTimeout(() => this.record('replace'), CAMERA_REST)
  }

  /** A frame has been drawn of all that there is to show. */
  frameDrawn(): void {
    this.#framed = true
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

export const page = new Page()
