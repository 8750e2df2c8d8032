/**
 * The names of models that stand beside one another: in one row under their feet, in the order in which they stand, each as near to its
 * own as the others let it.
 */
import type { View } from './projection'
import type { Rectangle } from './rectangles'

export const NAME_HEIGHT = 34
/** From the ground to the row, and from one name to the next. */
const FALL = 12
const APART = 6
const EDGE = 4

/** A model that is to be named: the part of the screen that it takes up, and how wide its name is. */
export interface Named {
  screen: Rectangle
  width: number
}

/** Where these names stand, in the order given; they overlap only where all of them are wider than the view. */
export function namesInRow(models: readonly Named[], { width, height }: Pick<View, 'width' | 'height'>): Rectangle[] {
  const ground = Math.max(0, ...models.map(({ screen }) => screen.bottom))
  const top = Math.max(EDGE, Math.min(ground + FALL, height - NAME_HEIGHT - EDGE))
  const middleOf = ({ screen }: Named) => (screen.left + screen.right) / 2
  const order = models.map((_, index) => index)
  order.sort((one, other) => middleOf(models[one] as Named) - middleOf(models[other] as Named) || one - other)
  const lefts = spread(
    order.map((index) => ({
      wanted: middleOf(models[index] as Named) - (models[index] as Named).width / 2,
      width: (models[index] as Named).width,
    })),
    width,
  )
  return models.map(({ width: breadth }, index) => {
    const left = lefts[order.indexOf(index)] as number
    return { left, top, right: left + breadth, bottom: top + NAME_HEIGHT }
  })
}

interface Cluster {
  /** Where its left end wants to be, on average. */
  left: number
  width: number
  members: number
}

/** Where spans begin so that they follow one another, each as near as may be to where it wants to begin. */
function spread(spans: readonly { wanted: number; width: number }[], room: number): number[] {
  const within = ({ width }: Cluster, left: number) => Math.max(EDGE, Math.min(room - EDGE - width, left))
  const clusters: Cluster[] = []
  for (const { wanted, width } of spans) {
    let last: Cluster = { left: wanted, width, members: 1 }
    last.left = within(last, last.left)
    for (;;) {
      const before = clusters.at(-1)
      if (before === undefined || before.left + before.width + APART <= last.left) break
      clusters.pop()
      const members = before.members + last.members
      // What a member farther on wants says where the whole is to begin.
      const left = (before.left * before.members + (last.left - before.width - APART) * last.members) / members
      last = { left, width: before.width + APART + last.width, members }
      last.left = within(last, last.left)
    }
    clusters.push(last)
  }
  const lefts: number[] = []
  for (const cluster of clusters) {
    let { left } = cluster
    for (let member = 0; member < cluster.members; member++) {
      const index = lefts.push(left) - 1
      left += (spans[index] as { width: number }).width + APART
    }
  }
  return lefts
}
