/**
 * The characters that the shader prints in cells, as a distance field: each texel says how far the outline of the glyph is,
 * so that digits stay crisp at any size. Drawn once, with the reader's own monospaced font.
 */
import { DataTexture, LinearFilter, RedFormat, UnsignedByteType } from 'three'

/** As many as four bits tell apart. */
export const CHARACTERS = '0123456789-.e∞<>'
/** In texels. */
export const GLYPH_WIDTH = 40
export const GLYPH_HEIGHT = 64
export const GLYPH_COUNT = CHARACTERS.length
/** How many texels away from the outline the distance is still told apart. */
export const GLYPH_REACH = 8

let made: DataTexture | null = null

/** Drawn when first asked for; there is one for all stages, for as long as the page stays. */
export function glyphTexture(): DataTexture {
  made ??= drawGlyphs()
  return made
}

function drawGlyphs(): DataTexture {
  const width = GLYPH_WIDTH * GLYPH_COUNT
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = GLYPH_HEIGHT
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('The browser gives no 2D canvas to draw digits with.')
  context.font = `600 ${GLYPH_HEIGHT * 0.95}px ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillStyle = 'white'
  Array.from(CHARACTERS).forEach((character, index) => {
    const drawn = character === '-' ? '−' : character
    context.fillText(drawn, (index + 0.5) * GLYPH_WIDTH, GLYPH_HEIGHT * 0.53, GLYPH_WIDTH * 0.98)
  })
  const coverage = context.getImageData(0, 0, width, GLYPH_HEIGHT).data
  const texels = distanceField(coverage, width, GLYPH_HEIGHT)
  const texture = new DataTexture(texels, width, GLYPH_HEIGHT, RedFormat, UnsignedByteType)
  texture.magFilter = texture.minFilter = LinearFilter
  texture.needsUpdate = true
  return texture
}

/** 0.5 on the outline, 1 at `GLYPH_REACH` texels inside, 0 as far outside. */
function distanceField(rgba: Uint8ClampedArray, width: number, height: number): Uint8Array<ArrayBuffer> {
  const alpha = (index: number) => (rgba[index * 4 + 3] as number) / 255
  const outside = new Float64Array(width * height)
  const inside = new Float64Array(width * height)
  for (let index = 0; index < width * height; index++) {
    // Half covered texels lie on the outline: their coverage tells on which side and how far.
    const covered = alpha(index)
    outside[index] = covered === 0 ? Infinity : Math.max(0, 0.5 - covered) ** 2
    inside[index] = covered === 1 ? Infinity : Math.max(0, covered - 0.5) ** 2
  }
  squaredDistances(outside, width, height)
  squaredDistances(inside, width, height)
  return Uint8Array.from(outside, (squared, index) => {
    const distance = Math.sqrt(inside[index] as number) - Math.sqrt(squared)
    return Math.round(255 * Math.min(1, Math.max(0, 0.5 + distance / (2 * GLYPH_REACH))))
  })
}

/** Replaces each entry by the least of any entry plus the squared distance to it: first along columns, then along rows. */
function squaredDistances(field: Float64Array, width: number, height: number): void {
  for (let x = 0; x < width; x++) lowerEnvelope(field, x, width, height)
  for (let y = 0; y < height; y++) lowerEnvelope(field, y * width, 1, width)
}

/** One line of it. Beyond the reach the distance does not matter, which keeps the search short. */
function lowerEnvelope(field: Float64Array, start: number, stride: number, count: number): void {
  const line = Float64Array.from({ length: count }, (_, index) => field[start + index * stride] as number)
  const window = GLYPH_REACH + 2
  for (let index = 0; index < count; index++) {
    let least = Infinity
    for (let other = Math.max(0, index - window); other <= Math.min(count - 1, index + window); other++) {
      least = Math.min(least, (line[other] as number) + (index - other) ** 2)
    }
    field[start + index * stride] = least
  }
}
