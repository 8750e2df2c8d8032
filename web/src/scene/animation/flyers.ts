/**
 * Cells on their way: one draw call for all of them, and one for the numbers printed on those that are large enough.
 */
import {
  BoxGeometry,
  DynamicDrawUsage,
  GLSL3,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  RawShaderMaterial,
  Vector3,
} from 'three'
import { storable } from '../stored'
import { PALETTES } from '../palette'
import type { Theme } from '../../session/preferences.svelte'
import type { View } from '../projection'
import { rampTexture } from '../ramp'
import { finiteSize } from '../../words/numbers'
import type { Flyer } from '../scenery'
import { NumberFormat } from '../number-format'
import { roomAt, strengthIn, Texts, write } from '../texts'
import type { ViewUniforms } from '../uniforms'
import fragmentShader from './flyers.frag.glsl?raw'
import vertexShader from './flyers.vert.glsl?raw'

/** More are never in the air at once. */
export const MOST_FLYERS = 512
/** In the shader: half of a plate. */
const HALF_THICKNESS = 0.2
const MASKED = 2
/** In the shader: how it is outlined. */
const RIMS: readonly Flyer['rim'][] = ['quiet', 'lit', 'followed']

export class Flyers {
  readonly mesh: Mesh
  private readonly texts: Texts
  private readonly geometry = new InstancedBufferGeometry()
  private readonly material: RawShaderMaterial
  private readonly place = dynamic(4)
  private readonly paint = dynamic(2)

  constructor(theme: Theme, view: ViewUniforms) {
    const cube = new BoxGeometry(1, 1, 1)
    this.geometry.setIndex(cube.index)
    this.geometry.setAttribute('position', cube.getAttribute('position'))
    this.geometry.setAttribute('normal', cube.getAttribute('normal'))
    this.geometry.setAttribute('place', this.place)
    this.geometry.setAttribute('paint', this.paint)
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader,
      fragmentShader,
      uniforms: { ...view, ...themeUniforms(theme) },
    })
    this.mesh = new Mesh(this.geometry, this.material)
    this.mesh.frustumCulled = false
    this.mesh.visible = false
    this.texts = new Texts(MOST_FLYERS, theme, view)
    // After the numbers of the cells that they fly over.
    this.texts.mesh.renderOrder = 3
  }

  get meshes(): Mesh[] {
    return [this.mesh, this.texts.mesh]
  }

  update(flyers: readonly Flyer[], view: View): void {
    const count = Math.min(flyers.length, MOST_FLYERS)
    this.texts.begin()
    for (let index = 0; index < count; index++) {
      const { at, size, value, scale, rim } = flyers[index] as Flyer
      const share = value === -Infinity ? MASKED : value / scale
      this.place.setXYZW(index, ...at, size)
      this.paint.setXY(index, share, RIMS.indexOf(rim))
      this.print(at, size, value, scale, view)
    }
    this.texts.commit()
    this.geometry.instanceCount = count
    this.mesh.visible = count > 0
    for (const attribute of [this.place, this.paint]) {
      attribute.clearUpdateRanges()
      attribute.addUpdateRange(0, count * attribute.itemSize)
      attribute.needsUpdate = count > 0
    }
  }

  private print(at: Flyer['at'], size: number, value: number, scale: number, view: View): void {
    const front = view.eye[2] > at[2]
    const face = at[2] + (front ? 1 : -1) * HALF_THICKNESS * size
    const room = roomAt(view, at[0], at[1], face, size)
    if (room === 0) return
    // As among the numbers that it is one of, as far as their scale tells.
    const whole = Number.isInteger(value)
    const format = new NumberFormat(
      { largest: Math.max(scale, finiteSize(value)), signed: true, whole },
      Math.floor(room),
    )
    const strength = strengthIn(room, format.width)
    const text = write(storable(value), format)
    if (strength > 0) this.texts.add(at[0], at[1], face, size, text, format.width, front, value / scale, strength)
  }

  setTheme(theme: Theme): void {
    this.material.uniforms.ramp?.value.dispose()
    Object.assign(this.material.uniforms, themeUniforms(theme))
    this.texts.setTheme(theme)
  }

  dispose(): void {
    this.material.uniforms.ramp?.value.dispose()
    this.geometry.dispose()
    this.material.dispose()
    this.texts.dispose()
  }
}

function dynamic(itemSize: number): InstancedBufferAttribute {
  return new InstancedBufferAttribute(new Float32Array(MOST_FLYERS * itemSize), itemSize).setUsage(DynamicDrawUsage)
}

function themeUniforms(theme: Theme) {
  const { masked, label, accent } = PALETTES[theme]
  return {
    ramp: { value: rampTexture(theme) },
    maskedInk: { value: new Vector3(...masked) },
    edge: { value: new Vector3(...label) },
    accent: { value: new Vector3(...accent) },
  }
}
