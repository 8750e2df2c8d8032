/**
 * The stage: the 3D view of one model. It draws every tensor of a description at the place that the scene layout gives it,
 * coloured by the real values of the weights and of a trace, and says which cell is under the pointer.
 * It knows no tensor by name and draws only when something has changed.
 */
import { Camera, Color, Scene, WebGLRenderer } from 'three'
import type { TensorView } from '../model/safetensors'
import { valueAt, type Trace } from '../model/trace'
import type { Description, Read, Tensor, Vector } from '../model/types'
import { CameraRig, type CameraState } from './camera'
import { Atlas } from './atlas'
import { Cells, type SlabLook } from './cells'
import { Digits, type DigitLook } from './digits'
import { Gestures } from './gestures'
import { Labels, type LabelSubject } from './labels'
import './labels.css'
import { Marks, type CellMark } from './marks'
import { Obstacles } from './obstacles'
import { cssColour, PALETTES, type Theme } from './palette'
import { Panels } from './panels'
import { corners, dot, project, rayThrough, screenBounds, subtract, union, type View } from './projection'
import { Ribbons } from './ribbons'
import { Rulers, type RulerSubject } from './rulers'
import {
  boundsOf, buildSlabs, indexOfCell, pickSlab, regionOnSlab, type CellRectangle, type Slab, type SlabCell, type SlabHit,
} from './slabs'
import { refresh, viewUniforms } from './uniforms'

export type { CameraState } from './camera'
export type { Theme } from './palette'

export interface StageOptions {
  theme: Theme
  /** True: camera moves jump instead of gliding. */
  reducedMotion: boolean
  /** The reader's language for an English title of the graph ('queries', 'self-attention'). */
  title: (key: string) => string
}

/** A cell under the pointer. */
export interface CellHit {
  tensor: string
  /** In the tensor's axis order. */
  index: number[]
  /** Null where it was not computed. */
  value: number | null
  /** The pointer, in CSS pixels from the canvas's top left corner. */
  x: number
  y: number
}

export interface StageEvents {
  /** The pointer has come over another cell, or over none. */
  hover: CellHit | null
  /** A click or a tap that was not a drag; null: on the empty background. */
  click: CellHit | null
  /** The camera has moved; fires once per drawn frame in which it did. */
  camera: CameraState
  /** A frame was drawn. */
  frame: StageStats
}

export interface StageStats {
  /** Frames drawn since the stage was made. */
  frames: number
  /** Of the last frame. */
  drawCalls: number
  /** Script time of the last frame, in milliseconds. */
  scriptMs: number
  /** Labels shown in the last frame. */
  labels: number
}

export interface MoveOptions {
  /** False: jump. Default true (reduced motion always jumps). */
  animate?: boolean
}

type ReadRegion = Pick<Read, 'tensor' | 'region'>

/** From where a model is first seen: a little from the right and from above, so that heads behind one another show. */
const HOME_AZIMUTH = 20
const HOME_ELEVATION = 9
/** From where something framed is seen: nearly from the front, as one reads. */
const READING_AZIMUTH = 14
const READING_ELEVATION = 7
const RECEDING = 0.62
const MAX_PIXEL_RATIO = 2
/** After so many frames that took longer than this, the picture gets coarser until the movement ends. */
const SLOW_FRAME_MS = 60
const SLOW_FRAMES = 3
const COARSE = 0.5
/** Where rays look for what fills the view, in shares of its width and height. */
const PROBES = [0.2, 0.4, 0.6, 0.8]
/** The least size of a cell, in pixels, that one can point at. */
const LEGIBLE_CELL = 5
/** How far a finger may miss, in CSS pixels. */
const FINGER = 14

export class Stage {
  readonly stats: StageStats = { frames: 0, drawCalls: 0, scriptMs: 0, labels: 0 }
  private readonly renderer: WebGLRenderer
  private readonly world = new Scene()
  /** three.js asks for one; the shaders take the view from their own uniforms. */
  private readonly dummyCamera = new Camera()
  private readonly uniforms = viewUniforms()
  private readonly rig = new CameraRig()
  private readonly gestures: Gestures
  private readonly labels: Labels
  private readonly rulers: Rulers
  private readonly resizing: ResizeObserver
  private readonly handlers: { [Name in keyof StageEvents]: Set<(event: StageEvents[Name]) => void> } = {
    hover: new Set(), click: new Set(), camera: new Set(), frame: new Set(),
  }
  private theme: Theme
  private description: Description | null = null
  private tensors = new Map<string, Tensor>()
  private weights: ReadonlyMap<string, TensorView> = new Map()
  private trace: Trace | null = null
  private slabs: Slab[] = []
  private cells: Cells | null = null
  private ribbons: Ribbons | null = null
  private digits: Digits | null = null
  private atlas: Atlas | null = null
  private marks: Marks | null = null
  private panels: Panels | null = null
  private selection: { tensor: string; index: readonly number[] | null } | null = null
  private reads: readonly ReadRegion[] = []
  private hovered: SlabCell | null = null
  private chosenCell: SlabCell | null = null
  private scheduled: number | null = null
  private drawnCamera = ''
  /** Share of the full resolution that is drawn. */
  private sharpness = 1
  private slowFrames = 0
  private movedAt: number | null = null

  /** `labelLayer` is an element of the canvas's size and place, over it; the stage fills it with labels that let clicks through. */
  constructor(private readonly canvas: HTMLCanvasElement, private readonly labelLayer: HTMLElement, private readonly options: StageOptions) {
    this.theme = options.theme
    this.rig.reducedMotion = options.reducedMotion
    this.renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: 'high-performance' })
    this.labels = new Labels(labelLayer)
    this.rulers = new Rulers(labelLayer, (axis, index) =>
      this.description?.graph.axes[axis]?.grows === true ? this.trace?.pieces[index] : undefined)
    this.gestures = new Gestures(canvas, this.rig, {
      moved: () => this.invalidate(),
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

  /** Builds everything from `description.graph` and `description.scene`. `weights`: by graph name; empty when no weights are loaded. */
  setModel(description: Description, weights: ReadonlyMap<string, TensorView>): void {
    this.clear()
    this.description = description
    this.weights = weights
    this.tensors = new Map(description.graph.tensors.map((tensor) => [tensor.name, tensor]))
    this.slabs = buildSlabs(description)
    this.atlas = new Atlas(this.slabs, description.loaded)
    const cells = new Cells(this.slabs, this.atlas, this.theme, this.uniforms)
    this.cells = cells
    this.digits = new Digits(this.slabs, this.atlas, (slab) => cells.scaleOf(slab), this.theme, this.uniforms)
    this.ribbons = new Ribbons(description.scene.ribbons, this.theme, this.uniforms)
    this.marks = new Marks(this.theme, this.uniforms)
    this.panels = new Panels(description.scene.groups, this.theme, this.uniforms)
    this.world.add(this.panels.mesh, cells.mesh, this.ribbons.mesh, this.digits.mesh, this.marks.mesh)
    cells.setNumbers((name) => weights.get(name), ['weight'])
    cells.setNumbers(() => undefined, ['input', 'activation', 'statistic'])
    this.updateLooks()
    this.updateLabels()
    this.rig.setBounds(description.scene.bounds)
    this.home({ animate: false })
  }

  /** Shows the numbers of a run; null: nothing computed yet. Keeps camera and selection. */
  setTrace(trace: Trace | null): void {
    this.trace = trace
    this.cells?.setNumbers((name) => trace?.tensors.get(name), ['input', 'activation', 'statistic'])
    this.digits?.forget()
    this.updateLabels()
    this.invalidate()
  }

  /** To be called after the language has changed: asks `options.title` again. `locale` is a BCP 47 tag. */
  setLanguage(locale: string): void {
    this.labelLayer.lang = locale
    this.updateLabels()
    this.invalidate()
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    this.applyTheme()
    this.cells?.setTheme(theme)
    this.ribbons?.setTheme(theme)
    this.digits?.setTheme(theme)
    this.marks?.setTheme(theme)
    this.panels?.setTheme(theme)
    this.invalidate()
  }

  setReducedMotion(reducedMotion: boolean): void {
    this.rig.reducedMotion = reducedMotion
  }

  /** Moves the camera so that these tensors, or the tensors of this group (`blocks.0.attn`), fill the view. */
  frame(tensorsOrGroup: readonly string[] | string, options: MoveOptions = {}): void {
    const boxes = (this.description?.scene.boxes ?? []).filter(({ tensor }) =>
      typeof tensorsOrGroup === 'string' ? this.isInGroup(tensor, tensorsOrGroup) : tensorsOrGroup.includes(tensor))
    if (boxes.length > 0) this.moveTo(this.rig.poseFor(union(boxes), READING_AZIMUTH, READING_ELEVATION), options)
  }

  /**
   * As `frame`, but only when there is need: when one of the tensors is out of view or so small that its cells cannot be told apart.
   */
  reveal(tensors: readonly string[], options: MoveOptions = {}): void {
    const view = this.rig.view()
    const isLegible = (slab: Slab) => {
      const { corner: [x, y, z], columns, rows, depth } = slab
      const screen = screenBounds(view, { min: slab.corner, size: [columns, rows, depth] }, 0)
      const cell = view.focal / project(view, [x + columns / 2, y + rows / 2, z + depth]).depth
      return screen !== null && cell >= LEGIBLE_CELL && screen.left > -columns * cell / 2 && screen.right < view.width + columns * cell / 2
        && screen.top > -rows * cell / 2 && screen.bottom < view.height + rows * cell / 2
    }
    const slabs = this.slabs.filter(({ tensor }) => tensors.includes(tensor.name))
    if (!slabs.every(isLegible)) this.frame(tensors, options)
  }

  /** The whole model. */
  home(options: MoveOptions = {}): void {
    if (this.description === null) return
    this.moveTo(this.rig.poseFor(this.description.scene.bounds, HOME_AZIMUTH, HOME_ELEVATION), options)
  }

  get camera(): CameraState {
    return this.rig.current
  }

  /** Jumps there. Values out of bounds are brought back into them. */
  set camera(state: CameraState) {
    this.moveTo(state, { animate: false })
  }

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

  /** Where a cell stands on the screen, in CSS pixels, or null when it is behind the eye. */
  project(tensor: string, index: readonly number[]): { x: number; y: number } | null {
    const region = index.map((position) => [position, position + 1] as const)
    for (const slab of this.slabs) {
      const cell = slab.tensor.name === tensor ? regionOnSlab(slab, region) : null
      if (cell === null) continue
      const point: Vector = [slab.corner[0] + cell.left + 0.5, slab.corner[1] + cell.bottom + 0.5, slab.corner[2] + slab.depth]
      const { x, y, depth } = project(this.rig.view(), point)
      return depth > 0 ? { x, y } : null
    }
    return null
  }

  /** Returns a function that unsubscribes. */
  on<Name extends keyof StageEvents>(name: Name, handler: (event: StageEvents[Name]) => void): () => void {
    const handlers = this.handlers[name]
    handlers.add(handler)
    return () => handlers.delete(handler)
  }

  dispose(): void {
    if (this.scheduled !== null) cancelAnimationFrame(this.scheduled)
    this.canvas.removeEventListener('webglcontextrestored', this.restored)
    this.resizing.disconnect()
    this.gestures.dispose()
    this.labels.dispose()
    this.rulers.dispose()
    this.clear()
    this.renderer.dispose()
  }

  private clear(): void {
    this.world.clear()
    this.cells?.dispose()
    this.ribbons?.dispose()
    this.digits?.dispose()
    this.marks?.dispose()
    this.panels?.dispose()
    this.atlas?.dispose()
    this.trace = null
    this.selection = null
    this.reads = []
    this.hovered = null
    this.chosenCell = null
  }

  private emit<Name extends keyof StageEvents>(name: Name, event: StageEvents[Name]): void {
    for (const handler of this.handlers[name]) handler(event)
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
    const start = performance.now()
    const moving = this.rig.step(now)
    this.adaptSharpness(now, moving)
    const view = this.rig.view()
    const [near, far] = this.depthRange(view)
    refresh(this.uniforms, view, this.renderer.getPixelRatio(), near, far)
    this.digits?.update(view, (slab) => this.digitLook(slab))
    this.renderer.render(this.world, this.dummyCamera)
    this.stats.labels = this.writeTexts(view)
    this.stats.frames++
    this.stats.drawCalls = this.renderer.info.render.calls
    const camera = this.rig.current
    const spelled = JSON.stringify(camera)
    if (spelled !== this.drawnCamera) this.emit('camera', camera)
    this.drawnCamera = spelled
    this.stats.scriptMs = performance.now() - start
    this.emit('frame', this.stats)
    if (moving) this.invalidate()
  }

  /** Labels and rulers; returns how many labels are shown. */
  private writeTexts(view: View): number {
    const obstacles = new Obstacles(view.width, view.height)
    this.labels.locate(view, obstacles)
    this.ribbons?.locate(view, obstacles)
    const strips = this.rulers.update(view, this.rulerSubjects(view), obstacles)
    return this.labels.place(view, obstacles, strips)
  }

  /** A machine that cannot keep up draws coarser pictures while things move, and a sharp one when they stand. */
  private adaptSharpness(now: number, moving: boolean): void {
    const slow = this.movedAt !== null && now - this.movedAt > SLOW_FRAME_MS
    this.slowFrames = moving ? Math.max(0, this.slowFrames + (slow ? 1 : -1)) : 0
    this.movedAt = moving ? now : null
    const sharpness = !moving ? 1 : this.slowFrames >= SLOW_FRAMES ? COARSE : this.sharpness
    if (sharpness === this.sharpness) return
    this.sharpness = sharpness
    this.renderer.setPixelRatio(this.fullPixelRatio() * sharpness)
  }

  private fullPixelRatio(): number {
    return Math.min(window.devicePixelRatio, MAX_PIXEL_RATIO)
  }

  /** The depths between which everything lies, as tight as is cheap to know: the tighter, the finer the depth buffer tells apart. */
  private depthRange(view: View): [number, number] {
    if (this.description === null) return [1, 2]
    const { scene } = this.description
    let nearest = Infinity
    for (const { min, size } of scene.boxes) {
      let squared = 0
      for (let axis = 0; axis < 3; axis++) {
        const low = (min[axis] as number) - (view.eye[axis] as number)
        const beyond = Math.max(low, -low - (size[axis] as number), 0)
        squared += beyond * beyond
      }
      nearest = Math.min(nearest, squared)
    }
    const far = Math.max(...corners(scene.bounds).map((corner) => dot(subtract(corner, view.eye), view.forward)))
    const near = Math.max(0.2, Math.sqrt(nearest) * 0.5)
    return [near, Math.max(far * 1.01 + 10, near * 2)]
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.canvas
    if (clientWidth === 0 || clientHeight === 0) return
    this.renderer.setPixelRatio(this.fullPixelRatio() * this.sharpness)
    this.renderer.setSize(clientWidth, clientHeight, false)
    this.rig.setViewport(clientWidth, clientHeight)
    // A canvas that was resized is blank until it is drawn again; waiting for the next frame would flash.
    if (this.description !== null) this.draw(performance.now())
  }

  private applyTheme(): void {
    const palette = PALETTES[this.theme]
    this.renderer.setClearColor(new Color().setRGB(...palette.ground, 'srgb'))
    this.labelLayer.style.setProperty('--stage-ground', cssColour(palette.ground))
    this.labelLayer.style.setProperty('--stage-ink', cssColour(palette.label))
    this.labelLayer.style.setProperty('--stage-ink-quiet', cssColour(palette.quietLabel))
  }

  // ------------------------------------------------------------ what is shown

  private updateLooks(): void {
    const lighting = this.reads.length > 0
    const read = this.slabs.map((slab) => this.readOn(slab))
    this.chosenCell = null
    this.slabs.forEach((slab, index) => {
      const cell = this.chosenOn(slab)
      if (cell !== null) this.chosenCell = { slab: index, column: cell.left, row: cell.bottom }
    })
    const isLit = (index: number) => (read[index] as CellRectangle[]).length > 0 || this.chosenCell?.slab === index
    const litTensors = new Set(this.slabs.filter((_, index) => isLit(index)).map(({ tensor }) => tensor))
    this.cells?.setLooks((slab, index): SlabLook => {
      const isChosen = this.selection?.tensor === slab.tensor.name && this.selection.index === null
      return {
        receding: lighting && !isLit(index) ? RECEDING : 0,
        style: isChosen ? 'lit' : !isLit(index) && litTensors.has(slab.tensor) ? 'hollow' : 'plain',
        read: lighting ? boundsOf(read[index] as CellRectangle[]) : null,
        dimming: RECEDING,
      }
    })
    const sources = new Set(this.reads.map(({ tensor }) => tensor))
    this.ribbons?.setLights(({ from, to }) => {
      if (!lighting) return 'quiet'
      return this.selection?.tensor === to && sources.has(from) ? 'lit' : 'receding'
    })
    this.updateMarks()
    this.updateFavourites()
    this.invalidate()
  }

  private readOn(slab: Slab): CellRectangle[] {
    return this.reads
      .filter(({ tensor }) => tensor === slab.tensor.name)
      .map(({ region }) => regionOnSlab(slab, region))
      .filter((rectangle) => rectangle !== null)
  }

  private chosenOn(slab: Slab): CellRectangle | null {
    const { tensor = null, index = null } = this.selection ?? {}
    if (tensor !== slab.tensor.name || index === null) return null
    return regionOnSlab(slab, index.map((position) => [position, position + 1] as const))
  }

  private updateMarks(): void {
    const reads = this.slabs.flatMap((slab) =>
      this.readOn(slab).map((rectangle): CellMark => ({ slab, rectangle, meaning: 'read' })))
    const single = (cell: SlabCell | null, meaning: CellMark['meaning']): CellMark[] => cell === null ? [] : [{
      slab: this.slabs[cell.slab] as Slab, meaning,
      rectangle: { left: cell.column, bottom: cell.row, right: cell.column + 1, top: cell.row + 1 },
    }]
    this.marks?.set([...reads, ...single(this.chosenCell, 'selected'), ...single(this.hovered, 'hovered')])
  }

  private digitLook(index: number): DigitLook {
    const { receding = 0, dimming = 0, read = null, style = 'plain' } = this.cells?.lookOf(index) ?? {}
    const opacity = (column: number, row: number) => {
      const isRead = read === null || (column >= read.left && column < read.right && row >= read.bottom && row < read.top)
      return 1 - (isRead ? receding : dimming)
    }
    return { hollow: style === 'hollow', opacity }
  }

  private updateFavourites(): void {
    const hovered = this.hovered === null ? undefined : this.slabs[this.hovered.slab]?.tensor.name
    const names = [this.selection?.tensor, hovered, ...this.reads.map(({ tensor }) => tensor)]
    this.labels.setFavourites(new Set(names.filter((name) => name !== undefined)))
  }

  private updateLabels(): void {
    if (this.description === null) return
    const { scene } = this.description
    const names = new Set(scene.groups.map(({ name }) => name))
    const isPart = (name: string) => names.has(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
    const groups = scene.groups.map((group): LabelSubject => ({
      kind: isPart(group.name) ? 'part' : 'whole', name: group.name, bounds: group, title: this.options.title(group.title), detail: '',
    }))
    const tensors = scene.boxes.map((box): LabelSubject => {
      const tensor = this.tensors.get(box.tensor) as Tensor
      const shape = this.numbersOf(tensor.name)?.shape ?? tensor.shape
      const detail = shape.length === 0 ? '' : `${tensor.axes.join(' ')} · ${shape.join('×')}`
      return { kind: 'tensor', name: tensor.name, bounds: box, title: this.options.title(tensor.title), detail }
    })
    this.labels.setSubjects([...groups, ...tensors])
  }

  private numbersOf(tensor: string): TensorView | undefined {
    return this.weights.get(tensor) ?? this.trace?.tensors.get(tensor)
  }

  // ------------------------------------------------------------ pointing and moving

  private pickSlab(x: number, y: number): SlabHit | null {
    const view = this.rig.view()
    return this.pickAlong(view.eye, rayThrough(view, x, y))
  }

  private pickAlong(eye: Vector, direction: Vector): SlabHit | null {
    return pickSlab(this.slabs, (slab) => this.cells?.lookOf(slab).style === 'hollow', eye, direction)
  }

  private describe(hit: SlabHit, x: number, y: number): CellHit {
    const slab = this.slabs[hit.slab] as Slab
    const index = indexOfCell(slab, hit.column, hit.row)
    const numbers = this.numbersOf(slab.tensor.name)
    return { tensor: slab.tensor.name, index, value: numbers === undefined ? null : valueAt(numbers, index), x, y }
  }

  private click(x: number, y: number, touch: boolean): void {
    const hit = touch ? this.pickNear(x, y) : this.pickSlab(x, y)
    this.emit('click', hit === null ? null : this.describe(hit, x, y))
  }

  /** What a finger meant: what lies under it, or else what lies nearest around it. */
  private pickNear(x: number, y: number): SlabHit | null {
    for (const radius of [0, FINGER / 2, FINGER]) {
      for (let eighth = 0; eighth < (radius === 0 ? 1 : 8); eighth++) {
        const angle = (eighth * Math.PI) / 4
        const hit = this.pickSlab(x + radius * Math.cos(angle), y + radius * Math.sin(angle))
        if (hit !== null) return hit
      }
    }
    return null
  }

  private hover(point: { x: number; y: number } | null): void {
    const hit = point === null ? null : this.pickSlab(point.x, point.y)
    const before = this.hovered
    if (before?.slab === hit?.slab && before?.column === hit?.column && before?.row === hit?.row) return
    this.hovered = hit
    this.canvas.style.cursor = hit === null ? '' : 'crosshair'
    this.updateMarks()
    this.updateFavourites()
    this.invalidate()
    this.emit('hover', hit === null || point === null ? null : this.describe(hit, point.x, point.y))
  }

  /** The slabs that get rulers, one per tensor: the one pointed at, the selected, and what fills the view. */
  private rulerSubjects(view: View): RulerSubject[] {
    const subjects = new Map<Tensor, RulerSubject>()
    const add = (index: number, cell: RulerSubject['cell']) => {
      const slab = this.slabs[index] as Slab
      if (!subjects.has(slab.tensor)) subjects.set(slab.tensor, { slab, cell })
    }
    if (this.hovered !== null) add(this.hovered.slab, this.hovered)
    if (this.chosenCell !== null) add(this.chosenCell.slab, this.chosenCell)
    for (const across of PROBES) {
      for (const down of PROBES) {
        const hit = this.pickSlab(across * view.width, down * view.height)
        if (hit !== null) add(hit.slab, null)
      }
    }
    return [...subjects.values()]
  }

  private frameUnder(x: number, y: number): void {
    const hit = this.pickSlab(x, y)
    if (hit !== null) this.frame([(this.slabs[hit.slab] as Slab).tensor.name])
  }

  /** The surface under a pixel, or the place at the target's depth. */
  private anchor(x: number, y: number): Vector {
    const view = this.rig.view()
    const ray = rayThrough(view, x, y)
    const hit = this.pickAlong(view.eye, ray)
    const depth = hit === null ? dot(subtract(this.rig.current.target, view.eye), view.forward) : hit.distance
    return view.eye.map((value, axis) => value + depth * (ray[axis] as number)) as Vector
  }

  private moveTo(state: CameraState, { animate = true }: MoveOptions): void {
    if (animate) this.rig.fly(state)
    else this.rig.jump(state)
    this.invalidate()
  }

  private isInGroup(tensor: string, group: string): boolean {
    const path = this.tensors.get(tensor)?.group ?? ''
    return path === group || path.startsWith(`${group}.`)
  }
}
