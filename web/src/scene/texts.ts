/**
 * Numbers printed on cells: one draw call for up to a few thousand texts, each lying on the face of a cell, drawn from the distance
 * field of glyphs.ts. A frame writes the texts that it shows, one by one, and then commits them.
 */
import {
  DynamicDrawUsage,
  GLSL3,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  PlaneGeometry,
  RawShaderMaterial,
  Vector3,
} from 'three'
import { MARK, MARK_LIMIT } from './atlas'
import fragmentShader from './digits.frag.glsl?raw'
import vertexShader from './digits.vert.glsl?raw'
import { CHARACTERS, GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_REACH, GLYPH_WIDTH, glyphTexture } from './glyphs'
import { PALETTES, rampColour, type Colour } from './palette'
import type { Theme } from '../session/preferences.svelte'
import type { View } from './projection'
import type { ViewUniforms } from './uniforms'

/** The least width of a character, in CSS pixels, that can be read with ease. */
const CHARACTER_PIXELS = 6.6
/** The share of a cell that a text takes at most; the shader has the same. */
const TEXT_WIDTH = 0.86
/** In characters. */
export const LEAST_ROOM = 4
export const MOST_ROOM = 8
/** Digits come in over so many characters of room. */
const FADE_IN = 0.3
/** Faces turned farther away than this (cosine) carry no digits. */
const FLATTEST = 0.35

/** The depth beyond which cells of this size are too small to print on; 0 where faces are turned too far away. */
export function farthestLegible(view: View, cellSize = 1): number {
  const turned = Math.abs(view.forward[2])
  return turned > FLATTEST ? (view.focal * turned * TEXT_WIDTH * cellSize) / (CHARACTER_PIXELS * LEAST_ROOM) : 0
}

/** How many characters fit on a cell at this depth, and how far its digits have come in. */
export function roomAt(depth: number, farthest: number): { room: number; strength: number } {
  const characters = (LEAST_ROOM * farthest) / depth
  return {
    room: Math.min(MOST_ROOM, Math.floor(characters)),
    strength: Math.min(1, (characters - LEAST_ROOM) / FADE_IN),
  }
}

/** Two integers: characters, 4 bits each, the first one lowest; and their count. */
export type Written = readonly [number, number]

export class Texts {
  readonly mesh: Mesh
  private readonly geometry = new InstancedBufferGeometry()
  private readonly material: RawShaderMaterial
  private readonly middle: InstancedBufferAttribute
  private readonly text: InstancedBufferAttribute
  private readonly shade: InstancedBufferAttribute
  private count = 0

  constructor(
    private readonly most: number,
    private theme: Theme,
    view: ViewUniforms,
  ) {
    const quad = new PlaneGeometry(1, 1)
    this.middle = dynamic(new Float32Array(most * 4), 4)
    this.text = dynamic(new Int32Array(most * 4), 4)
    this.shade = dynamic(new Float32Array(most * 2), 2)
    this.geometry.setIndex(quad.index)
    this.geometry.setAttribute('position', quad.getAttribute('position'))
    this.geometry.setAttribute('middle', this.middle)
    this.geometry.setAttribute('text', this.text)
    this.geometry.setAttribute('shade', this.shade)
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader,
      fragmentShader,
      side: 2,
      transparent: true,
      depthWrite: false,
      polygonOffset: true,
      polygonOffsetFactor: -1,
      polygonOffsetUnits: -4,
      defines: { GLYPH_COUNT, GLYPH_WIDTH, GLYPH_HEIGHT, GLYPH_REACH, TEXT_WIDTH },
      uniforms: { ...view, glyphs: { value: glyphTexture() }, ink: { value: inks(theme) } },
    })
    this.mesh = new Mesh(this.geometry, this.material)
    this.mesh.frustumCulled = false
    this.mesh.renderOrder = 1
    this.mesh.visible = false
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    const { ink } = this.material.uniforms
    if (ink !== undefined) ink.value = inks(theme)
  }

  begin(): void {
    this.count = 0
  }

  /** `z` is the face's; `front`: it looks towards +z. `share`: of the cell's colour scale, which decides the ink. */
  add(
    x: number,
    y: number,
    z: number,
    size: number,
    [characters, length]: Written,
    room: number,
    front: boolean,
    share: number,
    opacity: number,
  ): void {
    if (this.count === this.most) return
    this.middle.setXYZW(this.count, x, y, z, size)
    this.text.setXYZW(this.count, characters, length, room, front ? 1 : -1)
    this.shade.setXY(this.count, this.inkFor(share), opacity)
    this.count++
  }

  commit(): void {
    this.geometry.instanceCount = this.count
    this.mesh.visible = this.count > 0
    for (const attribute of [this.middle, this.text, this.shade]) {
      attribute.clearUpdateRanges()
      attribute.addUpdateRange(0, this.count * attribute.itemSize)
      attribute.needsUpdate = this.count > 0
    }
  }

  dispose(): void {
    this.geometry.dispose()
    this.material.dispose()
  }

  /** Dark or pale digits, whichever stand out from the cell's colour. */
  private inkFor(share: number): 0 | 1 {
    if (Math.abs(share) > 1e6) return 0
    const palette = PALETTES[this.theme]
    const away = Math.abs(brightness(rampColour(this.theme, share)) - brightness(palette.plate))
    return away < 0.42 ? 0 : 1
  }
}

function dynamic(array: Float32Array | Int32Array, itemSize: number): InstancedBufferAttribute {
  return new InstancedBufferAttribute(array, itemSize).setUsage(DynamicDrawUsage)
}

function inks(theme: Theme): Vector3[] {
  return PALETTES[theme].ink.map((colour) => new Vector3(...colour))
}

function brightness([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

/** A number as it stands in a cell with room for so many characters. */
export function write(value: number, room: number): Written {
  const text = cellText(value, room)
  let characters = 0
  for (let place = 0; place < text.length; place++) {
    characters |= CHARACTERS.indexOf(text[place] as string) << (4 * place)
  }
  return [characters, text.length]
}

/** A number in at most `room` characters. Room for a sign is kept always, so that neighbours show the same decimals. */
export function cellText(value: number, room: number): string {
  if (Math.abs(value) > MARK_LIMIT) {
    return value === MARK.minusInfinity ? '-∞' : value === MARK.infinity ? '∞' : 'nan'
  }
  const magnitude = Math.abs(value)
  const sign = value < 0 ? '-' : ''
  const free = room - 1
  if (Number.isInteger(value) && magnitude < 10 ** free) return sign + String(magnitude)
  const plain =
    magnitude >= 1 || free > 3 ? magnitude.toFixed(fitting(magnitude, free)) : magnitude.toFixed(2).replace(/^0/, '')
  if (plain.length <= free && Number(plain) !== 0) return sign + plain
  for (let decimals = free - 4; decimals > 0; decimals--) {
    const text = magnitude.toExponential(decimals).replace('+', '')
    if (text.length <= free) return sign + text
  }
  return sign + magnitude.toExponential(0).replace('+', '')
}

/** How many decimals fit behind a number's whole part, seven significant digits at most. */
function fitting(magnitude: number, free: number): number {
  const whole = Math.max(1, Math.floor(Math.log10(magnitude)) + 1)
  return Math.max(0, Math.min(free - whole - 1, 7 - whole))
}
