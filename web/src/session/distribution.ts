/**
 * How the numbers of a tensor are spread: its statistics and its histogram, computed here from the numbers that the page
 * already holds, once for each tensor, and in slices so that even many millions of them never hold up the page.
 */
import type { TensorView } from '../protocol/tensors'

export interface Distribution {
  count: number
  /** How many are not finite: scores that were masked away. The rest of what is said here is about the others. */
  infinite: number
  min: number
  max: number
  mean: number
  deviation: number
  /** The root of the sum of the squares. */
  norm: number
  /** The share of numbers that are nearer to zero than a hundredth of the largest. */
  nearZero: number
  bins: Bins
}

/** Counts in intervals of one width, the first of which begins at `start`. Zero is always an edge. */
export interface Bins {
  start: number
  width: number
  counts: number[]
}

const BINS = 48
const NEAR_ZERO = 0.01
const SLICE = 1 << 16
const LONGEST_BLOCK_MS = 8

const known = new WeakMap<TensorView, Promise<Distribution>>()

export function distributionOf(view: TensorView): Promise<Distribution> {
  let distribution = known.get(view)
  if (distribution === undefined) {
    distribution = measure(view.data)
    known.set(view, distribution)
  }
  return distribution
}

async function measure(data: TensorView['data']): Promise<Distribution> {
  let [infinite, min, max, sum, squares] = [0, Infinity, -Infinity, 0, 0]
  await inSlices(data.length, (index) => {
    const value = Number(data[index])
    if (!Number.isFinite(value)) infinite++
    else {
      if (value < min) min = value
      if (value > max) max = value
      sum += value
      squares += value * value
    }
  })
  const finite = data.length - infinite
  const mean = sum / finite
  const bins = emptyBins(min, max)
  const nearness = NEAR_ZERO * Math.max(Math.abs(min), Math.abs(max))
  let [near, spread] = [0, 0]
  await inSlices(data.length, (index) => {
    const value = Number(data[index])
    if (!Number.isFinite(value)) return
    if (Math.abs(value) < nearness) near++
    spread += (value - mean) ** 2
    bins.counts[binOf(bins, value)]!++
  })
  const deviation = Math.sqrt(spread / finite)
  return {
    count: data.length,
    infinite,
    min,
    max,
    mean,
    deviation,
    norm: Math.sqrt(squares),
    nearZero: near / finite,
    bins,
  }
}

/** The bins of a few numbers, at once. */
export function binsOf(values: readonly number[], most = BINS): Bins {
  const finite = values.filter(Number.isFinite)
  const bins = emptyBins(Math.min(...finite), Math.max(...finite), most)
  for (const value of finite) bins.counts[binOf(bins, value)]!++
  return bins
}

export function binOf({ start, width, counts }: Bins, value: number): number {
  return Math.max(0, Math.min(counts.length - 1, Math.floor((value - start) / width)))
}

function emptyBins(min: number, max: number, most = BINS): Bins {
  if (!(max > min)) return { start: (min || 0) - 0.5, width: 1, counts: [0] }
  const width = (max - min) / (most - 1)
  // Moved down by less than one bin, so that zero, where it is among them, parts two bins.
  const start = min < 0 && max > 0 ? -Math.ceil(-min / width) * width : min
  return { start, width, counts: new Array<number>(most).fill(0) }
}

/** Visits every index, and lets the page do other things after each few milliseconds. */
async function inSlices(length: number, visit: (index: number) => void): Promise<void> {
  let began = performance.now()
  for (let start = 0; start < length; start += SLICE) {
    const end = Math.min(length, start + SLICE)
    for (let index = start; index < end; index++) visit(index)
    if (end < length && performance.now() - began > LONGEST_BLOCK_MS) {
      await new Promise((resolve) => setTimeout(resolve))
      began = performance.now()
    }
  }
}
