/**
 * A play of one cell in acts: each act writes into the picture what it shows at a time within its own seconds.
 */
import { axisOrder } from '../../protocol/cells'
import type { Bounds, Explanation, OperandCell, Op, Vector } from '../../protocol/types'
import type { Caption, Flyer } from '../scenery'
import { raised } from './motion'
import type { Places } from './places'

export interface Picture {
  flyers: Flyer[]
  captions: Caption[]
  focus: Bounds
}

export interface Act {
  seconds: number
  show: (time: number, picture: Picture) => void
}

/** A cell that is read, and where it stands. */
export interface Part {
  role: string
  home: Vector
  value: number
  scale: number
}

/** How far what rises stands before its tensor, and the value that is being made before that. */
export const ALOFT = 1.2
export const AHEAD = 1.8
/** How many cells around what happens are worth seeing. */
export const NEAR = 6
/** The value that is being made is a little larger than a cell. */
export const RESULT_SIZE = 1.25
/** Seconds that it takes to fly from place to place, to rise, and to do a step. */
export const FLY = 0.9
export const RISE = 0.6
export const STEP = 1

/** What all acts of a play know. */
export class Cast {
  /** Where the cell stands, and before it, where its value waits to sink in. */
  readonly target: Vector
  readonly hold: Vector
  readonly scale: number

  constructor(
    readonly places: Places,
    readonly op: Op,
    readonly explanation: Explanation,
  ) {
    const output = places.tensor(explanation.tensor)
    this.target = places.at(output.name, axisOrder(output, explanation.index))
    this.hold = raised(this.target, AHEAD)
    this.scale = places.scale(output.name)
  }

  part({ role, tensor, index, value }: OperandCell): Part {
    const home = this.places.at(tensor, axisOrder(this.places.tensor(tensor), index))
    return { role, home, value, scale: this.places.scale(tensor) }
  }

  /** The value that is being made, in the colours of the tensor that it is for. */
  result(value: number, at: Vector, size = RESULT_SIZE): Flyer {
    return { at, size, value, scale: this.scale, rim: 'followed' }
  }
}

/** What lies around these places, with so many cells of air. */
export function around(places: readonly Vector[], air: number): Bounds {
  const low = [0, 1, 2].map((axis) => Math.min(...places.map((place) => place[axis] as number)) - (axis < 2 ? air : 0))
  const high = [0, 1, 2].map((axis) => Math.max(...places.map((place) => place[axis] as number)) + (axis < 2 ? air : 0))
  return { min: low as Vector, size: high.map((value, axis) => value - (low[axis] as number)) as Vector }
}

export function flyer({ value, scale }: { value: number; scale: number }, at: Vector, size = 1): Flyer {
  return { at, size, value, scale, rim: 'quiet' }
}

export function distanceBetween(one: Vector, other: Vector): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2])
}

export function isSamePlace(one: Vector, other: Vector): boolean {
  return distanceBetween(one, other) < 1e-6
}
