/**
 * How matrices that stand behind one another lie once they are fanned out.
 */
import type { Bounds, Vector } from '../protocol/types'

/** A tensor whose matrices lie side by side. */
export interface Fanned {
  /** The axis along which they stood behind one another, by its place in the tensor's. */
  axis: number
  /** By index along that axis: how far from its usual place. */
  shifts: readonly Vector[]
  /** Around all that is filled. */
  bounds: Bounds
}
