/**
 * The whole state of the page and everything that can be done to it. Panels read it and call it; the address bar mirrors
 * it. Nothing here draws.
 */
import { i18n } from '../i18n/index.svelte'
import type { CameraState, CellHit, Stage, StageStats } from '../scene/stage'
import { formatAddress, parseAddress, type Address } from './address'
import { Api, Refusal } from './api'
import { coordinates, indexText, isWithin, shapeNow, shapeText, type CellReference } from './cells'
import { Inspection } from './inspection.svelte'
import { formatNumber } from './numbers'
import { preferences } from './preferences.svelte'
import { decodeTokens, encodePrompt, randomPrompt, tidyPrompt } from './prompt'
import { Run } from './run.svelte'
import type { TensorView } from './safetensors'
import { valueAt } from './trace'
import type { Description, ModelList, Tensor } from './types'

/** Between two tokens when the answer is played. */
const PLAY_PAUSE = 900
const CAMERA_REST = 300

type Recording = 'push' | 'replace'

export class Page {
  readonly #api = new Api((lost) => this.#connectionChanged(lost))
  readonly inspection = new Inspection(this.#api)

  models = $state.raw<ModelList | null>(null)
  description = $state.raw<Description | null>(null)
  /** Null until they have come; empty where the model has none here. */
  weights = $state.raw<ReadonlyMap<string, TensorView> | null>(null)
  run = $state.raw<Run | null>(null)

  /** What stands in the input field, whether or not it is a prompt. */
  draft = $state('')
  /** Why the draft is not a prompt. */
  draftRefusal = $state.raw<Refusal | null>(null)
  /** Why something else that was asked for could not be done. */
  notice = $state.raw<Refusal | null>(null)
  connectionLost = $state(false)
  playing = $state(false)
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
      this.models = await this.#api.models()
      await this.#load(this.#known(address.model), address)
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

  /** Shows a model at a place; its weights come while the rest is computed. */
  async #load(model: string, address: Address): Promise<void> {
    const description = await this.#api.description(model)
    const weights = description.loaded ? this.#api.weights(model) : Promise.resolve(new Map<string, TensorView>())
    this.description = description
    this.run = description.loaded ? new Run(this.#api, description) : null
    await Promise.all([this.apply(address), weights.then((arrived) => (this.weights = arrived))])
  }

  #connectionChanged(lost: boolean): void {
    this.connectionLost = lost
    if (!lost && this.description !== null) void this.attempt(() => this.#renew())
  }

  /** The server is back, perhaps with other weights: asks for everything again and keeps the reader's place. */
  async #renew(): Promise<void> {
    const { id } = this.description as Description
    const [description, weights] = await Promise.all([this.#api.description(id), this.#api.weights(id)])
    await this.run?.renew(description)
    this.description = description
    this.weights = weights
    await this.#explain()
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
    await this.#showPrompt(address)
    await this.attempt(() => this.look(address.cell, null))
    this.#camera = address.camera
    if (address.camera && this.stage) this.stage.camera = address.camera
    else this.stage?.home()
  }

  #applyPreferences({ language, theme }: Address): void {
    i18n.chosen = language
    preferences.chosenTheme = theme
  }

  async #showPrompt({ text, tokens, step }: Address): Promise<void> {
    const { description, run } = this
    if (run === null || description === null) return
    this.stop()
    this.draftRefusal = null
    try {
      await run.show(tokens ?? this.#promptOf(text ?? description.example), step)
      this.draft = run.trace?.pieces.slice(0, run.prompt.length).join('') ?? ''
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await run.show(this.#promptOf(description.example), 0)
      this.draft = text ?? ''
      this.draftRefusal = error
    }
  }

  /** What the server is asked about for a typed text. */
  #promptOf(text: string): readonly number[] | string {
    const { task, vocabulary } = this.description as Description
    return task === null || vocabulary === null ? text : encodePrompt(text, this.description as Description)
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

  // Letters and tokens.

  /** The reader has typed: what is shown changes as soon as it is a prompt, and stays as it is while it is not. */
  async type(text: string): Promise<void> {
    this.draft = tidyPrompt(text, this.description as Description)
    this.stop()
    try {
      await this.prompt(this.#promptOf(this.draft))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.draftRefusal = error
    }
  }

  async shuffle(): Promise<void> {
    const tokens = randomPrompt(this.description as Description)
    this.draft = decodeTokens(tokens, (this.description as Description).vocabulary) ?? ''
    this.stop()
    await this.attempt(() => this.prompt(tokens))
  }

  async prompt(prompt: readonly number[] | string): Promise<void> {
    const shown = await this.run?.show(prompt, 0)
    if (!shown) return
    this.draftRefusal = null
    await this.#computed('push')
    const { t } = i18n
    this.announce(t.live.computed(this.#letters()) + t.betweenSentences + this.#expectation())
  }

  /** Generates, or takes back, tokens until there are so many. */
  async goToStep(step: number, how: Recording = 'push'): Promise<void> {
    const { run } = this
    if (run === null || step < 0 || step > run.answerLength()) return
    await this.attempt(async () => {
      if (!(await run.show(run.prompt, step))) return
      await this.#computed(how)
      this.announce(run.finished ? this.verdict : this.#expectation())
    })
  }

  async next(): Promise<void> {
    this.stop()
    await this.goToStep((this.run?.wanted ?? 0) + 1)
  }

  async previous(): Promise<void> {
    this.stop()
    await this.goToStep((this.run?.wanted ?? 0) - 1)
  }

  async reset(): Promise<void> {
    this.stop()
    await this.goToStep(0)
  }

  async play(): Promise<void> {
    const { run } = this
    if (run === null) return
    this.playing = true
    if (run.finished) await this.goToStep(0, 'push')
    while (this.playing && !run.finished) {
      await new Promise((resolve) => setTimeout(resolve, PLAY_PAUSE))
      if (this.playing) await this.goToStep(run.step + 1, 'replace')
    }
    this.playing = false
  }

  stop(): void {
    this.playing = false
  }

  async #computed(how: Recording): Promise<void> {
    this.inspection.trail = 0
    await this.#explain()
    this.record(how)
  }

  /** Whether the finished answer is right, in a sentence. */
  get verdict(): string {
    const { run, description } = this
    if (!run?.finished || description === null) return ''
    const answer = run.answer.map(({ text }) => text).join('')
    if (description.task?.name !== 'sort') return i18n.t.generation.done(answer)
    const prompt = this.#letters()
    const sorted = [...run.prompt].sort((a, b) => a - b).join()
    const right = sorted === run.answer.map(({ token }) => token).join()
    return right ? i18n.t.generation.doneSorted(prompt, answer) : i18n.t.generation.doneUnsorted(prompt, answer)
  }

  #letters(): string {
    const { run } = this
    return run?.trace?.pieces.slice(0, run.prompt.length).join('') ?? ''
  }

  #expectation(): string {
    const chosen = this.run?.chain[this.run.step]?.chosen
    return chosen ? i18n.t.live.expects(chosen.text, i18n.percent(chosen.probability)) : ''
  }

  // Looking into the model.

  /** Selects a tensor or a cell; null closes the inspector. Raises Refusal (`unknown-tensor`, `no-such-cell`). */
  async look(reference: CellReference | null, how: Recording | null = 'push'): Promise<void> {
    const { inspection } = this
    if (reference !== null) this.#check(reference)
    if (how === 'push') inspection.trail = inspection.selection && reference ? inspection.trail + 1 : 0
    inspection.pointed = null
    inspection.select(reference)
    if (how !== null) this.record(how)
    await this.#explain()
    this.announce(this.selectionInWords())
  }

  /** The same with the camera moved to the tensor. */
  async goto(tensor: string): Promise<void> {
    await this.look({ tensor, index: null })
    this.stage?.frame([tensor])
  }

  showGroup(group: string, title: string): void {
    this.stage?.frame(group)
    this.announce(i18n.t.live.shown(i18n.title(title)))
  }

  async close(): Promise<void> {
    await this.look(null)
    this.announce(i18n.t.live.closed)
  }

  /** Moves the selected cell by so many cells along the x, y and z direction of its box, as one sees it from the front. */
  async step(direction: readonly [number, number, number]): Promise<void> {
    const { selection } = this.inspection
    const tensor = this.tensors.get(selection?.tensor ?? '')
    const box = this.description?.scene.boxes.find((one) => one.tensor === tensor?.name)
    if (!selection || !tensor || !box) return
    const shape = this.shapeOf(tensor)
    const index = selection.index ? [...selection.index] : null
    box.axes.forEach((axis, side) => {
      const place = axis === null ? -1 : tensor.axes.indexOf(axis)
      const along = (direction[side] ?? 0) * Math.sign(box.pitch[side] ?? 0)
      if (index && place >= 0) index[place] = Math.max(0, Math.min((shape[place] ?? 1) - 1, (index[place] ?? 0) + along))
    })
    await this.attempt(() => this.look({ tensor: tensor.name, index: index ?? shape.map(() => 0) }, 'replace'))
  }

  shapeOf(tensor: Tensor): number[] {
    return shapeNow(this.description as Description, this.run?.trace ?? null, tensor)
  }

  /** The number in a cell, or null where it has not been computed. */
  valueOf({ tensor, index }: CellReference): number | null {
    if (index === null) return null
    const weight = this.weights?.get(tensor)
    return weight ? valueAt(weight, index) : (this.run?.trace?.value(tensor, index) ?? null)
  }

  #check({ tensor: name, index }: CellReference): void {
    const tensor = this.tensors.get(name)
    if (tensor === undefined) {
      throw new Refusal('unknown-tensor', `This model has no tensor named '${name}'.`, { name }, 404)
    }
    if (index !== null && !isWithin(tensor.shape, index)) {
      const [cell, shape] = [index.join(', '), shapeText(tensor, tensor.shape)]
      throw new Refusal('no-such-cell', `${name} has no cell [${cell}]: it is ${shape}.`, { tensor: name, cell, shape })
    }
  }

  async #explain(): Promise<void> {
    const { selection } = this.inspection
    const tensor = this.tensors.get(selection?.tensor ?? '')
    const exists = selection?.index && tensor && isWithin(this.shapeOf(tensor), selection.index)
    const tokens = exists && this.run ? this.run.inputs : null
    await this.attempt(() => this.inspection.explain((this.description as Description).id, tokens))
  }

  selectionInWords(): string {
    const { selection } = this.inspection
    const tensor = this.tensors.get(selection?.tensor ?? '')
    if (!selection || !tensor || !this.description) return ''
    const title = i18n.title(tensor.title)
    if (selection.index === null) return i18n.t.live.tensor(title, shapeText(tensor, this.shapeOf(tensor)))
    const place = indexText(coordinates(this.description, this.run?.trace ?? null, tensor, selection.index))
    const value = this.valueOf(selection)
    return i18n.t.live.cell({ title, place, value: value === null ? i18n.t.stage.notComputed : formatNumber(value) })
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
