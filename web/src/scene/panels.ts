/**
 * Backdrops that hold together what belongs together: behind each part of the architecture one sheet with a hairline round it and a
 * soft shade under it, all in one draw call.
 */
import { GLSL3, BufferAttribute, BufferGeometry, Mesh, RawShaderMaterial, Vector3, Vector4 } from 'three'
import type { SceneGroup } from '../protocol/types'
import { PALETTES } from './palette'
import { CORNERS, quadIndex } from './quads'
import type { Theme } from '../session/preferences.svelte'
import fragmentShader from './panels.frag.glsl?raw'
import vertexShader from './panels.vert.glsl?raw'
import type { ViewUniforms } from './uniforms'

/** How far behind its boxes a panel stands. */
const BEHIND = 2

export class Panels {
  readonly mesh: Mesh
  private readonly geometry = new BufferGeometry()
  private readonly material: RawShaderMaterial

  constructor(groups: readonly SceneGroup[], theme: Theme, view: ViewUniforms) {
    // No instances: see cells.ts.
    const ofEach = (numbers: (group: SceneGroup) => readonly number[]) =>
      Float32Array.from(groups.flatMap((group) => Array<readonly number[]>(CORNERS).fill(numbers(group)).flat()))
    const corners = ofEach(({ min: [x, y, z] }) => [x, y, z - BEHIND])
    const extents = ofEach(({ size: [width, height] }) => [width, height])
    this.geometry.setIndex(quadIndex(groups.length))
    this.geometry.setAttribute('corner', new BufferAttribute(corners, 3))
    this.geometry.setAttribute('extent', new BufferAttribute(extents, 2))
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader,
      fragmentShader,
      transparent: true,
      depthWrite: false,
      side: 2,
      uniforms: { ...view, ...themeUniforms(theme) },
    })
    this.mesh = new Mesh(this.geometry, this.material)
    this.mesh.frustumCulled = false
    this.mesh.renderOrder = -1
  }

  setTheme(theme: Theme): void {
    Object.assign(this.material.uniforms, themeUniforms(theme))
  }

  dispose(): void {
    this.geometry.dispose()
    this.material.dispose()
  }
}

function themeUniforms(theme: Theme) {
  const { panel, panelStrength, panelEdge, shade, shadeStrength } = PALETTES[theme]
  return {
    tint: { value: new Vector4(...panel, panelStrength) },
    edge: { value: new Vector3(...panelEdge) },
    shade: { value: new Vector4(...shade, shadeStrength) },
  }
}
