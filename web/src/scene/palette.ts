/**
 * What colours mean on the stage, in both themes: the cells' map from value to colour, and the inks of everything drawn around them.
 *
 * The map is diverging and safe for colour-blind eyes: negative is blue, positive is orange, zero is the quiet tone of the plate itself.
 * The strength rises a little faster than the value, so that the many small weights of a layer can be told from zero.
 * The legend in the panels is made from the same stops, so it always says what the stage shows.
 */
import type { TensorKind } from '../model/types'

export type Theme = 'light' | 'dark'
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

const STRENGTH_EXPONENT = 0.75

function hex(code: string): Colour {
  const channel = (start: number) => parseInt(code.slice(start, start + 2), 16) / 255
  return [channel(1), channel(3), channel(5)]
}

export const PALETTES: Record<Theme, Palette> = {
  light: {
    ground: hex('#f1f0ec'),
    plate: hex('#fdfdfb'),
    hollow: hex('#c9c7c0'),
    masked: hex('#dcdad4'),
    frame: {
      weight: hex('#6a5f9e'),
      activation: hex('#8b9099'),
      statistic: hex('#8b9099'),
      input: hex('#2a8a6a'),
    },
    panel: hex('#8d8676'),
    panelStrength: 0.075,
    ribbon: hex('#b9bdc4'),
    accent: hex('#c4157c'),
    halo: hex('#ffffff'),
    label: hex('#22262c'),
    quietLabel: hex('#5c636d'),
    ink: [hex('#22262c'), hex('#ffffff')],
    negative: ['#fdfdfb', '#bfd7ea', '#6aa5d4', '#2467a8', '#0b3970'].map(hex),
    positive: ['#fdfdfb', '#fad6b4', '#f0a05a', '#cf6412', '#873900'].map(hex),
  },
  dark: {
    ground: hex('#12151a'),
    plate: hex('#1d222a'),
    hollow: hex('#3a414c'),
    masked: hex('#2f343d'),
    frame: {
      weight: hex('#8e83c9'),
      activation: hex('#69727f'),
      statistic: hex('#69727f'),
      input: hex('#3fae89'),
    },
    panel: hex('#8fa0b8'),
    panelStrength: 0.06,
    ribbon: hex('#3e4650'),
    accent: hex('#ff6fbf'),
    halo: hex('#0b0d10'),
    label: hex('#e8eaee'),
    quietLabel: hex('#a3abb7'),
    ink: [hex('#e8eaee'), hex('#0e1116')],
    negative: ['#1d222a', '#20476a', '#2f7dbd', '#62b3f2', '#c3e4ff'].map(hex),
    positive: ['#1d222a', '#5f3c19', '#ad661b', '#f19c3c', '#ffdcab'].map(hex),
  },
}

/** The colour of a value between -1 and 1 times the tensor's scale. */
export function rampColour(theme: Theme, share: number): Colour {
  const stops = share < 0 ? PALETTES[theme].negative : PALETTES[theme].positive
  const place = Math.min(1, Math.abs(share)) ** STRENGTH_EXPONENT * (stops.length - 1)
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
