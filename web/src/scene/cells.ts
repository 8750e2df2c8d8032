/**
 * All cells of the model as one draw call: every slab is an instance of one cube, coloured in the shader from the atlas.
 * Which cells are lit, chosen or receding are small per-instance attributes, so that a click rewrites a few kilobytes and no geometry.
 */
import {
  BoxGeometry, GLSL3, InstancedBufferAttribute, InstancedBufferGeometry, Mesh, RawShaderMaterial, Vector3,
} from 'three'
import type { TensorView } from '../model/safetensors'
import { colourScale } from '../model/trace'
import type { TensorKind } from '../model/types'
import { Atlas, ATLAS_WIDTH } from './atlas'
import fragmentShader from './cells.frag.glsl?raw'
import vertexShader from './cells.vert.glsl?raw'
import { GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_REACH, GLYPH_WIDTH, glyphTexture } from './glyphs'
import { PALETTES, rampTexture, type Colour, type Theme } from './palette'
import type { CellRectangle, Slab, SlabCell } from './slabs'
import type { ViewUniforms } from './uniforms'

/** The shader's numbers of the kinds. */
const KINDS: readonly TensorKind[] = ['input', 'weight', 'activation', 'statistic']

const STYLES: readonly SlabLook['style'][] = ['plain', 'lit', 'hollow']

/** How a slab is to be shown, apart from its numbers. */
export interface SlabLook {
  /** 0: fully there, 1: gone into the background. */
  receding: number
  /** Lit: the frame stands out; hollow: one sees through, because something lit stands behind. */
  style: 'plain' | 'lit' | 'hollow'
  /** How much the cells outside `marked` recede. */
  dimming: number
  marked: CellRectangle | null
  chosen: CellRectangle | null
}

export class Cells {
  readonly mesh: Mesh
  private readonly geometry = new InstancedBufferGeometry()
  private readonly material: RawShaderMaterial
  private readonly atlas: Atlas
  private readonly look: InstancedBufferAttribute
  private readonly marked: InstancedBufferAttribute
  private readonly chosen: InstancedBufferAttribute

  constructor(private readonly slabs: readonly Slab[], theme: Theme, view: ViewUniforms) {
    this.atlas = new Atlas(slabs)
    const cube = new BoxGeometry(1, 1, 1).translate(0.5, 0.5, 0.5)
    this.geometry.setIndex(cube.index)
    this.geometry.setAttribute('position', cube.getAttribute('position'))
    this.geometry.setAttribute('normal', cube.getAttribute('normal'))
    this.geometry.instanceCount = slabs.length
    const corners = Float32Array.from(slabs.flatMap((slab) => slab.corner))
    const cells = Int32Array.from(slabs.flatMap((slab, index) => [
      slab.columns, slab.rows, this.atlas.offsets[index] as number, KINDS.indexOf(slab.tensor.kind),
    ]))
    this.look = new InstancedBufferAttribute(new Float32Array(slabs.length * 4), 4)
    this.marked = new InstancedBufferAttribute(new Int32Array(slabs.length * 4), 4)
    this.chosen = new InstancedBufferAttribute(new Int32Array(slabs.length * 4), 4)
    this.geometry.setAttribute('corner', new InstancedBufferAttribute(corners, 3))
    this.geometry.setAttribute('cells', new InstancedBufferAttribute(cells, 4))
    this.geometry.setAttribute('look', this.look)
    this.geometry.setAttribute('marked', this.marked)
    this.geometry.setAttribute('chosen', this.chosen)
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader,
      fragmentShader,
      defines: { ATLAS_WIDTH, GLYPH_COUNT, GLYPH_WIDTH, GLYPH_HEIGHT, GLYPH_REACH },
      uniforms: {
        ...view, numbers: { value: this.atlas.texture }, glyphs: { value: glyphTexture() },
        hovered: { value: new Vector3(-1, 0, 0) }, ...themeUniforms(theme),
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
      this.look.setY(index, look.receding).setZ(index, STYLES.indexOf(look.style)).setW(index, look.dimming)
      setRectangle(this.marked, index, look.marked)
      setRectangle(this.chosen, index, look.chosen)
    })
    this.look.needsUpdate = this.marked.needsUpdate = this.chosen.needsUpdate = true
  }

  /** True for a slab that one sees through. */
  isHollow(slab: number): boolean {
    return this.look.getZ(slab) === STYLES.indexOf('hollow')
  }

  /** Outlines one cell lightly; null: none. */
  setHovered(cell: SlabCell | null): void {
    const hovered = this.material.uniforms.hovered?.value as Vector3
    hovered.set(cell?.slab ?? -1, cell?.column ?? 0, cell?.row ?? 0)
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
    this.atlas.dispose()
    this.material.uniforms.ramp?.value.dispose()
    this.material.uniforms.glyphs?.value.dispose()
    this.geometry.dispose()
    this.material.dispose()
  }
}

function setRectangle(attribute: InstancedBufferAttribute, index: number, rectangle: CellRectangle | null): void {
  const { left, bottom, right, top } = rectangle ?? { left: 0, bottom: 0, right: 0, top: 0 }
  attribute.setXYZW(index, left, bottom, right, top)
}

function themeUniforms(theme: Theme) {
  const palette = PALETTES[theme]
  const vector = (colour: Colour) => new Vector3(...colour)
  return {
    ramp: { value: rampTexture(theme) },
    ground: { value: vector(palette.ground) },
    plate: { value: vector(palette.plate) },
    hollow: { value: vector(palette.hollow) },
    masked: { value: vector(palette.masked) },
    frame: { value: KINDS.map((kind) => vector(palette.frame[kind])) },
    accent: { value: vector(palette.accent) },
    halo: { value: vector(palette.halo) },
    ink: { value: palette.ink.map(vector) },
  }
}
