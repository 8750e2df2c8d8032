/**
 * All cells of the model as one draw call: every slab is an instance of one cube, coloured in the shader from the atlas.
 * What is lit or recedes are small per-instance attributes, so that a click rewrites a few kilobytes and no geometry.
 */
import {
  BoxGeometry, DataTexture, GLSL3, InstancedBufferAttribute, InstancedBufferGeometry, LinearFilter, Mesh, RawShaderMaterial, RGBAFormat,
  UnsignedByteType, Vector3,
} from 'three'
import type { TensorView } from '../model/safetensors'
import { colourScale } from '../model/trace'
import type { TensorKind } from '../model/types'
import { ATLAS_WIDTH, type Atlas } from './atlas'
import fragmentShader from './cells.frag.glsl?raw'
import vertexShader from './cells.vert.glsl?raw'
import { PALETTES, rampColour, type Colour, type Theme } from './palette'
import type { CellRectangle, Slab } from './slabs'
import type { ViewUniforms } from './uniforms'

/** The shader's numbers of the kinds. */
const KINDS: readonly TensorKind[] = ['input', 'weight', 'activation', 'statistic']

const RAMP_WIDTH = 512
const STYLES: readonly SlabLook['style'][] = ['plain', 'lit', 'hollow']

/** How a slab is to be shown, apart from its numbers. */
export interface SlabLook {
  /** 0: fully there, 1: gone into the background. */
  receding: number
  /** Lit: the frame stands out; hollow: one sees through, because something lit stands behind. */
  style: 'plain' | 'lit' | 'hollow'
  /** The cells that stay as they are when `dimming` takes the others back; null: all of them. */
  read: CellRectangle | null
  dimming: number
}

export class Cells {
  readonly mesh: Mesh
  private readonly geometry = new InstancedBufferGeometry()
  private readonly material: RawShaderMaterial
  private readonly looks: SlabLook[] = []
  private readonly look: InstancedBufferAttribute
  private readonly read: InstancedBufferAttribute

  constructor(private readonly slabs: readonly Slab[], readonly atlas: Atlas, theme: Theme, view: ViewUniforms) {
    const cube = new BoxGeometry(1, 1, 1).translate(0.5, 0.5, 0.5)
    this.geometry.setIndex(cube.index)
    this.geometry.setAttribute('position', cube.getAttribute('position'))
    this.geometry.setAttribute('normal', cube.getAttribute('normal'))
    this.geometry.instanceCount = slabs.length
    const corners = Float32Array.from(slabs.flatMap((slab) => [...slab.corner, slab.depth]))
    const cells = Int32Array.from(slabs.flatMap((slab, index) => [
      slab.columns, slab.rows, this.atlas.offsets[index] as number, KINDS.indexOf(slab.tensor.kind),
    ]))
    this.look = new InstancedBufferAttribute(new Float32Array(slabs.length * 4), 4)
    this.read = new InstancedBufferAttribute(new Int32Array(slabs.length * 4), 4)
    this.geometry.setAttribute('corner', new InstancedBufferAttribute(corners, 4))
    this.geometry.setAttribute('cells', new InstancedBufferAttribute(cells, 4))
    this.geometry.setAttribute('look', this.look)
    this.geometry.setAttribute('read', this.read)
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader,
      fragmentShader,
      defines: { ATLAS_WIDTH, ATLAS_WIDTH_BITS: Math.log2(ATLAS_WIDTH) },
      uniforms: {
        ...view, numbers: { value: this.atlas.texture }, ...themeUniforms(theme),
      },
    })
    this.mesh = new Mesh(this.geometry, this.material)
    this.mesh.frustumCulled = false
  }

  /** Shows these numbers; tensors that are missing are not computed. */
  setNumbers(tensorOf: (name: string) => TensorView | undefined, kinds: readonly TensorKind[]): void {
    this.slabs.forEach((slab, index) => {
      if (!kinds.includes(slab.tensor.kind)) return
      const view = tensorOf(slab.tensor.name)
      this.atlas.write(index, view)
      this.look.setX(index, view === undefined ? 0 : 1 / colourScale(view))
    })
    this.look.needsUpdate = true
  }

  setLooks(lookOf: (slab: Slab, index: number) => SlabLook): void {
    this.slabs.forEach((slab, index) => {
      const look = lookOf(slab, index)
      this.looks[index] = look
      this.look.setY(index, look.receding).setZ(index, STYLES.indexOf(look.style)).setW(index, look.read === null ? 0 : look.dimming)
      const { left, bottom, right, top } = look.read ?? { left: 0, bottom: 0, right: slab.columns, top: slab.rows }
      this.read.setXYZW(index, left, bottom, right, top)
    })
    this.look.needsUpdate = this.read.needsUpdate = true
  }

  lookOf(slab: number): SlabLook {
    return this.looks[slab] as SlabLook
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

/** The map from value to colour as a texture of one row, from -scale to +scale. */
function rampTexture(theme: Theme): DataTexture {
  const texels = new Uint8Array(RAMP_WIDTH * 4)
  for (let index = 0; index < RAMP_WIDTH; index++) {
    const colour = rampColour(theme, (2 * index) / (RAMP_WIDTH - 1) - 1)
    texels.set([...colour.map((channel) => Math.round(channel * 255)), 255], index * 4)
  }
  const texture = new DataTexture(texels, RAMP_WIDTH, 1, RGBAFormat, UnsignedByteType)
  texture.magFilter = texture.minFilter = LinearFilter
  texture.needsUpdate = true
  return texture
}
