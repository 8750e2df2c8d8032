/**
 * Backdrops that hold together what belongs together: behind each part of the architecture one sheet with a hairline round it and a
 * soft shade under it, all in one draw call.
 */
import {
  GLSL3,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  PlaneGeometry,
  RawShaderMaterial,
  Vector3,
  Vector4,
} from 'three'
import type { SceneGroup } from '../protocol/types'
import { PALETTES } from './palette'
import type { Theme } from '../session/preferences.svelte'
import fragmentShader from './panels.frag.glsl?raw'
import vertexShader from './panels.vert.glsl?raw'
import type { ViewUniforms } from './uniforms'

/** How far behind its boxes a panel stands. */
const BEHIND = 2

export class Panels {
  readonly mesh: Mesh
  private readonly geometry = new InstancedBufferGeometry()
  private readonly material: RawShaderMaterial

  constructor(groups: readonly SceneGroup[], theme: Theme, view: ViewUniforms) {
    const quad = new PlaneGeometry(1, 1)
    this.geometry.setIndex(quad.index)
    this.geometry.setAttribute('position', quad.getAttribute('position'))
    const corners = groups.flatMap(({ min: [x, y, z] }) => [x, y, z - BEHIND])
    const extents = groups.flatMap(({ size: [width, height] }) => [width, height])
    this.geometry.setAttribute('corner', new InstancedBufferAttribute(Float32Array.from(corners), 3))
    this.geometry.setAttribute('extent', new InstancedBufferAttribute(Float32Array.from(extents), 2))
    this.geometry.instanceCount = groups.length
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
