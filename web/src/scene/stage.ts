/**
 * The stage: the 3D view of a model, and of others beside it. It draws every tensor of a description at the place that the scene
 * layout gives it, coloured by the real values of the weights and of a trace. It knows no tensor by name and draws only when something
 * has changed. What one can ask of it stands in its parts: where one looks from, what stands out, what is pointed at, what is played.
 */
import {
  BufferGeometry,
  Camera,
  Mesh,
  RawShaderMaterial,
  Scene,
  Vector2,
  WebGLRenderer,
  type ShaderMaterialParameters,
} from 'three'
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Description, Explanation, Vector } from '../protocol/types'
import type { Theme } from '../session/preferences.svelte'
import { untilItComes } from '../source/arriving'
import { CameraRig } from './camera'
import { CELLS, COARSE_CELLS, QUICK_CELLS } from './cells'
import { Emphasis } from './emphasis'
import type { Fan } from './fan'
import type { Way, WayEvents, Ways } from './ways'
import { Listeners, type StageEvents, type StageStats } from './events'
import { Framing } from './framing'
import { Gates, type GateLetter, type GateMoment } from './gates'
import { Gestures } from './gestures'
import { glyphTexture } from './glyphs'
import type { Inset, Togetherness } from './inset'
import { Labels } from './labels'
import './labels.css'
import { Lineup } from './lineup'
import { Marks } from './marks'
import { faceOf, measure, type Measured } from './measuring'
import type { ModelView, Wording } from './model-view'
import { Obstacles } from './obstacles'
import { cssColour, PALETTES } from './palette'
import { MIDDLES, RIMS } from './panels'
import { Panes } from './panes'
import { Playing } from './playing'
import { Pointer } from './pointer'
import { project, type ScreenPoint, type View } from './projection'
import type { Rectangle } from './rectangles'
import { rulerSubjects } from './ruler-subjects'
import { Rulers } from './rulers'
import { Screen } from './screen'
import { Sharpness } from './sharpness'
import { TEXTS } from './texts'
import { refresh, viewUniforms } from './uniforms'
import { depthRange } from './visible'

export interface StageOptions extends Wording {
  theme: Theme
  /** True: camera moves jump instead of gliding, and animations are their first and last pictures. */
  reducedMotion: boolean
  /** How a cell of the model comes about with the tokens at hand, for playing it; its steps are named in the reader's language. */
  explain: (tensor: string, index: readonly number[]) => Promise<Explanation>
}

/** Numbers in place of a model's own. */
export interface Substitute {
  weights: ReadonlyMap<string, TensorView>
  /** Null: those of the run at hand. */
  trace: Trace | null
  /** By whose numbers the colours are; the model's own weights, and what is shown itself, where nothing is said. */
  scaledAs?: (name: string) => TensorView | undefined
}

export class Stage {
  readonly stats: StageStats = { frames: 0, drawCalls: 0, scriptMs: 0, labels: 0 }
  readonly lineup: Lineup
  readonly framing: Framing
  readonly emphasis: Emphasis
  readonly pointer: Pointer
  readonly playing: Playing

  private readonly renderer: WebGLRenderer
  private readonly screen: Screen
  private readonly world = new Scene()
  /** three.js asks for one; the shaders take the view from their own uniforms. */
  private readonly dummyCamera = new Camera()
  private readonly uniforms = viewUniforms()
  private readonly rig = new CameraRig()
  private readonly panes = new Panes(this.rig)
  private readonly gestures: Gestures
  private readonly labels: Labels
  private readonly rulers: Rulers
  private readonly gates: Gates
  private readonly marks: Marks
  private readonly resizing: ResizeObserver
  private readonly listeners = new Listeners()
  private readonly sharpness = new Sharpness()
  private theme: Theme
  private trace: Trace | null = null
  /** Numbers in place of the model's, and what is shown of another run, which goes before them. */
  private instead: Substitute | null = null
  private contrasted: Substitute | null = null
  /** Null until heads are first laid side by side. */
  private fanOut: Fan | null = null
  private fanWanted: readonly string[] = []
  /** Null until ways are first shown. */
  private ways: Ways | null = null
  private waysWanted: readonly Way[] = []
  /** Null until something is first shown in it. */
  private inset: Inset | null = null
  private together: Togetherness | null = null
  private scheduled: number | null = null
  /** Whether there is a picture. */
  private isBegun = false
  private drawnCamera = ''
  /** Where something else stands over the stage. */
  private reserved: readonly Rectangle[] = []

  /**
   * `context` is the canvas's, from context.ts; `labelLayer` an element of the canvas's size and place, over it: the stage fills it with
   * labels that let clicks through.
   */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    context: WebGL2RenderingContext,
    private readonly labelLayer: HTMLElement,
    private readonly options: StageOptions,
  ) {
    const { invalidate, rig, listeners } = this
    this.theme = options.theme
    rig.reducedMotion = options.reducedMotion
    this.renderer = new WebGLRenderer({ canvas, context })
    this.compile(CELLS, MIDDLES, RIMS) // what the first picture is drawn with, while its numbers are on their way
    this.screen = new Screen(this.renderer)
    this.labels = new Labels(labelLayer)
    this.rulers = new Rulers(labelLayer)
    this.gates = new Gates(labelLayer)
    this.marks = new Marks(this.theme, this.uniforms)
    this.world.add(this.marks.mesh)
    this.lineup = this.makeLineup()
    this.framing = new Framing(rig, this.lineup, invalidate)
    this.emphasis = new Emphasis(this.lineup, this.marks, this.labels, invalidate)
    this.pointer = new Pointer(canvas, this.panes, this.lineup, this.framing, this.emphasis, listeners)
    this.playing = this.makePlaying()
    this.gestures = this.makeGestures()
    this.resizing = new ResizeObserver(() => this.resize())
    this.resizing.observe(canvas)
    canvas.addEventListener('webglcontextrestored', this.invalidate)
    this.resize()
    this.applyTheme()
  }

  /** Gets ready what is not needed before something moves or is near enough to be read. */
  prepare(): void {
    glyphTexture()
    this.compile(COARSE_CELLS, QUICK_CELLS, TEXTS)
  }

  /** Has the browser build programs on the side; three.js shares each among all materials of the same shaders. */
  private compile(...programs: readonly ShaderMaterialParameters[]): void {
    for (const program of programs)
      this.renderer.compile(new Mesh(new BufferGeometry(), new RawShaderMaterial(program)), this.dummyCamera)
  }

  private makeLineup(): Lineup {
    return new Lineup(this.world, this.uniforms, this.theme, {
      measured: (bounds) => {
        this.rig.setBounds(bounds)
        this.invalidate()
      },
      arrived: (model) => {
        this.updateLabels([model])
        this.invalidate()
      },
      left: (model) => {
        this.labels.setFamilies(model, [])
        if (this.emphasis.hovered?.model === model) this.emphasis.hovered = null
      },
    })
  }

  private makePlaying(): Playing {
    return new Playing(this.lineup, this.framing, this.emphasis, {
      house: (Constructor) => {
        const theatre = new Constructor(this.labelLayer, this.theme, this.uniforms)
        this.world.add(...theatre.meshes)
        return theatre
      },
      compile: (mesh) => this.renderer.compile(mesh, this.dummyCamera),
      invalidate: this.invalidate,
      isStill: () => this.rig.reducedMotion,
      explain: this.options.explain,
    })
  }

  private makeGestures(): Gestures {
    const { framing, pointer, panes } = this
    const taken = () => this.listeners.tell('taken', null)
    return new Gestures(this.canvas, panes, {
      moved: (rig) => {
        if (rig === this.rig) taken()
        this.invalidate()
      },
      hover: (point) => pointer.hover(point),
      click: (point) => pointer.click(point),
      doubleClick: (x, y) => {
        taken()
        framing.frameUnder(panes.at(x, y))
      },
      anchor: (x, y) => framing.anchor(panes.at(x, y)),
    })
  }

  // What is on it.

  /**
   * Shows this model, from afar. `weights`: by graph name; empty when no weights are loaded. What was shown stays until the new one
   * is built; resolves then.
   */
  async setModel(description: Description, weights: ReadonlyMap<string, TensorView>): Promise<void> {
    const { lineup, emphasis, framing } = this
    this.trace = null
    this.instead = this.contrasted = null
    this.together = null
    this.inset?.set(null)
    emphasis.reset()
    lineup.announce(description)
    framing.home({ animate: false })
    const model = await lineup.build(description, weights)
    if (model === null) return
    this.fanOut?.set(model, [], false)
    // While it was built, a trace of it may have come.
    const trace = this.trace as Trace | null
    if (trace !== null) model.setTrace(trace)
    if (this.contrasted !== null) this.contrast(this.contrasted)
    framing.history.begin(framing.camera)
    emphasis.update()
    // Names of a large model take a while too: the page can answer before.
    await new Promise((resolve) => setTimeout(resolve))
    if (lineup.main !== model) return
    this.updateLabels([model])
    this.invalidate()
  }

  /** Shows the numbers of a run; null: nothing computed yet. Keeps camera and selection. */
  setTrace(trace: Trace | null): void {
    this.trace = trace
    const { main } = this.lineup
    if (main !== null) {
      if (this.contrasted === null) main.setTrace(trace)
      // What lies side by side is as wide as the tokens fill it.
      if (this.fanWanted.length > 0) this.spread(this.fanWanted, false)
      this.updateLabels([main])
    }
    this.invalidate()
  }

  /** Shows numbers in place of the model's own, or its own again (null). */
  substitute(numbers: Substitute | null): void {
    this.instead = numbers
    if (this.contrasted === null) this.put(numbers)
  }

  /** Shows another run, or how far it is from this one, or the run at hand again (null). */
  contrast(numbers: Substitute | null): void {
    if (numbers === null && this.contrasted === null) return
    this.contrasted = numbers
    this.put(numbers ?? this.instead)
  }

  private put(numbers: Substitute | null): void {
    const { main } = this.lineup
    main?.substitute(numbers?.weights ?? null, numbers?.scaledAs)
    main?.setTrace(numbers?.trace ?? this.trace, numbers?.scaledAs)
    this.invalidate()
  }

  /** What stands at the model's entrance and at its exit. */
  setGates(entrance: readonly GateLetter[], exit: readonly GateLetter[]): void {
    this.gates.set(entrance, exit)
    this.invalidate()
  }

  /** Lets them come in and go out; null: they are at rest. */
  moveGates(moment: GateMoment | null): void {
    this.gates.moment = moment
    this.invalidate()
  }

  /** Shows the numbers of tensors that have come one by one, because all of them are too many. */
  setFetched(numbers: ReadonlyMap<string, TensorView>): void {
    this.lineup.main?.setFetched(numbers)
    this.invalidate()
  }

  /** Lays the matrices of these tensors side by side, where they stand behind one another, and those of all others back. */
  async fan(tensors: readonly string[], animate = true): Promise<void> {
    this.fanWanted = tensors
    if (tensors.length === 0 && this.fanOut === null) return
    const { Fan } = await untilItComes(() => import('./fan'))
    this.fanOut ??= new Fan(this.labelLayer, this.options)
    if (this.fanWanted === tensors) this.spread(tensors, animate)
  }

  /** Ribbons from cells to cells over the model; none: they go. */
  async showWays(ways: readonly Way[], events: WayEvents): Promise<void> {
    this.waysWanted = ways
    if (ways.length === 0 && this.ways === null) return
    const { Ways } = await untilItComes(() => import('./ways'))
    this.ways ??= new Ways(this.labelLayer)
    if (this.waysWanted === ways) this.ways.set(ways, events)
    this.invalidate()
  }

  private spread(tensors: readonly string[], animate: boolean): void {
    const { main } = this.lineup
    if (main === null || this.fanOut === null) return
    this.fanOut.set(main, tensors, animate && !this.rig.reducedMotion)
    this.emphasis.fanned = new Set(main.fanned.keys())
    this.emphasis.update()
    this.updateLabels([main])
    this.invalidate()
  }

  /**
   * These are to be read together: what stands too far from the rest of them is seen in an inset, as long as that is so. Null: nothing.
   * `mayMove`: the camera may make room for it.
   */
  async bringTogether(wanted: Togetherness | null, mayMove: boolean): Promise<void> {
    this.together = wanted
    if (wanted === null && this.inset === null) return
    const { Inset } = await untilItComes(() => import('./inset'))
    const { screen, world, dummyCamera: camera, uniforms, lineup, emphasis, rig, invalidate, labelLayer: layer } = this
    this.inset ??= new Inset({ screen, world, camera, uniforms, lineup, emphasis, rig, invalidate, layer })
    if (this.together === wanted) this.inset.set(wanted, mayMove)
    this.invalidate()
  }

  /** No names are written there. */
  reserve(places: readonly Rectangle[]): void {
    this.reserved = places
    this.invalidate()
  }

  /** To be called after the language has changed: asks for all words again. `locale` is a BCP 47 tag. */
  setLanguage(locale: string): void {
    this.labelLayer.lang = locale
    this.fanOut?.write()
    this.updateLabels(this.lineup.models)
    this.invalidate()
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    this.applyTheme()
    for (const part of [this.lineup, this.marks, this.playing.theatre]) part?.setTheme(theme)
    this.invalidate()
  }

  setReducedMotion(reducedMotion: boolean): void {
    this.rig.reducedMotion = reducedMotion
  }

  /** What is drawn now, without an inset, as a picture of its own; `ratio`: its pixels to a CSS pixel. */
  still(ratio: number): HTMLCanvasElement {
    this.renderer.setPixelRatio(ratio)
    this.drawWorld(this.rig.view(), this.sharpness.isSmooth)
    const picture = document.createElement('canvas')
    picture.width = this.canvas.width
    picture.height = this.canvas.height
    picture.getContext('2d')?.drawImage(this.canvas, 0, 0)
    this.renderer.setPixelRatio(this.sharpness.pixelRatio)
    this.draw(performance.now())
    return picture
  }

  /** Where a place in space is on the screen. */
  locate(place: Vector): ScreenPoint {
    return project(this.rig.view(), place)
  }

  /** How large a cell is on the screen, or a whole tensor (null); see measuring.ts. */
  measure(tensor: string, index: readonly number[] | null): Measured | null {
    const { main } = this.lineup
    if (main === null) return null
    return this.panes.measure(tensor, (view) => measure(main, view, tensor, index))
  }

  /** Returns a function that unsubscribes. */
  on<Name extends keyof StageEvents>(name: Name, handler: (event: StageEvents[Name]) => void): () => void {
    return this.listeners.add(name, handler)
  }

  dispose(): void {
    if (this.scheduled !== null) cancelAnimationFrame(this.scheduled)
    this.canvas.removeEventListener('webglcontextrestored', this.invalidate)
    this.resizing.disconnect()
    this.gestures.dispose()
    this.lineup.dispose()
    this.labels.dispose()
    this.rulers.dispose()
    this.gates.dispose()
    this.marks.dispose()
    this.playing.theatre?.dispose()
    this.fanOut?.dispose()
    this.ways?.dispose()
    this.screen.dispose()
    this.inset?.dispose()
    this.renderer.dispose()
  }

  private updateLabels(models: readonly ModelView[]): void {
    for (const model of models) this.labels.setFamilies(model, model.labels(this.options))
  }

  // Drawing.

  /** Asks for one frame; asking again before it is drawn changes nothing. */
  private readonly invalidate = (): void => {
    this.scheduled ??= requestAnimationFrame((now) => {
      this.scheduled = null
      this.draw(now)
    })
  }

  private draw(now: number): void {
    const { lineup, renderer, rig } = this
    // While a model is being built, the one before it stays on the screen.
    if (lineup.current === null) return
    const start = performance.now()
    const moving = rig.step(now)
    const isInsetMoving = this.inset?.step(now, rig.reducedMotion) ?? false
    if (this.sharpness.adapt(now, moving)) renderer.setPixelRatio(this.sharpness.pixelRatio)
    if (this.fanOut?.step(now)) this.emphasis.update()
    this.labelLayer.classList.toggle('moving', moving)
    const view = rig.view()
    if (!this.isBegun) {
      this.begin(view)
      return
    }
    this.stats.drawCalls = this.drawWorld(view, this.sharpness.isSmooth)
    lineup.forget()
    this.stats.labels = this.writeTexts(view, moving)
    this.ways?.update(({ tensor, region }) => this.pointer.locateRegion(tensor, region))
    this.inset?.draw(this.sharpness.isSmooth)
    this.stats.frames++
    this.tellOfCamera(now, moving)
    this.stats.scriptMs = performance.now() - start
    this.listeners.tell('frame', this.stats)
    if (moving || isInsetMoving) this.invalidate()
  }

  /** The first picture comes as soon as it can: without names, and with edges as they fall. */
  private begin(view: View): void {
    this.isBegun = true
    this.drawWorld(view, false)
    this.listeners.tell('begun', null)
    this.invalidate()
  }

  /** Returns how many draw calls it took. */
  private drawWorld(view: View, smooth: boolean): number {
    const { lineup, renderer, sharpness } = this
    this.emphasis.prepare()
    refresh(this.uniforms, view, renderer.getPixelRatio(), ...depthRange(lineup.models, lineup.bounds, view))
    for (const model of lineup.models) model.prepare(view, renderer.getPixelRatio(), !sharpness.isSmooth)
    this.playing.theatre?.update(view)
    return this.screen.draw(this.world, this.dummyCamera, smooth)
  }

  private tellOfCamera(now: number, moving: boolean): void {
    const camera = this.rig.current
    const spelled = JSON.stringify(camera)
    const hasMoved = spelled !== this.drawnCamera
    if (hasMoved) this.listeners.tell('camera', camera)
    this.drawnCamera = spelled
    if (moving) return
    this.framing.history.rested(camera, now)
    if (hasMoved) this.pointer.settle()
  }

  /** Labels and rulers; returns how many labels are shown. */
  private writeTexts(view: View, moving: boolean): number {
    const { lineup, labels } = this
    const obstacles = new Obstacles(view.width, view.height)
    labels.locate(view, obstacles)
    for (const { ribbons } of lineup.models) ribbons.locate(view, obstacles)
    const captions = [
      ...this.reserved,
      ...this.gates.update(view, lineup.main),
      ...(this.fanOut?.writeTexts(view, obstacles) ?? []),
      ...(this.playing.theatre?.writeTexts(view) ?? []),
    ]
    captions.push(...this.settleInset(view, captions, obstacles, moving))
    const flying = this.playing.theatre?.flying(view) ?? []
    const rulers = this.rulers.update(view, rulerSubjects(lineup, this.emphasis, view), obstacles, captions, flying)
    return labels.place(view, obstacles, [...captions, ...this.chosenCell(view)], rulers, moving)
  }

  private settleInset(
    view: View,
    captions: readonly Rectangle[],
    obstacles: Obstacles,
    moving: boolean,
  ): readonly Rectangle[] {
    if (this.inset === null) return []
    const taken = this.inset.settle(view, captions, obstacles, moving)
    const { pane } = this.inset
    if (pane !== this.panes.inset) this.listeners.tell('inset', pane)
    this.panes.inset = pane
    // A name beside it would seem to be that of what is seen in it.
    if (pane !== null) obstacles.add(pane.place, 'outline', '', 0)
    return taken
  }

  /** The cell that is chosen, which no name covers. */
  private chosenCell(view: View): Rectangle[] {
    const { chosen } = this.emphasis.looks ?? {}
    const slab = this.lineup.main?.slabs[chosen?.slab ?? -1]
    return chosen == null || slab === undefined ? [] : faceOf(view, slab, chosen.cell)
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.canvas
    if (clientWidth === 0 || clientHeight === 0) return
    this.rig.setViewport(clientWidth, clientHeight)
    const { pixelRatio } = this.sharpness
    const { x, y } = this.renderer.getSize(new Vector2())
    if (x === clientWidth && y === clientHeight && this.renderer.getPixelRatio() === pixelRatio) return
    this.renderer.setDrawingBufferSize(clientWidth, clientHeight, pixelRatio)
    // A canvas that was resized is blank until it is drawn again; waiting for the next frame would flash.
    this.draw(performance.now())
  }

  private applyTheme(): void {
    const palette = PALETTES[this.theme]
    this.screen.setGround(palette.ground)
    this.labelLayer.style.setProperty('--stage-ground', cssColour(palette.ground))
    this.labelLayer.style.setProperty('--stage-ink', cssColour(palette.label))
    this.labelLayer.style.setProperty('--stage-ink-quiet', cssColour(palette.quietLabel))
  }
}
