/**
 * The stage: the 3D view of a model, and of others beside it. It draws every tensor of a description at the place that the scene
 * layout gives it, coloured by the real values of the weights and of a trace, and says which cell is under the pointer.
 * It knows no tensor by name and draws only when something has changed.
 */
import { Camera, Color, Scene, WebGLRenderer } from 'three'
import type { TensorView } from '../protocol/tensors'
import type { Trace } from '../protocol/trace'
import type { Bounds, Description, Explanation, Vector } from '../protocol/types'
import type { PassClip } from './animation/pass'
import type { Region } from './animation/places'
import type { Theatre } from './animation/theatre'
import { CameraHistory } from './camera-history'
import { Cursor, type CursorPlace } from './cursor'
import { CameraRig } from './camera'
import type { CameraState } from '../session/camera'
import { Listeners, type CellHit, type StageEvents, type StageStats } from './events'
import { Gestures } from './gestures'
import { Labels } from './labels'
import './labels.css'
import { looksOf, standingsOf, type Looks, type Standing } from './looks'
import { Marks, type CellMark } from './marks'
import { ModelView, type Wording } from './model-view'
import { Obstacles } from './obstacles'
import { cssColour, PALETTES } from './palette'
import type { Theme } from '../session/preferences.svelte'
import { inPieces } from './pieces'
import { pickAlong, pickAt, pickNear, type Hit } from './pointing'
import { dot, project, rayThrough, subtract, union, type View } from './projection'
import type { Rectangle } from './rectangles'
import { Rulers, SMALLEST_CELL, type RulerSubject } from './rulers'
import type { Animation, Lights, ReadRegion, Selected } from './scenery'
import { Sharpness } from './sharpness'
import { regionOnSlab, type Slab } from './slabs'
import { moved, shiftsBeside } from './towers'
import { refresh, viewUniforms } from './uniforms'
import { depthRange, isLegible, slabsInView, slabsOf } from './visible'

export type { CellHit, StageStats } from './events'
export type { Animation } from './scenery'

export interface StageOptions extends Wording {
  theme: Theme
  /** True: camera moves jump instead of gliding, and animations are their first and last pictures. */
  reducedMotion: boolean
  /** How a cell of the model comes about with the tokens at hand, for playing it. */
  explain: (tensor: string, index: readonly number[]) => Promise<Explanation>
}

/** How far to the right of the front and how far above it the eye is to be, in degrees; null: as is usual for what is seen. */
export interface Standpoint {
  azimuth?: number | null
  elevation?: number | null
}

export interface MoveOptions extends Standpoint {
  /** False: jump. Default true (reduced motion always jumps). */
  animate?: boolean
}

/** From where a model is first seen: a little from the right and from above, so that heads behind one another show. */
const HOME_AZIMUTH = 20
const HOME_ELEVATION = 9
/** From where something framed is seen: nearly from the front, as one reads. */
const READING_AZIMUTH = 14
const READING_ELEVATION = 7
const NONE: ReadonlySet<string> = new Set()

export class Stage {
  readonly stats: StageStats = { frames: 0, drawCalls: 0, scriptMs: 0, labels: 0 }
  private readonly renderer: WebGLRenderer
  private readonly world = new Scene()
  /** three.js asks for one; the shaders take the view from their own uniforms. */
  private readonly dummyCamera = new Camera()
  private readonly uniforms = viewUniforms()
  private readonly rig = new CameraRig()
  private readonly history = new CameraHistory()
  private readonly gestures: Gestures
  private readonly labels: Labels
  private readonly rulers: Rulers
  private readonly marks: Marks
  private readonly resizing: ResizeObserver
  private readonly listeners = new Listeners()
  private theme: Theme
  /** What is to be shown; the views follow as soon as they are built. */
  private description: Description | null = null
  private trace: Trace | null = null
  private main: ModelView | null = null
  private beside: readonly ModelView[] = []
  /** Not shown any more. */
  private leaving: ModelView[] = []
  private wantedBeside: readonly Description[] = []
  private bounds: Bounds = { min: [0, 0, 0], size: [1, 1, 1] }
  private selection: Selected | null = null
  private reads: readonly ReadRegion[] = []
  private shown: ReadonlySet<string> | null = null
  private off: readonly ReadRegion[] = []
  private looks: Looks | null = null
  private standings: ReadonlyMap<string, Standing> = new Map()
  private hovered: Hit | null = null
  private theatre: Theatre | null = null
  private scheduled: number | null = null
  private drawnCamera = ''
  private readonly sharpness = new Sharpness()

  /** `labelLayer` is an element of the canvas's size and place, over it; the stage fills it with labels that let clicks through. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly labelLayer: HTMLElement,
    private readonly options: StageOptions,
  ) {
    this.theme = options.theme
    this.rig.reducedMotion = options.reducedMotion
    this.renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: 'high-performance' })
    this.labels = new Labels(labelLayer)
    this.rulers = new Rulers(labelLayer)
    this.marks = new Marks(this.theme, this.uniforms)
    this.world.add(this.marks.mesh)
    this.gestures = new Gestures(canvas, this.rig, {
      moved: () => {
        this.listeners.tell('taken', null)
        this.invalidate()
      },
      hover: (point) => this.hover(point),
      click: (x, y, touch) => this.click(x, y, touch),
      doubleClick: (x, y) => this.frameUnder(x, y),
      anchor: (x, y) => this.anchor(x, y),
    })
    this.resizing = new ResizeObserver(() => this.resize())
    this.resizing.observe(canvas)
    canvas.addEventListener('webglcontextrestored', this.restored)
    this.resize()
    this.applyTheme()
  }

  // ------------------------------------------------------------ what is on it

  /**
   * Shows this model, from afar. `weights`: by graph name; empty when no weights are loaded. What was shown stays until the new one
   * is built, which a large one is in pieces; resolves then.
   */
  async setModel(description: Description, weights: ReadonlyMap<string, TensorView>): Promise<void> {
    this.description = description
    this.trace = null
    this.selection = null
    this.reads = this.off = []
    this.shown = null
    this.wantedBeside = []
    this.setBounds([description.scene.bounds])
    this.home({ animate: false })
    const wanted = () => this.description === description
    const model = await inPieces(
      ModelView.build(description, weights, [0, 0, 0], this.theme, this.uniforms),
      () => !wanted(),
    )
    if (model === null || !wanted()) {
      model?.dispose()
      return
    }
    this.clear()
    this.main = model
    this.world.add(...model.meshes)
    if (this.trace !== null) model.setTrace(this.trace)
    this.history.begin(this.rig.current)
    this.updateLooks()
    this.updateLabels([model])
  }

  /** Shows these models, without their numbers, beside the one that is taken apart, at the same scale; resolves when they stand. */
  async setBeside(descriptions: readonly Description[]): Promise<void> {
    const { description: main } = this
    if (main === null) return
    this.wantedBeside = descriptions
    const wanted = () => this.wantedBeside === descriptions && this.description === main
    const bounds = descriptions.map(({ scene }) => scene.bounds)
    const shifts = shiftsBeside(main.scene.bounds, bounds)
    const placed = bounds.map(({ min, size }, index): Bounds => ({ min: moved(min, shifts[index] as Vector), size }))
    this.setBounds([main.scene.bounds, ...placed])
    this.clearBeside()
    this.invalidate()
    // Each appears as soon as it is built, so that no frame has to bring all of them to the graphics card.
    for (const [index, description] of descriptions.entries()) {
      const building = ModelView.build(
        unloaded(description),
        new Map(),
        shifts[index] as Vector,
        this.theme,
        this.uniforms,
      )
      const model = await inPieces(building, () => !wanted())
      if (model === null) return
      if (!wanted()) {
        model.dispose()
        return
      }
      this.beside = [...this.beside, model]
      this.world.add(...model.meshes)
      this.updateLabels([model])
      this.invalidate()
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
  }

  /** Shows the numbers of a run; null: nothing computed yet. Keeps camera and selection. */
  setTrace(trace: Trace | null): void {
    this.trace = trace
    const { main } = this
    if (main !== null) {
      main.setTrace(trace)
      this.updateLabels([main])
    }
    this.invalidate()
  }

  /** To be called after the language has changed: asks for all words again. `locale` is a BCP 47 tag. */
  setLanguage(locale: string): void {
    this.labelLayer.lang = locale
    this.updateLabels(this.models)
    this.invalidate()
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    this.applyTheme()
    for (const part of [...this.models, this.marks, this.theatre]) part?.setTheme(theme)
    this.invalidate()
  }

  setReducedMotion(reducedMotion: boolean): void {
    this.rig.reducedMotion = reducedMotion
  }

  /** All models on the stage. */
  private get models(): ModelView[] {
    return this.main === null ? [] : [this.main, ...this.beside]
  }

  private setBounds(all: readonly Bounds[]): void {
    this.bounds = union(all)
    this.rig.setBounds(this.bounds)
  }

  private clear(): void {
    this.clearBeside()
    if (this.main !== null) this.remove(this.main)
    this.main = null
    this.looks = null
  }

  private clearBeside(): void {
    for (const model of this.beside) this.remove(model)
    this.beside = []
  }

  /** It is disposed of after the next frame: what it shares with the model that takes its place need not be made anew then. */
  private remove(model: ModelView): void {
    this.world.remove(...model.meshes)
    this.labels.setFamilies(model, [])
    this.leaving.push(model)
    if (this.hovered?.model === model) this.hovered = null
  }

  dispose(): void {
    if (this.scheduled !== null) cancelAnimationFrame(this.scheduled)
    this.canvas.removeEventListener('webglcontextrestored', this.restored)
    this.resizing.disconnect()
    this.gestures.dispose()
    this.labels.dispose()
    this.rulers.dispose()
    this.clear()
    for (const model of this.leaving) model.dispose()
    this.description = null
    this.marks.dispose()
    this.theatre?.dispose()
    this.renderer.dispose()
  }

  // ------------------------------------------------------------ where one looks from

  /** Moves the camera so that these tensors, or the tensors of this group (`blocks.0.attn`), fill the view. */
  frame(tensorsOrGroup: readonly string[] | string, options: MoveOptions = {}): void {
    const pose = this.poseOf(tensorsOrGroup, options)
    if (pose !== null) this.moveTo(pose, options)
  }

  /** From where these tensors, or those of this group, fill the view; null when there are none. */
  poseOf(tensorsOrGroup: readonly string[] | string, from: Standpoint = {}): CameraState | null {
    const { scene, graph } = this.description ?? { scene: { boxes: [] }, graph: { tensors: [] } }
    const groups = new Map(graph.tensors.map(({ name, group }) => [name, group]))
    const isMeant = (tensor: string) =>
      typeof tensorsOrGroup === 'string'
        ? isWithin(groups.get(tensor) ?? '', tensorsOrGroup)
        : tensorsOrGroup.includes(tensor)
    const boxes = scene.boxes.filter(({ tensor }) => isMeant(tensor))
    return boxes.length > 0 ? this.readingPose(union(boxes), from) : null
  }

  /**
   * As `frame`, but only when there is need: when one of the tensors is out of view or so small that its cells cannot be told apart.
   */
  reveal(tensors: readonly string[], options: MoveOptions = {}): void {
    const view = this.rig.view()
    const slabs = this.main?.slabs.filter(({ tensor }) => tensors.includes(tensor.name)) ?? []
    if (!slabs.every((slab) => isLegible(slab, view))) this.frame(tensors, options)
  }

  /** All that is on the stage. */
  home(options: MoveOptions = {}): void {
    const { azimuth, elevation } = options
    const pose = this.rig.poseFor(this.bounds, azimuth ?? HOME_AZIMUTH, elevation ?? HOME_ELEVATION)
    if (this.description !== null) this.moveTo(pose, options)
  }

  private readingPose(bounds: Bounds, { azimuth, elevation }: Standpoint = {}): CameraState {
    return this.rig.poseFor(bounds, azimuth ?? READING_AZIMUTH, elevation ?? READING_ELEVATION)
  }

  /** Takes the last camera move back, or makes one again that was taken back. */
  undoCamera(): void {
    const before = this.history.undo()
    if (before !== null) this.moveTo(before, {})
  }

  redoCamera(): void {
    const next = this.history.redo()
    if (next !== null) this.moveTo(next, {})
  }

  get camera(): CameraState {
    return this.rig.current
  }

  /** Jumps there. Values out of bounds are brought back into them. */
  set camera(state: CameraState) {
    this.moveTo(state, { animate: false })
  }

  /** Whether what is far is drawn as large as what is near. */
  setParallel(parallel: boolean): void {
    this.rig.setParallel(parallel)
    this.invalidate()
  }

  private moveTo(state: CameraState, { animate = true }: MoveOptions): void {
    if (animate) this.rig.fly(state)
    else this.rig.jump(state)
    this.invalidate()
  }

  // ------------------------------------------------------------ what stands out

  /** Outlines one cell; a null index outlines the whole tensor; a null tensor ends the selection. */
  select(tensor: string | null, index: readonly number[] | null): void {
    this.selection = tensor === null ? null : { tensor, index }
    this.updateLooks()
  }

  /** Lights exactly the cells that were read (`explanation.reads`) and lets the rest recede; an empty list ends it. */
  highlight(reads: readonly ReadRegion[]): void {
    this.reads = reads
    this.updateLooks()
  }

  /** The tensors that the reader is to look at, by name; the rest recedes. Null: all of them. */
  emphasise(tensors: readonly string[] | null): void {
    this.shown = tensors === null || tensors.length === 0 ? null : new Set(tensors)
    this.updateLooks()
  }

  /** Crosses out cells that are switched off. */
  setOff(regions: readonly ReadRegion[]): void {
    this.off = regions
    this.updateLooks()
  }

  /** Where a cell stands on the screen, in CSS pixels, or null when it is behind the eye. */
  project(tensor: string, index: readonly number[]): { x: number; y: number } | null {
    const region = index.map((position) => [position, position + 1] as const)
    for (const slab of this.main?.slabs ?? []) {
      const cell = slab.tensor.name === tensor ? regionOnSlab(slab, region) : null
      if (cell === null) continue
      const point: Vector = [
        slab.corner[0] + cell.left + 0.5,
        slab.corner[1] + cell.bottom + 0.5,
        slab.corner[2] + slab.depth,
      ]
      const { x, y, depth } = project(this.rig.view(), point)
      return depth > 0 ? { x, y } : null
    }
    return null
  }

  private updateLooks(): void {
    const { main, description } = this
    if (main === null || description !== main.description) return
    const lights: Lights | null = this.theatre?.lights ?? null
    const looks = looksOf(main.slabs, description, {
      selection: lights?.selection ?? this.selection,
      reads: lights?.reads ?? this.reads,
      shown: this.shown,
      off: this.off,
      played: lights?.played ?? null,
      pending: lights?.pending ?? NONE,
    })
    this.looks = looks
    main.cells.setLooks(looks.slab)
    main.ribbons.setLights(looks.ribbon)
    this.updateMarks()
    this.updateStandings()
    this.invalidate()
  }

  private updateMarks(): void {
    const { hovered } = this
    const hoveredMarks: CellMark[] =
      hovered === null
        ? []
        : [
            {
              slab: hovered.model.slabs[hovered.slab] as Slab,
              meaning: 'hovered',
              rectangle: { left: hovered.column, bottom: hovered.row, right: hovered.column + 1, top: hovered.row + 1 },
            },
          ]
    this.marks.set([...(this.looks?.marks ?? []), ...hoveredMarks])
  }

  private updateStandings(): void {
    const { main, hovered } = this
    if (main === null) return
    const { selection, reads, shown } = this
    this.standings = standingsOf(main.description, { selection, reads, shown }, this.theatre?.lights ?? null)
    const byLabel = new Map([...this.standings].map(([name, standing]) => [main.labelName(name), standing]))
    if (hovered !== null)
      byLabel.set(hovered.model.labelName((hovered.model.slabs[hovered.slab] as Slab).tensor.name), 'chosen')
    this.labels.setStandings(byLabel)
  }

  private updateLabels(models: readonly ModelView[]): void {
    for (const model of models) this.labels.setFamilies(model, model.labels(this.options))
  }

  /** Returns a function that unsubscribes. */
  on<Name extends keyof StageEvents>(name: Name, handler: (event: StageEvents[Name]) => void): () => void {
    return this.listeners.add(name, handler)
  }

  // ------------------------------------------------------------ drawing

  /** Asks for one frame; asking again before it is drawn changes nothing. */
  private readonly invalidate = (): void => {
    this.scheduled ??= requestAnimationFrame((now) => {
      this.scheduled = null
      this.draw(now)
    })
  }

  /** three.js uploads everything anew by itself, but forgets the colour of the background. */
  private readonly restored = (): void => {
    this.applyTheme()
    this.invalidate()
  }

  private draw(now: number): void {
    // While a model is being built, the one before it stays on the screen.
    if (this.main === null || this.main.description !== this.description) return
    const start = performance.now()
    const moving = this.rig.step(now)
    if (this.sharpness.adapt(now, moving)) this.renderer.setPixelRatio(this.sharpness.pixelRatio)
    const view = this.rig.view()
    const [near, far] = depthRange(this.models, this.bounds, view)
    refresh(this.uniforms, view, this.renderer.getPixelRatio(), near, far)
    for (const model of this.models) model.updateDigits(view)
    this.theatre?.update(view)
    this.renderer.render(this.world, this.dummyCamera)
    for (const model of this.leaving.splice(0)) model.dispose()
    this.stats.labels = this.writeTexts(view, moving)
    this.stats.frames++
    this.stats.drawCalls = this.renderer.info.render.calls
    const camera = this.rig.current
    const spelled = JSON.stringify(camera)
    if (spelled !== this.drawnCamera) this.listeners.tell('camera', camera)
    this.drawnCamera = spelled
    if (!moving) this.history.rested(camera, now)
    this.stats.scriptMs = performance.now() - start
    this.listeners.tell('frame', this.stats)
    if (moving) this.invalidate()
  }

  /** Labels and rulers; returns how many labels are shown. */
  private writeTexts(view: View, moving: boolean): number {
    const obstacles = new Obstacles(view.width, view.height)
    this.labels.locate(view, obstacles)
    for (const { ribbons } of this.models) ribbons.locate(view, obstacles)
    const captions: Rectangle[] = this.theatre?.writeTexts(view) ?? []
    const rulers = this.rulers.update(view, this.rulerSubjects(view), obstacles, captions)
    return this.labels.place(view, obstacles, captions, rulers, moving)
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.canvas
    if (clientWidth === 0 || clientHeight === 0) return
    this.renderer.setPixelRatio(this.sharpness.pixelRatio)
    this.renderer.setSize(clientWidth, clientHeight, false)
    this.rig.setViewport(clientWidth, clientHeight)
    // A canvas that was resized is blank until it is drawn again; waiting for the next frame would flash.
    this.draw(performance.now())
  }

  private applyTheme(): void {
    const palette = PALETTES[this.theme]
    this.renderer.setClearColor(new Color().setRGB(...palette.ground, 'srgb'))
    this.labelLayer.style.setProperty('--stage-ground', cssColour(palette.ground))
    this.labelLayer.style.setProperty('--stage-ink', cssColour(palette.label))
    this.labelLayer.style.setProperty('--stage-ink-quiet', cssColour(palette.quietLabel))
  }

  // ------------------------------------------------------------ playing

  /** How a tensor, or some of its cells (half-open ranges in axis order), is computed, as an animation. */
  async animation(tensor: string, region: Region | null = null): Promise<Animation> {
    const theatre = await this.open()
    if (this.main === null) throw new Error('There is no model on the stage yet.')
    return await theatre.animation(this.main, tensor, region, this.options.explain)
  }

  /** The forward pass of a run, op after op; `since`: the first position that is computed in it. */
  async forwardPass(trace: Trace, since: number): Promise<PassClip[]> {
    const theatre = await this.open()
    return this.main === null ? [] : theatre.pass(this.main, trace, since)
  }

  /** How a token is chosen from a run's outcome and read next; `words`: the token and its probability. */
  async choice(trace: Trace, token: number, words: string): Promise<Animation> {
    const theatre = await this.open()
    if (this.main === null) throw new Error('There is no model on the stage yet.')
    return theatre.choice(this.main, trace, token, words)
  }

  /** Loads what plays animations, which is not there from the beginning. */
  async open(): Promise<Theatre> {
    const { Theatre } = await import('./animation/theatre')
    if (this.theatre === null) {
      this.theatre = new Theatre(this.labelLayer, this.theme, this.uniforms)
      this.world.add(...this.theatre.meshes)
      // One at a time: each may take a while.
      for (const mesh of this.theatre.meshes) {
        this.renderer.compile(mesh, this.dummyCamera)
        await new Promise((resolve) => setTimeout(resolve))
      }
    }
    return this.theatre
  }

  /** Sets the stage as it is at a position, from 0 to 1, of an animation; null: as it is without any. */
  show(animation: Animation | null, position: number): void {
    const { main, theatre } = this
    if (main === null || theatre === null) return
    // Those who do not want motion see how it begins and how it ends.
    const shown = this.rig.reducedMotion ? Math.round(position) : position
    if (theatre.show(animation, shown, main)) this.updateLooks()
    this.invalidate()
  }

  /** Moves the camera along with what happens at the moment that is shown. */
  follow(from: Standpoint = {}): void {
    const focus = this.theatre?.focus ?? null
    if (focus === null) return
    this.rig.lead(this.readingPose(focus, from))
    this.invalidate()
  }

  // ------------------------------------------------------------ pointing

  private describe(hit: Hit, x: number, y: number): CellHit {
    const { tensor } = hit.model.slabs[hit.slab] as Slab
    return {
      model: hit.model.description,
      about: tensor,
      tensor: tensor.name,
      ...hit.model.cellAt(hit.slab, hit.column, hit.row),
      x,
      y,
    }
  }

  /**
   * Moves the cell that is pointed at by so many cells to the right, up, and towards the reader (heads stand behind one another), as the
   * keyboard does; where none is pointed at it begins at the selected one, or in the middle of the view. Returns it.
   */
  step(direction: Readonly<Vector>): CellHit | null {
    return this.pointAt((cursor, place) => cursor.step(place, direction))
  }

  /** The same from tensor to tensor: to the nearest one to the right (x) or up (y). */
  leap(x: number, y: number): CellHit | null {
    return this.pointAt((cursor, place) => cursor.leap(place, x, y))
  }

  /** Points at no cell any more. */
  unpoint(): void {
    this.setHovered(null, null)
  }

  private pointAt(moved: (cursor: Cursor, place: CursorPlace) => CursorPlace): CellHit | null {
    const { main, hovered } = this
    if (main === null) return null
    const cursor = new Cursor(main)
    const here =
      hovered?.model === main
        ? cursor.placeOf(hovered)
        : this.selection === null
          ? null
          : cursor.placeAt(this.selection)
    const place = here === null ? cursor.begin(this.rig.view()) : moved(cursor, here)
    const hit = cursor.hitAt(place)
    if (hit === null) return null
    this.reveal([place.tensor])
    const { x, y } = this.project(place.tensor, place.index) ?? { x: 0, y: 0 }
    this.setHovered(hit, { x, y })
    return this.describe(hit, x, y)
  }

  private click(x: number, y: number, touch: boolean): void {
    const hit = (touch ? pickNear : pickAt)(this.models, this.rig.view(), x, y)
    this.listeners.tell('click', hit === null ? null : this.describe(hit, x, y))
  }

  private hover(point: { x: number; y: number } | null): void {
    this.setHovered(point === null ? null : pickAt(this.models, this.rig.view(), point.x, point.y), point)
  }

  private setHovered(hit: Hit | null, point: { x: number; y: number } | null): void {
    const before = this.hovered
    const isSame =
      before?.model === hit?.model &&
      before?.slab === hit?.slab &&
      before?.column === hit?.column &&
      before?.row === hit?.row
    if (isSame) return
    this.hovered = hit
    this.canvas.style.cursor = hit === null ? '' : 'crosshair'
    this.updateMarks()
    this.updateStandings()
    this.invalidate()
    this.listeners.tell('hover', hit === null || point === null ? null : this.describe(hit, point.x, point.y))
  }

  /** The slabs that get rulers, one per tensor: the one pointed at, the selected, what is read or to be looked at, and what fills the view. */
  private rulerSubjects(view: View): RulerSubject[] {
    const subjects = new Map<unknown, RulerSubject>()
    const add = (model: ModelView, slab: Slab | undefined, cell: RulerSubject['cell']) => {
      if (slab !== undefined && !subjects.has(slab.tensor)) subjects.set(slab.tensor, { model, slab, cell })
    }
    const { hovered, looks, main, standings } = this
    if (hovered !== null) add(hovered.model, hovered.model.slabs[hovered.slab], hovered)
    if (main !== null) {
      if (looks?.chosen)
        add(main, main.slabs[looks.chosen.slab], { column: looks.chosen.cell.left, row: looks.chosen.cell.bottom })
      for (const standing of ['chosen', 'shown']) {
        const names = new Set([...standings.keys()].filter((name) => standings.get(name) === standing))
        if (names.size > 0) for (const slab of slabsOf(main, names, view)) add(main, slab, null)
      }
    }
    for (const { model, slab: index } of slabsInView(this.models, view, SMALLEST_CELL.down)) {
      const slab = model.slabs[index] as Slab
      if (model !== main || standings.get(slab.tensor.name) !== 'receding') add(model, slab, null)
    }
    return [...subjects.values()]
  }

  private frameUnder(x: number, y: number): void {
    const hit = pickAt(this.models, this.rig.view(), x, y)
    const name = hit === null ? null : (hit.model.slabs[hit.slab] as Slab).tensor.name
    const box = hit?.model.scene.boxes.find(({ tensor }) => tensor === name)
    if (box !== undefined) this.moveTo(this.readingPose(box), {})
  }

  /** The surface under a pixel, or the place at the target's depth. */
  private anchor(x: number, y: number): Vector {
    const view = this.rig.view()
    const ray = rayThrough(view, x, y)
    const hit = pickAlong(this.models, view.eye, ray)
    const depth = hit === null ? dot(subtract(this.rig.current.target, view.eye), view.forward) : hit.distance
    return view.eye.map((value, axis) => value + depth * (ray[axis] as number)) as Vector
  }
}

/** A model that stands beside another shows its shapes only. */
function unloaded(description: Description): Description {
  return description.loaded ? { ...description, loaded: false } : description
}

/** Whether a part of the architecture is another one or a part of it. */
function isWithin(group: string, whole: string): boolean {
  return group === whole || group.startsWith(`${whole}.`)
}
