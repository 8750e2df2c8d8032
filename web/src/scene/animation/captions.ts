/**
 * The few words that go with what is in the air: the term at hand, the sum so far, the step that is taken. HTML over the canvas.
 */
import { project, type View } from '../projection'
import { overlap, type Rectangle } from '../rectangles'
import type { Caption } from '../scenery'
import { SUPERSCRIPT } from '../../formula/typeset'

/** Beside its cell, in CSS pixels. */
const ASIDE = 10
const EDGE = 6
/** Half of what the largest flying cell measures. */
const HALF_CELL = 0.7

const BETWEEN = new RegExp(`[${SUPERSCRIPT.join('')}]`)

interface Slip {
  element: HTMLElement
  text: string
  width: number
  height: number
}

export class Captions {
  private readonly slips: Slip[] = []

  constructor(private readonly layer: HTMLElement) {}

  /** Writes these captions; returns the parts of the screen that they take up. */
  update(captions: readonly Caption[], view: View): Rectangle[] {
    const taken: Rectangle[] = []
    captions.forEach(({ at, side, lines }, index) => {
      const slip = this.slips[index] ?? this.make()
      this.write(slip, lines)
      const { x, y, depth } = project(view, at)
      slip.element.hidden = depth <= 0
      if (depth <= 0) return
      const place = placeFor(slip, { x, y, reach: ASIDE + (HALF_CELL * view.focal) / depth, side }, view, taken)
      slip.element.style.transform = `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`
      taken.push(place)
    })
    for (const { element } of this.slips.slice(captions.length)) element.hidden = true
    return taken
  }

  dispose(): void {
    for (const { element } of this.slips.splice(0)) element.remove()
  }

  private write(slip: Slip, lines: readonly string[]): void {
    const text = lines.join('\n')
    if (slip.text === text) return
    slip.text = text
    slip.element.replaceChildren(
      ...lines.map((line) => {
        const row = document.createElement('span')
        row.append(...line.split(BETWEEN).map((text, place) => (place % 2 === 0 ? text : superscript(text))))
        return row
      }),
    )
    slip.element.hidden = false
    slip.width = slip.element.offsetWidth
    slip.height = slip.element.offsetHeight
  }

  private make(): Slip {
    const element = document.createElement('div')
    element.className = 'stage-caption'
    this.layer.append(element)
    const slip = { element, text: '', width: 0, height: 0 }
    this.slips.push(slip)
    return slip
  }
}

function superscript(text: string): HTMLElement {
  const element = document.createElement('sup')
  element.textContent = text
  return element
}

interface Spot {
  x: number
  y: number
  /** From its middle to where words may begin. */
  reach: number
  side: Caption['side']
}

/** On the side that is asked for, or wherever there is room: to the right, to the left, above, below. */
function placeFor(
  { width, height }: Slip,
  { x, y, reach, side }: Spot,
  view: View,
  taken: readonly Rectangle[],
): Rectangle {
  const within = ([left, top]: readonly [number, number]): Rectangle => {
    const [across, down] = [
      Math.min(view.width - width - EDGE, Math.max(EDGE, left)),
      Math.min(view.height - height - EDGE, Math.max(EDGE, top)),
    ]
    return { left: across, top: down, right: across + width, bottom: down + height }
  }
  const places = {
    right: [x + reach, y - height / 2],
    above: [x - width / 2, y - reach - height],
    below: [x - width / 2, y + reach],
    left: [x - reach - width, y - height / 2],
  } as const
  const candidates = [places[side], places.right, places.above, places.left, places.below].map(within)
  const half = reach - ASIDE
  const cell = { left: x - half, right: x + half, top: y - half, bottom: y + half }
  const isFree = (place: Rectangle) => [...taken, cell].every((other) => overlap(place, other) === 0)
  return candidates.find(isFree) ?? (candidates[0] as Rectangle)
}
