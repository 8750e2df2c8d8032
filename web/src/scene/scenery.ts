/**
 * What an animation shows at one moment, in terms of the model: the stage draws it without knowing how it came about, and the
 * animations (a part of the page that is loaded later) are written without knowing how it is drawn.
 */
import type { Bounds, Read, Vector } from '../protocol/types'
import type { Progress } from './progress'
import { regionOnSlab, type Run, type Slab } from './slabs'

/** Cells of a tensor: half-open ranges in axis order. */
export type ReadRegion = Pick<Read, 'tensor' | 'region'>

/** A tensor or one of its cells; `index` in axis order. */
export interface Selected {
  tensor: string
  index: readonly number[] | null
}

/** A number on its way from cell to cell. */
export interface Flyer {
  /** Its middle; it is as thick as it is deep in front of a slab. */
  at: Vector
  /** The length of its edge; a cell's is 1. */
  size: number
  value: number
  /** At which its colour is strongest. */
  scale: number
  /** How it is outlined: lit is what is being read, followed is the one that matters. */
  rim: 'quiet' | 'lit' | 'followed'
}

/** A few words that go with a place. */
export interface Caption {
  at: Vector
  /** On which side of the cell there, if there is room. */
  side: 'right' | 'above' | 'below'
  /** From top to bottom; the last one is the strongest. */
  lines: readonly string[]
}

export interface Lights {
  reads: readonly ReadRegion[]
  selection: Selected | null
  /** The op that is played, by its output. */
  played: string | null
  /** Outputs of ops that are not played yet. */
  pending: ReadonlySet<string>
}

/** How far a tensor is computed: line after line along `outer`, and in each line cell after cell along `inner`. */
export interface TensorProgress {
  /** Half-open ranges in axis order; what lies outside is there already. */
  region: readonly (readonly [number, number])[]
  /** Axes by their place in the tensor's; -1: there is none. */
  outer: number
  inner: number
  complete: number
  cells: number
}

export interface Scenery {
  flyers: readonly Flyer[]
  captions: readonly Caption[]
  /** Where something happens. */
  focus: Bounds
  /** The same object for as long as nothing about it changes. */
  lights: Lights
  progress: ReadonlyMap<string, TensorProgress>
}

/** Something that can be played: what is shown depends on the position alone, from 0 to 1, and never on how one came there. */
export interface Animation {
  /** At usual speed. */
  readonly seconds: number
  /** Positions at which something is complete, in order, for going step by step; the last one is 1. */
  readonly beats: readonly number[]
  at(position: number): Scenery
}

const ALL = 1 << 30

/** What a tensor's progress means for one of its slabs; null: all of it is there. */
export function progressOn(slab: Slab, { region, outer, inner, complete, cells }: TensorProgress): Progress | null {
  const within = regionOnSlab(slab, region)
  if (within === null) return null
  const direction = (axis: number) =>
    axis < 0 ? null : slab.x.axis === axis ? slab.x : slab.y.axis === axis ? slab.y : null
  const ordered = (run: Run, across: Run, lines: number, along: number): Progress => ({
    within,
    lines: run === slab.x ? 'columns' : 'rows',
    linesReversed: run.step < 0,
    cellsReversed: across.step < 0,
    complete: lines,
    cells: along,
  })
  const lines = direction(outer)
  if (lines !== null) {
    const across = lines === slab.x ? slab.y : slab.x
    return ordered(lines, across, complete, across.axis === inner ? cells : cells > 0 ? ALL : 0)
  }
  // The whole slab lies in one of the lines.
  const line = outer < 0 ? 0 : (slab.base[outer] as number) - (region[outer]?.[0] ?? 0)
  if (line < complete) return null
  const along = direction(inner)
  if (along === null) return line === complete && cells > 0 ? null : ordered(slab.x, slab.y, 0, 0)
  return ordered(along, along === slab.x ? slab.y : slab.x, line === complete ? cells : 0, 0)
}
