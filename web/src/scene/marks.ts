/**
 * Outlines around cells: those that were read, the selected one, the one pointed at. One draw call for all of them.
 */
import {
  GLSL3,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  PlaneGeometry,
  RawShaderMaterial,
  Vector3,
} from 'three'
import fragmentShader from './marks.frag.glsl?raw'
import vertexShader from './marks.vert.glsl?raw'
import { PALETTES, type Colour } from './palette'
import type { Theme } from '../session/preferences.svelte'
import type { CellRectangle, Slab } from './slabs'
import type { ViewUniforms } from './uniforms'

export interface CellMark {
  slab: Slab
  rectangle: CellRectangle
  meaning: 'read' | 'selected' | 'hovered' | 'off' | 'changed'
}

const WIDTHS: Record<CellMark['meaning'], number> = { read: 2, selected: 3, hovered: 1.5, off: 2, changed: 2 }

export class Marks {
  readonly mesh: Mesh
  private readonly material: RawShaderMaterial
  private marks: readonly CellMark[] = []

  constructor(
    private theme: Theme,
    view: ViewUniforms,
  ) {
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader,
      fragmentShader,
      side: 2,
      transparent: true,
      depthWrite: false,
      polygonOffset: true,
      polygonOffsetFactor: -1,
      polygonOffsetUnits: -8,
      uniforms: { ...view, halo: { value: new Vector3(...PALETTES[theme].halo) } },
    })
    this.mesh = new Mesh(geometryOf([], theme), this.material)
    this.mesh.frustumCulled = false
    this.mesh.renderOrder = 2
    this.mesh.visible = false
  }

  set(marks: readonly CellMark[]): void {
    this.marks = marks
    this.mesh.geometry.dispose()
    this.mesh.geometry = geometryOf(marks, this.theme)
    this.mesh.visible = marks.length > 0
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    const { halo } = this.material.uniforms
    if (halo !== undefined) halo.value.set(...PALETTES[theme].halo)
    this.set(this.marks)
  }

  dispose(): void {
    this.mesh.geometry.dispose()
    this.material.dispose()
  }
}

function geometryOf(marks: readonly CellMark[], theme: Theme): InstancedBufferGeometry {
  const { accent, ink } = PALETTES[theme]
  const inkOf = ({ meaning }: CellMark): Colour => (meaning === 'read' || meaning === 'selected' ? accent : ink[0])
  const geometry = new InstancedBufferGeometry()
  const quad = new PlaneGeometry(1, 1)
  const attribute = (size: number, valuesOf: (mark: CellMark) => readonly number[]) =>
    new InstancedBufferAttribute(Float32Array.from(marks.flatMap((mark) => [...valuesOf(mark)])), size)
  geometry.setIndex(quad.index)
  geometry.setAttribute('position', quad.getAttribute('position'))
  geometry.setAttribute(
    'corner',
    attribute(
      4,
      ({
        slab: {
          corner: [x, y, z],
          depth,
        },
        rectangle: { left, bottom },
      }) => [x + left, y + bottom, z, depth],
    ),
  )
  geometry.setAttribute(
    'extent',
    attribute(2, ({ rectangle: { left, bottom, right, top } }) => [right - left, top - bottom]),
  )
  geometry.setAttribute(
    'crossed',
    attribute(1, ({ meaning }) => [meaning === 'off' ? 1 : 0]),
  )
  geometry.setAttribute(
    'line',
    attribute(4, (mark) => [...inkOf(mark), WIDTHS[mark.meaning]]),
  )
  geometry.instanceCount = marks.length
  return geometry
}
