/**
 * The map from value to colour as a texture of one row, from -scale to +scale.
 */
import { DataTexture, RGBAFormat, UnsignedByteType } from 'three'
import { rampColour } from './palette'
import type { Theme } from '../session/preferences.svelte'

/** How many colours it has. */
export const RAMP_WIDTH = 512

export function rampTexture(theme: Theme): DataTexture {
  const texels = new Uint8Array(RAMP_WIDTH * 4)
  for (let index = 0; index < RAMP_WIDTH; index++) {
    const colour = rampColour(theme, (2 * index) / (RAMP_WIDTH - 1) - 1)
    texels.set([...colour.map((channel) => Math.round(channel * 255)), 255], index * 4)
  }
  const texture = new DataTexture(texels, RAMP_WIDTH, 1, RGBAFormat, UnsignedByteType)
  texture.needsUpdate = true
  return texture
}
