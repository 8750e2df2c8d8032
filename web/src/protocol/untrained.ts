/**
 * Which results mean nothing: a model that was taught a task was asked from its question's last letter on, so what comes out at
 * earlier positions was never compared with anything.
 */
import type { Description, Tensor } from './types'

/** The first position whose result training judged; 0 where all are as good as one another. */
export function firstJudged({ task }: Description): number {
  return task === null ? 0 : task.length - 1
}

/** The region of a tensor (half-open ranges in axis order) that means nothing, or null. */
export function untrainedRegion(description: Description, tensor: Tensor): [number, number][] | null {
  const { axes, outputs } = description.graph
  const first = firstJudged(description)
  if (first === 0 || outputs === null || !Object.values(outputs).includes(tensor.name)) return null
  return tensor.axes.map((axis, place) => [0, axes[axis]?.grows ? first : (tensor.shape[place] as number)])
}

/** Whether a cell lies in it. */
export function isUntrained(description: Description, tensor: Tensor, index: readonly number[]): boolean {
  const region = untrainedRegion(description, tensor)
  return (
    region !== null && region.every(([begin, end], axis) => begin <= (index[axis] ?? 0) && (index[axis] ?? 0) < end)
  )
}
