/**
 * The whole forward pass in the order of computing: one clip per op, longer where there is more to see and where it is seen for the
 * first time. What is not computed yet at a moment is drawn so.
 */
import type { Op } from '../../protocol/types'
import type { Animation, Lights, TensorProgress } from '../scenery'
import { summedLetters, type Places, type Region } from './places'
import { sweepAnimation } from './sweep'

export interface PassClip {
  animation: Animation
  seconds: number
  /** The op's part of the architecture, and its output's title: English titles of the graph, from the outside in. */
  titles: readonly string[]
}

/** At usual speed, in seconds: sums of products, other sums, and what is done to each cell by itself. */
const SECONDS = { products: 2.8, sum: 1.1, each: 1.3 }
/** What has been seen in another block already goes so much faster, and all of it takes no longer than this; later passes even less. */
const AGAIN = 0.32
const LONGEST_AGAIN = 40
const LATER_PASS = 9

/** `since`: the first position that is computed; those before it are there from earlier passes. */
export function forwardPass(
  places: Places,
  ops: readonly Op[],
  since: number,
  titleOf: (group: string) => readonly string[],
): PassClip[] {
  const regions = ops.map((op) => regionSince(places, op, since))
  const seen = new Set<string>()
  const again = ops.map((op) => {
    const what = [op.kind, op.output, ...Object.values(op.inputs)]
      .map((name, place) => (place === 0 ? name : places.tensor(name).title))
      .join()
    const known = seen.has(what) || since > 0
    seen.add(what)
    return known
  })
  const usual = ops.map((op) => SECONDS[sortOf(places, op)])
  const repeated = usual.reduce((sum, seconds, index) => sum + (again[index] ? AGAIN * seconds : 0), 0)
  const hurry = Math.min(1, (since > 0 ? LATER_PASS : LONGEST_AGAIN) / Math.max(1e-6, repeated))
  const missing = regions.map((region): TensorProgress => ({ region, outer: -1, inner: -1, complete: 0, cells: 0 }))
  return ops.map((op, index): PassClip => {
    const later = new Map(
      ops.slice(index + 1).map((one, offset) => [one.output, missing[index + 1 + offset] as TensorProgress]),
    )
    return {
      animation: beforeOthers(sweepAnimation(places, op, regions[index] as Region), op, later),
      seconds: (usual[index] as number) * (again[index] ? AGAIN * hurry : 1),
      titles: [...titleOf(op.group), places.tensor(op.output).title],
    }
  })
}

function sortOf(places: Places, op: Op): keyof typeof SECONDS {
  const operands = places.operands(op)
  const summed = summedLetters(operands, places.tensor(op.output))
  if (summed.length === 0) return 'each'
  const runs = operands.filter(({ letters }) => letters.some((letter) => summed.includes(letter)))
  return runs.length > 1 ? 'products' : 'sum'
}

/** All cells at the positions from `since` on. */
function regionSince(places: Places, op: Op, since: number): Region {
  const { axes } = places.tensor(op.output)
  const position = axes.findIndex((letter) => places.grows(letter))
  return places
    .shape(op.output)
    .map((length, axis) => [axis === position ? Math.min(since, length - 1) : 0, length] as const)
}

/** The outputs of later ops are not there yet, and no tensor recedes, because all of it is to be seen growing. */
function beforeOthers(animation: Animation, op: Op, later: ReadonlyMap<string, TensorProgress>): Animation {
  const lights: Lights = {
    reads: [],
    selection: { tensor: op.output, index: null },
    played: op.output,
    pending: new Set(later.keys()),
  }
  return {
    ...animation,
    at(position) {
      const scenery = animation.at(position)
      return { ...scenery, lights, progress: new Map([...later, ...scenery.progress]) }
    },
  }
}
