/**
 * Backdrops that hold together what belongs together: behind each part of the architecture one sheet with a hairline round it and a
 * soft shade under it. Most of a sheet is nothing but its tint and is drawn by a shader that knows nothing else: a renderer without a
 * graphics card takes three times as long for what happens along the rims.
 */
import { BufferAttribute, BufferGeometry, DoubleSide, GLSL3, Mesh, RawShaderMaterial, Vector3, Vector4 } from 'three'
import type { SceneGroup } from '../protocol/types'
import { PALETTES } from './palette'
import { CORNERS, quadIndex } from './quads'
import type { Theme } from '../session/preferences.svelte'
import middleShader from './panel-middle.frag.glsl?raw'
import fragmentShader from './panels.frag.glsl?raw'
import vertexShader from './panels.vert.glsl?raw'

import type { ViewUniforms } from './uniforms'

/** How far behind its boxes a panel stands. */
const BEHIND = 2
/** How far outside its sheet a shade reaches, and how far inside rounding and hairline do as long as they are seen. */
const SHADE_ROOM = 6
const RIM = 16

/** Left, bottom, right, top: from the middle of a sheet. */
type Piece = readonly [number, number, number, number]

export const MIDDLES = { glslVersion: GLSL3, vertexShader, fragmentShader: middleShader }
export const RIMS = { glslVersion: GLSL3, vertexShader, fragmentShader }

export class Panels {
  /** The middles of the sheets, and their rims. */
  readonly meshes: readonly Mesh<BufferGeometry, RawShaderMaterial>[]
  /** Of both. */
  private readonly uniforms: ViewUniforms

  constructor(groups: readonly SceneGroup[], theme: Theme, view: ViewUniforms) {
    const uniforms = (this.uniforms = { ...view, ...themeUniforms(theme) })
    this.meshes = [
      { pieces: middleOf, shaders: MIDDLES },
      { pieces: rimOf, shaders: RIMS },
    ].map(({ pieces, shaders }, place, { length }) => {
      const material = new RawShaderMaterial({
        ...shaders,
        uniforms,
        transparent: true,
        depthWrite: false,
        side: DoubleSide,
      })
      const mesh = new Mesh(geometryOf(groups, pieces), material)
      mesh.frustumCulled = false
      mesh.renderOrder = place - length // before all else, and the rims upon the middles
      return mesh
    })
  }

  setTheme(theme: Theme): void {
    Object.assign(this.uniforms, themeUniforms(theme))
  }

  dispose(): void {
    for (const { geometry, material } of this.meshes) {
      geometry.dispose()
      material.dispose()
    }
  }
}

function geometryOf(groups: readonly SceneGroup[], piecesOf: (reach: Pair) => readonly Piece[]): BufferGeometry {
  const middles: number[] = []
  const reaches: number[] = []
  const froms: number[] = []
  for (const { min, size } of groups) {
    const reach: Pair = [size[0] / 2, size[1] / 2]
    for (const [left, bottom, right, top] of piecesOf(reach)) {
      froms.push(left, bottom, right, bottom, left, top, right, top)
      for (let corner = 0; corner < CORNERS; corner++) {
        middles.push(min[0] + reach[0], min[1] + reach[1], min[2] - BEHIND)
        reaches.push(...reach)
      }
    }
  }
  // No instances: see cells.ts.
  const geometry = new BufferGeometry()
  geometry.setIndex(quadIndex(froms.length / (2 * CORNERS)))
  geometry.setAttribute('middle', new BufferAttribute(Float32Array.from(middles), 3))
  geometry.setAttribute('reach', new BufferAttribute(Float32Array.from(reaches), 2))
  geometry.setAttribute('from', new BufferAttribute(Float32Array.from(froms), 2))
  return geometry
}

type Pair = readonly [number, number]

function middleOf([across, along]: Pair): Piece[] {
  const [x, y] = [across - RIM, along - RIM]
  return x > 0 && y > 0 ? [[-x, -y, x, y]] : []
}

function rimOf([across, along]: Pair): Piece[] {
  const [x, y] = [Math.max(0, across - RIM), Math.max(0, along - RIM)]
  const [right, top] = [across + SHADE_ROOM, along + SHADE_ROOM]
  return [
    [-right, -top, right, -y],
    [-right, y, right, top],
    [-right, -y, -x, y],
    [x, -y, right, y],
  ]
}

function themeUniforms(theme: Theme) {
  const { panel, panelStrength, panelEdge, shade, shadeStrength } = PALETTES[theme]
  return {
    tint: { value: new Vector4(...panel, panelStrength) },
    edge: { value: new Vector3(...panelEdge) },
    shade: { value: new Vector4(...shade, shadeStrength) },
  }
}
