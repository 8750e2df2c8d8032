/**
 * All cells of the model as one draw call: every slab is a cube of which three faces are drawn, coloured in the shader from the atlas.
 * What is lit or recedes are small attributes, so that a click rewrites a few kilobytes and no geometry. Each corner of a slab has
 * its own: a renderer without a graphics card draws the instances of one cube one by one, which takes longer than their pixels.
 */
import { BufferAttribute, DoubleSide, GLSL3, BufferGeometry, Mesh, RawShaderMaterial, Vector3 } from 'three'
import type { TensorView } from '../protocol/tensors'
import { colourScale } from '../protocol/tensors'
import type { TensorKind } from '../protocol/types'
import { ATLAS_WIDTH, type Atlas } from './atlas'
import fragmentShader from './cells.frag.glsl?raw'
import vertexShader from './cells.vert.glsl?raw'
import { PALETTES, type Colour } from './palette'
import type { Theme } from '../session/preferences.svelte'
import { encodeProgress, isComputed, type Progress } from './progress'
import { CORNERS, INDICES, quadIndex } from './quads'
import quickFragmentShader from './quick-cells.frag.glsl?raw'
import { RAMP_WIDTH, rampTexture } from './ramp'
import type { CellRectangle, Slab } from './slabs'
import type { ViewUniforms } from './uniforms'

/** The shader's numbers of the kinds. */
const KINDS: readonly TensorKind[] = ['input', 'weight', 'activation', 'statistic', 'gradient']

const STYLES: readonly SlabLook['style'][] = ['plain', 'lit', 'hollow']

/** How a slab is to be shown, apart from its numbers and from how much of it is computed. */
export interface SlabLook {
  /** 0: fully there, 1: gone into the background. */
  receding: number
  /** Lit: the frame stands out; hollow: one sees through, because something lit stands behind. */
  style: 'plain' | 'lit' | 'hollow'
  /** The cells that stay as they are when `dimming` takes the others back; null: all of them. */
  read: CellRectangle | null
  dimming: number
}

/** Where sides of slabs are narrower than this, in pixels, they are not drawn. */
const LEAST_EDGE = 0.5
/** The quads of a slab: its front and two sides. */
const FACES = 3
const SIDES = FACES - 1
const SLAB_CORNERS = FACES * CORNERS

const NONE: CellRectangle = { left: 0, bottom: 0, right: 0, top: 0 }

const PLAIN: SlabLook = { receding: 0, style: 'plain', read: null, dimming: 0 }

/** What draws them, and the two that draw them as quickly as possible: what has nothing special about it, and the rest. */
const DEFINES = { ATLAS_WIDTH, ATLAS_WIDTH_BITS: Math.log2(ATLAS_WIDTH) }
export const CELLS = { glslVersion: GLSL3, vertexShader, fragmentShader, defines: DEFINES }
export const COARSE_CELLS = { ...CELLS, defines: { ...DEFINES, COARSE: true } }
export const QUICK_CELLS = {
  ...CELLS,
  fragmentShader: quickFragmentShader,
  defines: { ...DEFINES, RAMP_WIDTH, QUICK: true },
}

export class Cells {
  /** What is drawn while nothing moves, or moves quickly enough, and otherwise what is special of it. */
  readonly mesh: Mesh
  /** The rest of it then. */
  readonly quick: Mesh<BufferGeometry, RawShaderMaterial>
  private readonly geometry = new BufferGeometry()
  private readonly material: RawShaderMaterial
  /** The same, as quick as possible. */
  private readonly coarse: RawShaderMaterial
  /** Where each slab stands in the attributes, where the deepest ones come first, and how deep what stands there is. */
  private readonly places: number[] = []
  private readonly depths: readonly number[]
  private readonly looks: SlabLook[]
  private readonly progresses: (Progress | null)[]
  private readonly corners: PerSlab
  private readonly sizes: PerSlab
  private readonly look: PerSlab
  private readonly read: PerSlab
  private readonly pending: PerSlab
  private readonly progress: PerSlab
  private readonly untrained: PerSlab

  constructor(
    private readonly slabs: readonly Slab[],
    readonly atlas: Atlas,
    theme: Theme,
    view: ViewUniforms,
    /** The cells of a slab that training never judged. */
    readonly untrainedOn: (slab: Slab) => CellRectangle | null,
  ) {
    const order = slabs.map((_, index) => index)
    order.sort((one, other) => (slabs[other] as Slab).depth - (slabs[one] as Slab).depth)
    order.forEach((index, place) => (this.places[index] = place))
    this.depths = order.map((index) => (slabs[index] as Slab).depth)
    this.geometry.setIndex(quadIndex(FACES * slabs.length, (place) => faceAt(place, slabs.length)))
    const perSlab = (name: string, kind: Float32ArrayConstructor | Int32ArrayConstructor) => {
      const made = new PerSlab(new kind(4 * SLAB_CORNERS * slabs.length))
      this.geometry.setAttribute(name, made.attribute)
      return made
    }
    this.corners = perSlab('corner', Float32Array)
    this.sizes = perSlab('cells', Int32Array)
    this.look = perSlab('look', Float32Array)
    this.read = perSlab('read', Int32Array)
    this.pending = perSlab('pending', Int32Array)
    this.progress = perSlab('progress', Int32Array)
    this.untrained = perSlab('untrained', Int32Array)
    slabs.forEach((slab, index) => {
      const { corner, columns, rows, depth, tensor } = slab
      this.corners.set(this.placeOf(index), 0, [...corner, depth])
      const kind = KINDS.indexOf(tensor.kind)
      this.sizes.set(this.placeOf(index), 0, [columns, rows, this.atlas.offsets[index] as number, kind])
      this.setUntrained(index, slab)
    })
    this.looks = slabs.map(() => PLAIN)
    this.progresses = slabs.map(() => null)
    const uniforms = { ...view, numbers: { value: this.atlas.texture }, ...themeUniforms(theme) }
    // A face that is turned to the other side has its corners the other way round.
    const side = DoubleSide
    this.material = new RawShaderMaterial({ ...CELLS, side, uniforms })
    this.coarse = new RawShaderMaterial({ ...COARSE_CELLS, side, uniforms })
    this.mesh = new Mesh(this.geometry, this.material)
    this.quick = new Mesh(this.geometry, new RawShaderMaterial({ ...QUICK_CELLS, side, uniforms }))
    this.mesh.frustumCulled = this.quick.frustumCulled = false
  }

  private placeOf(index: number): number {
    return this.places[index] as number
  }

  /** To be called before it is drawn. `coarse`: as quick as possible; `scale`: how many pixels a cell has at most. */
  prepare(coarse: boolean, scale: number): void {
    this.mesh.material = coarse ? this.coarse : this.material
    this.quick.visible = coarse
    const shallow = this.depths.findIndex((depth) => scale * depth < LEAST_EDGE)
    const deep = shallow < 0 ? this.depths.length : shallow
    this.geometry.setDrawRange(0, INDICES * (this.depths.length + SIDES * deep))
  }

  /**
   * Shows the numbers of the tensors with these names; those that are missing are not computed. `scaledAs`: those whose colours they are to
   * be compared by, if not their own.
   */
  setNumbers(
    tensorOf: (name: string) => TensorView | undefined,
    names: ReadonlySet<string>,
    scaledAs: (name: string) => TensorView | undefined = tensorOf,
  ): void {
    this.slabs.forEach((slab, index) => {
      if (!names.has(slab.tensor.name)) return
      const view = tensorOf(slab.tensor.name)
      this.atlas.write(index, view)
      this.look.set(this.placeOf(index), 0, [
        view === undefined ? 0 : 1 / colourScale(scaledAs(slab.tensor.name) ?? view),
      ])
    })
  }

  /** A slab stands elsewhere, or has other cells: then its numbers are to be set anew. */
  place(index: number, slab: Slab): void {
    this.corners.set(this.placeOf(index), 0, slab.corner)
    this.sizes.set(this.placeOf(index), 0, [slab.columns, slab.rows])
    this.setUntrained(index, slab)
  }

  private setUntrained(index: number, slab: Slab): void {
    const { left, bottom, right, top } = this.untrainedOn(slab) ?? NONE
    this.untrained.set(this.placeOf(index), 0, [left, bottom, right, top])
  }

  setLooks(lookOf: (slab: Slab, index: number) => SlabLook): void {
    this.slabs.forEach((slab, index) => {
      const look = lookOf(slab, index)
      this.looks[index] = look
      const dimming = look.read === null ? 0 : look.dimming
      this.look.set(this.placeOf(index), 1, [look.receding, STYLES.indexOf(look.style), dimming])
      const { left, bottom, right, top } = look.read ?? { left: 0, bottom: 0, right: slab.columns, top: slab.rows }
      this.read.set(this.placeOf(index), 0, [left, bottom, right, top])
    })
  }

  lookOf(slab: number): SlabLook {
    return this.looks[slab] as SlabLook
  }

  /** How much of a slab is computed; null: all that there are numbers for. */
  setProgress(slab: number, progress: Progress | null): void {
    if (this.progresses[slab] === progress) return
    this.progresses[slab] = progress
    const { left, bottom, right, top } = progress?.within ?? NONE
    this.pending.set(this.placeOf(slab), 0, [left, bottom, right, top])
    if (progress !== null) this.progress.set(this.placeOf(slab), 0, encodeProgress(progress))
  }

  isComputed(slab: number, column: number, row: number): boolean {
    return isComputed(this.progresses[slab] as Progress | null, column, row)
  }

  /** The magnitude at which a slab's colours are strongest. */
  scaleOf(slab: number): number {
    return 1 / this.look.first(this.placeOf(slab))
  }

  setTheme(theme: Theme): void {
    const { uniforms } = this.material
    uniforms.ramp?.value.dispose()
    for (const [name, { value }] of Object.entries(themeUniforms(theme))) {
      const uniform = uniforms[name]
      if (uniform !== undefined) uniform.value = value
    }
  }

  dispose(): void {
    this.material.uniforms.ramp?.value.dispose()
    this.geometry.dispose()
    this.material.dispose()
    this.coarse.dispose()
    this.quick.material.dispose()
  }
}

/** Four numbers of each slab, once for each of its corners. */
class PerSlab {
  readonly attribute: BufferAttribute

  constructor(private readonly array: Float32Array | Int32Array) {
    this.attribute = new BufferAttribute(array, 4)
  }

  /** From one of the four on. */
  set(place: number, from: number, values: readonly number[]): void {
    const start = 4 * SLAB_CORNERS * place + from
    for (let corner = 0; corner < SLAB_CORNERS; corner++) {
      for (let which = 0; which < values.length; which++) {
        this.array[start + 4 * corner + which] = values[which] as number
      }
    }
    this.attribute.needsUpdate = true
  }

  first(place: number): number {
    return this.array[4 * SLAB_CORNERS * place] as number
  }
}

/** First the fronts of all are drawn, then their sides, slab by slab. */
function faceAt(place: number, slabs: number): number {
  const side = place - slabs
  return side < 0 ? FACES * place : FACES * Math.floor(side / SIDES) + 1 + (side % SIDES)
}

function themeUniforms(theme: Theme) {
  const palette = PALETTES[theme]
  const vector = (colour: Colour) => new Vector3(...colour)
  return {
    ramp: { value: rampTexture(theme) },
    ground: { value: vector(palette.ground) },
    plate: { value: vector(palette.plate) },
    hollow: { value: vector(palette.hollow) },
    maskedInk: { value: vector(palette.masked) },
    frame: { value: KINDS.map((kind) => vector(palette.frame[kind])) },
    accent: { value: vector(palette.accent) },
  }
}
