/**
 * A number in the colours that its cell has on the stage, for panels that show cells.
 */
import { cssColour, PALETTES, rampColour, type Colour } from '../scene/palette'
import type { Theme } from '../session/preferences.svelte'

/** Background and ink of a cell, as CSS; `share` is the value by the tensor's scale. */
export function cellColours(theme: Theme, share: number): { background: string; color: string } {
  const background = rampColour(theme, share)
  return { background: cssColour(background), color: cssColour(inkOn(theme, background)) }
}

/** Of the inks for cells the one that is read better. */
export function inkOn(theme: Theme, background: Colour): Colour {
  const [dark, light] = PALETTES[theme].ink
  return contrast(dark, background) >= contrast(light, background) ? dark : light
}

/** By the definition of WCAG 2. */
function contrast(one: Colour, other: Colour): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  ) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
