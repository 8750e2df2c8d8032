/**
 * The map from value to colour as a texture of one row, from -scale to +scale.
 */
import { DataTexture, RGBAFormat, UnsignedByteType } from 'three'
import { rampColour } from './palette'
import type { Theme } from '../session/preferences.svelte'

const WIDTH = 512

export function rampTexture(theme: Theme): DataTexture {
  const texels = new Uint8Array(WIDTH * 4)
  for (let index = 0; index < WIDTH; index++) {
    const colour = rampColour(theme, (2 * index) / (WIDTH - 1) - 1)
    texels.set([...colour.map((channel) => Math.round(channel * 255)), 255], index * 4)
  }
  const texture = new DataTexture(texels, WIDTH, 1, RGBAFormat, UnsignedByteType)
  texture.needsUpdate = true
  return texture
}
