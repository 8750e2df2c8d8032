/**
 * Numbers printed on cells: one draw call for up to a few thousand texts, each lying on the face of a cell, drawn from the distance
 * field of glyphs.ts. A frame writes the texts that it shows, one by one, and then commits them.
 */
import {
  DynamicDrawUsage,
  GLSL3,
  BufferAttribute,
  BufferGeometry,
  Mesh,
  RawShaderMaterial,
  Vector3,
  type DataTexture,
} from 'three'
import fragmentShader from './digits.frag.glsl?raw'
import vertexShader from './digits.vert.glsl?raw'
import { CHARACTERS, GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_REACH, GLYPH_WIDTH, glyphTexture } from './glyphs'
import type { NumberFormat } from './number-format'
import { PALETTES, rampColour, type Colour } from './palette'
import { CORNERS, INDICES, quadIndex } from './quads'
import type { Theme } from '../session/preferences.svelte'
import type { View } from './projection'
import type { ViewUniforms } from './uniforms'

/** The width of a character, in CSS pixels, that can be read with ease; the least that can be read; and that among larger ones. */
const CHARACTER_PIXELS = 6.6
const LEAST_PIXELS = 5.6
const SMALLEST_PIXELS = 4.6
/** How much flatter than usual a character may be seen. */
const FLATTEST = 0.7
/** The share of a cell that a text takes at most; the shader has the same. */
const TEXT_WIDTH = 0.86
/** A text of fewer characters is not set larger. */
const LEAST_ROOM = 4
/** Digits come in while a cell grows by this share. */
const FADE_IN = 0.07
/** How much larger than in the middle of the view a cell can seem at its edge. */
const EDGE = 1.4

/** The depth beyond which cells of one unit are too small to print on in any case. */
export function farthestLegible({ focal }: View): number {
  return (EDGE * focal * TEXT_WIDTH) / (LEAST_PIXELS * LEAST_ROOM)
}

/** How many characters can be read with ease on a cell whose face has this middle; 0 where the cell is out of view. */
export function roomAt(view: View, x: number, y: number, z: number, size: number): number {
  const { eye, right, up, forward, focal } = view
  const [across, upwards, away] = [x - eye[0], y - eye[1], z - eye[2]]
  const depth = across * forward[0] + upwards * forward[1] + away * forward[2]
  if (depth <= 0) return 0
  const scale = focal / depth
  const ahead = (across * right[0] + upwards * right[1] + away * right[2]) / depth
  const above = (across * up[0] + upwards * up[1] + away * up[2]) / depth
  // Where one cell more in each direction would lie on the screen.
  const columnX = scale * (right[0] - ahead * forward[0])
  const columnY = scale * (up[0] - above * forward[0])
  const rowX = scale * (right[1] - ahead * forward[1])
  const rowY = scale * (up[1] - above * forward[1])
  const reach = size * (Math.abs(columnX) + Math.abs(columnY) + Math.abs(rowX) + Math.abs(rowY))
  if (Math.abs(ahead) * focal > view.width / 2 + reach || Math.abs(above) * focal > view.height / 2 + reach) return 0
  const wide = Math.hypot(columnX, columnY)
  const high = Math.abs(columnX * rowY - columnY * rowX) / wide
  return (TEXT_WIDTH * size * Math.min(wide, high / FLATTEST)) / CHARACTER_PIXELS
}

/** How far a text of so many characters has come in on a cell with this room; 0 where it could not be read. */
export function strengthIn(room: number, length: number, pixels = LEAST_PIXELS): number {
  const least = (Math.max(LEAST_ROOM, length) * pixels) / CHARACTER_PIXELS
  return Math.min(1, Math.max(0, (room / least - 1) / FADE_IN))
}

/** The same among cells whose texts can be read: in perspective the farther ones may be a little smaller. */
export function strengthAmong(room: number, length: number): number {
  return strengthIn(room, length, SMALLEST_PIXELS)
}

/** Of a cell's colour scale; what is beyond is no number. */
const FARTHEST_SHARE = 1e6

/** Two integers: characters, 4 bits each, the first one lowest; and their count. */
export type Written = readonly [number, number]

export const TEXTS = {
  glslVersion: GLSL3,
  vertexShader,
  fragmentShader,
  defines: { GLYPH_COUNT, GLYPH_WIDTH, GLYPH_HEIGHT, GLYPH_REACH, TEXT_WIDTH },
}

export class Texts {
  readonly mesh: Mesh
  private readonly geometry = new BufferGeometry()
  private readonly material: RawShaderMaterial
  private readonly middle: BufferAttribute
  private readonly text: BufferAttribute
  private readonly shade: BufferAttribute
  /** Null until there is something to print: from afar there is not, and the first picture does not wait for it. */
  private readonly glyphs: { value: DataTexture | null } = { value: null }
  private count = 0

  constructor(
    private readonly most: number,
    private theme: Theme,
    view: ViewUniforms,
  ) {
    // No instances: see cells.ts.
    this.middle = dynamic(new Float32Array(most * CORNERS * 4), 4)
    this.text = dynamic(new Int32Array(most * CORNERS * 4), 4)
    this.shade = dynamic(new Float32Array(most * CORNERS * 2), 2)
    this.geometry.setIndex(quadIndex(most))
    this.geometry.setAttribute('middle', this.middle)
    this.geometry.setAttribute('text', this.text)
    this.geometry.setAttribute('shade', this.shade)
    this.material = new RawShaderMaterial({
      ...TEXTS,
      side: 2,
      transparent: true,
      depthWrite: false,
      polygonOffset: true,
      polygonOffsetFactor: -1,
      polygonOffsetUnits: -4,
      uniforms: { ...view, glyphs: this.glyphs, ink: { value: inks(theme) } },
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

  /**
   * `z` is the face's; `front`: it looks towards +z. A text shorter than `width` characters ends where one of that width would.
   * `share`: of the cell's colour scale, which decides the ink.
   */
  add(
    x: number,
    y: number,
    z: number,
    size: number,
    [characters, length]: Written,
    width: number,
    front: boolean,
    share: number,
    opacity: number,
  ): void {
    if (this.count === this.most) return
    const room = Math.max(LEAST_ROOM, width)
    const aside = Math.abs(share) > FARTHEST_SHARE ? 0 : ((width - length) / 2 / room) * TEXT_WIDTH * size
    const ink = this.inkFor(share)
    for (let corner = CORNERS * this.count; corner < CORNERS * (this.count + 1); corner++) {
      this.middle.setXYZW(corner, front ? x + aside : x - aside, y, z, size)
      this.text.setXYZW(corner, characters, length, room, front ? 1 : -1)
      this.shade.setXY(corner, ink, opacity)
    }
    this.count++
  }

  commit(): void {
    this.geometry.setDrawRange(0, INDICES * this.count)
    this.mesh.visible = this.count > 0
    if (this.mesh.visible) this.glyphs.value ??= glyphTexture()
    for (const attribute of [this.middle, this.text, this.shade]) {
      attribute.clearUpdateRanges()
      attribute.addUpdateRange(0, CORNERS * this.count * attribute.itemSize)
      attribute.needsUpdate = this.count > 0
    }
  }

  dispose(): void {
    this.geometry.dispose()
    this.material.dispose()
  }

  /** Dark or pale digits, whichever stand out from the cell's colour. */
  private inkFor(share: number): 0 | 1 {
    if (Math.abs(share) > FARTHEST_SHARE) return 0
    const palette = PALETTES[this.theme]
    const away = Math.abs(brightness(rampColour(this.theme, share)) - brightness(palette.plate))
    return away < 0.42 ? 0 : 1
  }
}

function dynamic(array: Float32Array | Int32Array, itemSize: number): BufferAttribute {
  return new BufferAttribute(array, itemSize).setUsage(DynamicDrawUsage)
}

function inks(theme: Theme): Vector3[] {
  return PALETTES[theme].ink.map((colour) => new Vector3(...colour))
}

function brightness([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

/** A number, or a mark of the atlas, as it stands in a cell. */
export function write(value: number, format: NumberFormat): Written {
  const text = format.text(value)
  let characters = 0
  for (let place = 0; place < text.length; place++) {
    characters |= CHARACTERS.indexOf(text[place] as string) << (4 * place)
  }
  return [characters, text.length]
}
