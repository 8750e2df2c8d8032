/**
 * All cells of the model as one draw call: every slab is an instance of one cube, coloured in the shader from the atlas.
 * What is lit or recedes are small per-instance attributes, so that a click rewrites a few kilobytes and no geometry.
 */
import {
  BufferAttribute,
  DoubleSide,
  GLSL3,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  RawShaderMaterial,
  Vector3,
} from 'three'
import type { TensorView } from '../protocol/tensors'
import { colourScale } from '../protocol/tensors'
import type { TensorKind } from '../protocol/types'
import { ATLAS_WIDTH, type Atlas } from './atlas'
import fragmentShader from './cells.frag.glsl?raw'
import vertexShader from './cells.vert.glsl?raw'
import { PALETTES, type Colour } from './palette'
import type { Theme } from '../session/preferences.svelte'
import { encodeProgress, isComputed, type Progress } from './progress'
import { rampTexture } from './ramp'
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

/** Where sides of slabs are narrower than this, in pixels, only their fronts are drawn. */
const LEAST_EDGE = 0.5
/** The indices of the face before the others. */
const FRONT = { start: 0, count: 6 }

const NONE: CellRectangle = { left: 0, bottom: 0, right: 0, top: 0 }

const PLAIN: SlabLook = { receding: 0, style: 'plain', read: null, dimming: 0 }

export class Cells {
  readonly mesh: Mesh
  private readonly geometry = new InstancedBufferGeometry()
  private readonly material: RawShaderMaterial
  /** The same, as quick as possible. */
  private readonly coarse: RawShaderMaterial
  private readonly deepest: number
  private readonly looks: SlabLook[]
  private readonly progresses: (Progress | null)[]
  private readonly corners: InstancedBufferAttribute
  private readonly sizes: InstancedBufferAttribute
  private readonly look: InstancedBufferAttribute
  private readonly read: InstancedBufferAttribute
  private readonly pending: InstancedBufferAttribute
  private readonly progress: InstancedBufferAttribute
  private readonly untrained: InstancedBufferAttribute

  constructor(
    private readonly slabs: readonly Slab[],
    readonly atlas: Atlas,
    theme: Theme,
    view: ViewUniforms,
    /** The cells of a slab that training never judged. */
    readonly untrainedOn: (slab: Slab) => CellRectangle | null,
  ) {
    const { positions, normals, indices } = threeFaces()
    this.geometry.setIndex(indices)
    this.geometry.setAttribute('position', new BufferAttribute(positions, 3))
    this.geometry.setAttribute('normal', new BufferAttribute(normals, 3))
    this.geometry.instanceCount = slabs.length
    const instances = (array: Float32Array | Int32Array) => new InstancedBufferAttribute(array, 4)
    this.corners = instances(new Float32Array(slabs.length * 4))
    this.sizes = instances(new Int32Array(slabs.length * 4))
    slabs.forEach(({ corner, columns, rows, depth, tensor }, index) => {
      this.corners.setXYZW(index, ...corner, depth)
      this.sizes.setXYZW(index, columns, rows, this.atlas.offsets[index] as number, KINDS.indexOf(tensor.kind))
    })
    this.look = instances(new Float32Array(slabs.length * 4))
    this.read = instances(new Int32Array(slabs.length * 4))
    this.pending = instances(new Int32Array(slabs.length * 4))
    this.progress = instances(new Int32Array(slabs.length * 4))
    this.geometry.setAttribute('corner', this.corners)
    this.geometry.setAttribute('cells', this.sizes)
    this.geometry.setAttribute('look', this.look)
    this.geometry.setAttribute('read', this.read)
    this.geometry.setAttribute('pending', this.pending)
    this.geometry.setAttribute('progress', this.progress)
    this.untrained = instances(new Int32Array(slabs.length * 4))
    slabs.forEach((slab, index) => this.setUntrained(index, slab))
    this.geometry.setAttribute('untrained', this.untrained)
    this.looks = slabs.map(() => PLAIN)
    this.deepest = slabs.reduce((most, { depth }) => Math.max(most, depth), 0)
    this.progresses = slabs.map(() => null)
    const uniforms = { ...view, numbers: { value: this.atlas.texture }, ...themeUniforms(theme) }
    const made = (more: Record<string, unknown>) =>
      new RawShaderMaterial({
        glslVersion: GLSL3,
        vertexShader,
        fragmentShader,
        // A face that is turned to the other side has its corners the other way round.
        side: DoubleSide,
        defines: { ATLAS_WIDTH, ATLAS_WIDTH_BITS: Math.log2(ATLAS_WIDTH), ...more },
        uniforms,
      })
    this.material = made({})
    this.coarse = made({ COARSE: true })
    this.mesh = new Mesh(this.geometry, this.material)
    this.mesh.frustumCulled = false
  }

  /** To be called before it is drawn. `coarse`: as quick as possible; `scale`: how many pixels a cell has at most. */
  prepare(coarse: boolean, scale: number): void {
    this.mesh.material = coarse ? this.coarse : this.material
    if (scale * this.deepest < LEAST_EDGE) this.geometry.setDrawRange(FRONT.start, FRONT.count)
    else this.geometry.setDrawRange(0, Infinity)
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
      this.look.setX(index, view === undefined ? 0 : 1 / colourScale(scaledAs(slab.tensor.name) ?? view))
    })
    this.look.needsUpdate = true
  }

  /** A slab stands elsewhere, or has other cells: then its numbers are to be set anew. */
  place(index: number, slab: Slab): void {
    this.corners.setXYZ(index, ...slab.corner)
    this.sizes.setXY(index, slab.columns, slab.rows)
    this.setUntrained(index, slab)
    this.corners.needsUpdate = this.sizes.needsUpdate = true
  }

  private setUntrained(index: number, slab: Slab): void {
    const { left, bottom, right, top } = this.untrainedOn(slab) ?? NONE
    this.untrained.setXYZW(index, left, bottom, right, top)
    this.untrained.needsUpdate = true
  }

  setLooks(lookOf: (slab: Slab, index: number) => SlabLook): void {
    this.slabs.forEach((slab, index) => {
      const look = lookOf(slab, index)
      this.looks[index] = look
      this.look
        .setY(index, look.receding)
        .setZ(index, STYLES.indexOf(look.style))
        .setW(index, look.read === null ? 0 : look.dimming)
      const { left, bottom, right, top } = look.read ?? { left: 0, bottom: 0, right: slab.columns, top: slab.rows }
      this.read.setXYZW(index, left, bottom, right, top)
    })
    this.look.needsUpdate = this.read.needsUpdate = true
  }

  lookOf(slab: number): SlabLook {
    return this.looks[slab] as SlabLook
  }

  /** How much of a slab is computed; null: all that there are numbers for. */
  setProgress(slab: number, progress: Progress | null): void {
    if (this.progresses[slab] === progress) return
    this.progresses[slab] = progress
    const { left, bottom, right, top } = progress?.within ?? NONE
    this.pending.setXYZW(slab, left, bottom, right, top)
    if (progress !== null) this.progress.setXYZ(slab, ...encodeProgress(progress))
    this.pending.needsUpdate = this.progress.needsUpdate = true
  }

  isComputed(slab: number, column: number, row: number): boolean {
    return isComputed(this.progresses[slab] as Progress | null, column, row)
  }

  /** The magnitude at which a slab's colours are strongest. */
  scaleOf(slab: number): number {
    return 1 / this.look.getX(slab)
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
  }
}

/** Of a cube no more than three faces are seen at once, one across each axis; the first one lies across the third axis. */
function threeFaces(): { positions: Float32Array; normals: Float32Array; indices: number[] } {
  const corners = [2, 0, 1].flatMap((axis) =>
    [0, 1, 2, 3].map((corner) => {
      const position = [0, 0, 0]
      position[axis] = 1
      position[(axis + 1) % 3] = corner & 1
      position[(axis + 2) % 3] = corner >> 1
      return { position, normal: position.map((_, other) => (other === axis ? 1 : 0)) }
    }),
  )
  return {
    positions: Float32Array.from(corners.flatMap(({ position }) => position)),
    normals: Float32Array.from(corners.flatMap(({ normal }) => normal)),
    indices: [0, 4, 8].flatMap((first) => [0, 1, 2, 2, 1, 3].map((corner) => first + corner)),
  }
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
