/**
 * Rectangles on the screen, in CSS pixels, for keeping texts apart.
 */
export interface Rectangle {
  left: number
  top: number
  right: number
  bottom: number
}

/** The part of the screen that the figures along an edge of a tensor take up. */
export interface Strip extends Rectangle {
  /** What the tensor is called; see ModelView.labelName. */
  owner: string
}

/** The area that two rectangles share. */
export function overlap(one: Rectangle, other: Rectangle): number {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left)
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
  return width > 0 && height > 0 ? width * height : 0
}

/** The part that two rectangles share; null: none. */
export function common(one: Rectangle, other: Rectangle): Rectangle | null {
  if (overlap(one, other) === 0) return null
  return {
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  }
}

/** How far two rectangles are from one another; 0: they touch. */
export function apart(one: Rectangle, other: Rectangle): number {
  const across = Math.max(0, one.left - other.right, other.left - one.right)
  const down = Math.max(0, one.top - other.bottom, other.top - one.bottom)
  return Math.hypot(across, down)
}

export function contains(outer: Rectangle, inner: Rectangle): boolean {
  const isAcross = outer.left <= inner.left && outer.right >= inner.right
  return isAcross && outer.top <= inner.top && outer.bottom >= inner.bottom
}

export function around(points: readonly { x: number; y: number }[]): Rectangle {
  const rectangle = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  for (const { x, y } of points) {
    rectangle.left = Math.min(rectangle.left, x)
    rectangle.right = Math.max(rectangle.right, x)
    rectangle.top = Math.min(rectangle.top, y)
    rectangle.bottom = Math.max(rectangle.bottom, y)
  }
  return rectangle
}

/** The smallest rectangle around all of these. */
export function union(all: readonly Rectangle[]): Rectangle {
  return around(
    all.flatMap(({ left, top, right, bottom }) => [
      { x: left, y: top },
      { x: right, y: bottom },
    ]),
  )
}

export function areaOf({ left, top, right, bottom }: Rectangle): number {
  return (right - left) * (bottom - top)
}

export function widened({ left, top, right, bottom }: Rectangle, by: number): Rectangle {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by }
}
