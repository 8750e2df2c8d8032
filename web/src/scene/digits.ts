/**
 * The nearest level of zoom: the number printed in each cell that is large enough on the screen, as many digits as fit.
 * Texts are written once per number and room and kept; a frame only gathers those of the cells in view, one draw call for all.
 */
import {
  DynamicDrawUsage, GLSL3, InstancedBufferAttribute, InstancedBufferGeometry, Mesh, PlaneGeometry, RawShaderMaterial, Vector3,
} from 'three'
import { MARK, MARK_LIMIT, type Atlas } from './atlas'
import { dot, rayThrough, subtract, type View } from './projection'
import fragmentShader from './digits.frag.glsl?raw'
import vertexShader from './digits.vert.glsl?raw'
import { CHARACTERS, GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_REACH, GLYPH_WIDTH, glyphTexture } from './glyphs'
import { PALETTES, rampColour, type Colour, type Theme } from './palette'
import type { CellRectangle, Slab } from './slabs'
import type { Vector } from '../model/types'
import type { ViewUniforms } from './uniforms'

/** The least width of a character, in CSS pixels, that can be read with ease. */
const CHARACTER_PIXELS = 6.6
const TEXT_WIDTH = 0.86
const LEAST_ROOM = 4
const MOST_ROOM = 8
/** Digits come in over so many characters of room. */
const FADE_IN = 0.3
const MOST_TEXTS = 4096
/** Faces turned farther away than this (cosine) carry no digits. */
const FLATTEST = 0.35

/** What the digits need to know of how a slab is shown. */
export interface DigitLook {
  /** How much of the digits' strength is left. */
  opacity: (column: number, row: number) => number
  hollow: boolean
}

export class Digits {
  readonly mesh: Mesh
  private readonly geometry = new InstancedBufferGeometry()
  private readonly material: RawShaderMaterial
  private readonly middle = dynamic(new Float32Array(MOST_TEXTS * 3), 3)
  private readonly text = dynamic(new Int32Array(MOST_TEXTS * 4), 4)
  private readonly shade = dynamic(new Float32Array(MOST_TEXTS * 2), 2)
  /** By slab and room: two integers per cell, the characters and their count (0: not written yet). */
  private readonly written = new Map<number, Int32Array>()
  private count = 0

  constructor(
    private readonly slabs: readonly Slab[], private readonly atlas: Atlas, private readonly scaleOf: (slab: number) => number,
    private theme: Theme, view: ViewUniforms,
  ) {
    const quad = new PlaneGeometry(1, 1)
    this.geometry.setIndex(quad.index)
    this.geometry.setAttribute('position', quad.getAttribute('position'))
    this.geometry.setAttribute('middle', this.middle)
    this.geometry.setAttribute('text', this.text)
    this.geometry.setAttribute('shade', this.shade)
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3, vertexShader, fragmentShader, side: 2,
      transparent: true, depthWrite: false, polygonOffset: true, polygonOffsetFactor: -1, polygonOffsetUnits: -4,
      defines: { GLYPH_COUNT, GLYPH_WIDTH, GLYPH_HEIGHT, GLYPH_REACH },
      uniforms: { ...view, glyphs: { value: glyphTexture() }, ink: { value: inks(theme) } },
    })
    this.mesh = new Mesh(this.geometry, this.material)
    this.mesh.frustumCulled = false
    this.mesh.renderOrder = 1
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    const { ink } = this.material.uniforms
    if (ink !== undefined) ink.value = inks(theme)
  }

  /** To be called when numbers have changed. */
  forget(): void {
    this.written.clear()
  }

  /** Gathers the texts of the cells in view. */
  update(view: View, lookOf: (slab: number) => DigitLook): void {
    this.count = 0
    const turned = Math.abs(view.forward[2])
    const farthest = (view.focal * turned * TEXT_WIDTH) / (CHARACTER_PIXELS * LEAST_ROOM)
    if (turned > FLATTEST) {
      this.slabs.forEach((slab, index) => {
        if ((this.atlas.offsets[index] as number) < 0 || nearestDepth(slab, view) > farthest) return
        const look = lookOf(index)
        if (!look.hollow) this.gather(slab, index, view, farthest, look)
      })
    }
    this.geometry.instanceCount = this.count
    this.mesh.visible = this.count > 0
    for (const attribute of [this.middle, this.text, this.shade]) {
      attribute.clearUpdateRanges()
      attribute.addUpdateRange(0, this.count * attribute.itemSize)
      attribute.needsUpdate = this.count > 0
    }
  }

  dispose(): void {
    this.material.uniforms.glyphs?.value.dispose()
    this.geometry.dispose()
    this.material.dispose()
  }

  private gather(slab: Slab, index: number, view: View, farthest: number, look: DigitLook): void {
    const front = view.eye[2] > slab.corner[2] + slab.depth / 2
    const z = slab.corner[2] + (front ? slab.depth : 0)
    const { left, bottom, right, top } = cellsInView(slab, z, view)
    const origin = dot(subtract([slab.corner[0] + 0.5, slab.corner[1] + 0.5, z], view.eye), view.forward)
    const scale = this.scaleOf(index)
    for (let row = bottom; row < top; row++) {
      for (let column = left; column < right; column++) {
        const depth = origin + column * view.forward[0] + row * view.forward[1]
        if (depth <= 0 || depth > farthest || this.count === MOST_TEXTS) continue
        const characters = (LEAST_ROOM * farthest) / depth
        const room = Math.min(MOST_ROOM, Math.floor(characters))
        const value = this.atlas.valueAt(index, column, row)
        if (value === MARK.notComputed) continue
        const texts = this.textsOf(index, room)
        const cell = row * slab.columns + column
        if (texts[2 * cell + 1] === 0) writeText(value, room, texts, 2 * cell)
        this.middle.setXYZ(this.count, slab.corner[0] + column + 0.5, slab.corner[1] + row + 0.5, z)
        this.text.setXYZW(this.count, texts[2 * cell] as number, texts[2 * cell + 1] as number, room, front ? 1 : -1)
        const fadeIn = Math.min(1, (characters - LEAST_ROOM) / FADE_IN)
        this.shade.setXY(this.count, this.inkFor(value / scale), fadeIn * look.opacity(column, row))
        this.count++
      }
    }
  }

  private textsOf(slab: number, room: number): Int32Array {
    const key = slab * (MOST_ROOM + 1) + room
    let texts = this.written.get(key)
    if (texts === undefined) {
      const { columns, rows } = this.slabs[slab] as Slab
      texts = new Int32Array(2 * columns * rows)
      this.written.set(key, texts)
    }
    return texts
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
  return new InstancedBufferAttribute(array, itemSize).setUsage(DynamicDrawUsage) as InstancedBufferAttribute
}

function inks(theme: Theme): Vector3[] {
  return PALETTES[theme].ink.map((colour) => new Vector3(...colour))
}

function brightness([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

function nearestDepth(slab: Slab, view: View): number {
  const offset = subtract(slab.corner, view.eye)
  const sizes: Vector = [slab.columns, slab.rows, slab.depth]
  return sizes.reduce((depth, size, axis) => depth + Math.min(0, size * (view.forward[axis] as number)), dot(offset, view.forward))
}

/** The columns and rows of a face that the view can show: all of them where the face reaches the horizon. */
function cellsInView(slab: Slab, z: number, view: View): CellRectangle {
  const all = { left: 0, bottom: 0, right: slab.columns, top: slab.rows }
  const seen = { left: Infinity, bottom: Infinity, right: -Infinity, top: -Infinity }
  for (const x of [0, view.width]) {
    for (const y of [0, view.height]) {
      const ray = rayThrough(view, x, y)
      const length = (z - view.eye[2]) / ray[2]
      if (!(length > 0)) return all
      const column = view.eye[0] + length * ray[0] - slab.corner[0]
      const row = view.eye[1] + length * ray[1] - slab.corner[1]
      seen.left = Math.min(seen.left, column)
      seen.right = Math.max(seen.right, column)
      seen.bottom = Math.min(seen.bottom, row)
      seen.top = Math.max(seen.top, row)
    }
  }
  return {
    left: Math.max(0, Math.floor(seen.left)),
    bottom: Math.max(0, Math.floor(seen.bottom)),
    right: Math.min(all.right, Math.ceil(seen.right)),
    top: Math.min(all.top, Math.ceil(seen.top)),
  }
}

function writeText(value: number, room: number, target: Int32Array, at: number): void {
  const text = cellText(value, room)
  let characters = 0
  for (let place = 0; place < text.length; place++) {
    characters |= CHARACTERS.indexOf(text[place] as string) << (4 * place)
  }
  target[at] = characters
  target[at + 1] = text.length
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
  const plain = magnitude >= 1 || free > 3 ? magnitude.toFixed(fitting(magnitude, free)) : magnitude.toFixed(2).replace(/^0/, '')
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
