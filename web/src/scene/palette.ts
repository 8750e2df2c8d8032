/**
 * What colours mean on the stage, in both themes: the cells' map from value to colour, and the inks of everything drawn around them.
 *
 * The map is diverging and safe for colour-blind eyes: negative is blue, positive is orange, zero is the quiet tone of the plate itself.
 * The strength rises a little faster than the value, so that the many small weights of a layer can be told from zero.
 * The legend in the panels is made from the same stops, so it always says what the stage shows; so are still drawings, which
 * Python makes: the colour codes stand in a table that both read.
 */
import table from '../../../src/pellucid/scene/palette.json'
import type { TensorKind } from '../protocol/types'
import type { Theme } from '../session/preferences.svelte'

export type Colour = readonly [number, number, number]

export interface Palette {
  /** Behind everything. */
  ground: Colour
  /** Colour of zero. */
  plate: Colour
  /** Lines and marks of cells that hold no number. */
  hollow: Colour
  /** Fill of cells that are minus infinity: masked away. */
  masked: Colour
  frame: Record<TensorKind, Colour>
  /** Backdrops of parts of the architecture, and how strong one is. */
  panel: Colour
  panelStrength: number
  /** The hairline around a backdrop, and the shade that it throws. */
  panelEdge: Colour
  shade: Colour
  shadeStrength: number
  ribbon: Colour
  /** What is selected, and what it read. */
  accent: Colour
  /** The line around the accent, so that it stands out from any cell colour. */
  halo: Colour
  label: Colour
  quietLabel: Colour
  /** Digits on pale cells, digits on strong cells. */
  ink: readonly [Colour, Colour]
  negative: readonly Colour[]
  positive: readonly Colour[]
}

type Codes = (typeof table)['light' | 'dark']

function hex(code: string): Colour {
  const channel = (start: number) => parseInt(code.slice(start, start + 2), 16) / 255
  return [channel(1), channel(3), channel(5)]
}

function paletteOf(codes: Codes): Palette {
  const { frame, ink } = codes
  return {
    ground: hex(codes.ground),
    plate: hex(codes.plate),
    hollow: hex(codes.hollow),
    masked: hex(codes.masked),
    frame: {
      weight: hex(frame.weight),
      activation: hex(frame.activation),
      statistic: hex(frame.statistic),
      input: hex(frame.input),
      gradient: hex(frame.gradient),
    },
    panel: hex(codes.panel),
    panelStrength: codes.panelStrength,
    panelEdge: hex(codes.panelEdge),
    shade: hex(codes.shade),
    shadeStrength: codes.shadeStrength,
    ribbon: hex(codes.ribbon),
    accent: hex(codes.accent),
    halo: hex(codes.halo),
    label: hex(codes.label),
    quietLabel: hex(codes.quietLabel),
    ink: [hex(ink.pale), hex(ink.strong)],
    negative: codes.negative.map(hex),
    positive: codes.positive.map(hex),
  }
}

export const PALETTES: Record<Theme, Palette> = { light: paletteOf(table.light), dark: paletteOf(table.dark) }

/** The colour of a value between -1 and 1 times the tensor's scale. */
export function rampColour(theme: Theme, share: number): Colour {
  const stops = share < 0 ? PALETTES[theme].negative : PALETTES[theme].positive
  const place = Math.min(1, Math.abs(share)) ** table.exponent * (stops.length - 1)
  const low = Math.min(Math.floor(place), stops.length - 2)
  const from = stops[low] as Colour
  const to = stops[low + 1] as Colour
  const mix = (channel: 0 | 1 | 2) => from[channel] + (to[channel] - from[channel]) * (place - low)
  return [mix(0), mix(1), mix(2)]
}

export function cssColour(colour: Colour): string {
  return `rgb(${colour.map((channel) => Math.round(channel * 255)).join(' ')})`
}

/** A CSS gradient from -scale (left) to +scale (right), for legends. */
export function legendGradient(theme: Theme): string {
  const count = 24
  const stops = Array.from({ length: count + 1 }, (_, index) => cssColour(rampColour(theme, (2 * index) / count - 1)))
  return `linear-gradient(to right, ${stops.join(', ')})`
}
