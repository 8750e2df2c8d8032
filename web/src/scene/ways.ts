/**
 * Ribbons over the stage, from cells to cells: as thick as what they carry, orange where it is positive, blue where it is negative. They
 * lie over the model, so that none is hidden; each can be pointed at and clicked.
 */
import type { Point } from './pointer'

/** Half-open ranges in axis order, in a tensor. */
export interface Spot {
  readonly tensor: string
  readonly region: readonly (readonly [number, number])[]
}

export interface Way {
  readonly from: Spot
  readonly to: Spot
  readonly value: number
  /** What is said of it where the pointer rests on it. */
  readonly title: string
}

export interface WayEvents {
  readonly point: (way: number | null) => void
  readonly choose: (way: number) => void
}

const SVG = 'http://www.w3.org/2000/svg'
/** In CSS pixels. */
const THICKEST = 10
const THINNEST = 0.75
/** A thin one can be hit all the same. */
const EASILY_HIT = 8

export class Ways {
  private readonly drawing = document.createElementNS(SVG, 'svg')
  private lines: { way: Way; seen: SVGPathElement; hit: SVGPathElement }[] = []

  constructor(layer: HTMLElement) {
    this.drawing.setAttribute('class', 'stage-ways')
    this.drawing.setAttribute('aria-hidden', 'true')
    layer.append(this.drawing)
  }

  set(ways: readonly Way[], events: WayEvents): void {
    this.drawing.replaceChildren()
    const largest = ways.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0) || 1
    // The thickest lie below.
    const order = [...ways.keys()].sort((one, other) => Math.abs(ways[other]!.value) - Math.abs(ways[one]!.value))
    this.lines = order.map((place) => {
      const way = ways[place]!
      const thickness = Math.max(THINNEST, (THICKEST * Math.abs(way.value)) / largest)
      const [seen, hit] = [document.createElementNS(SVG, 'path'), document.createElementNS(SVG, 'path')]
      seen.setAttribute('class', way.value < 0 ? 'negative' : 'positive')
      seen.setAttribute('stroke-width', String(thickness))
      hit.setAttribute('class', 'hit')
      hit.setAttribute('stroke-width', String(Math.max(EASILY_HIT, thickness)))
      const title = document.createElementNS(SVG, 'title')
      title.textContent = way.title
      hit.append(title)
      hit.addEventListener('pointerenter', () => {
        seen.classList.add('pointed')
        events.point(place)
      })
      hit.addEventListener('pointerleave', () => {
        seen.classList.remove('pointed')
        events.point(null)
      })
      hit.addEventListener('click', () => events.choose(place))
      return { way, seen, hit }
    })
    this.drawing.append(...this.lines.map(({ seen }) => seen), ...this.lines.map(({ hit }) => hit))
  }

  /** Puts them where the cells are now; one whose end is not in sight is not drawn. */
  update(locate: (spot: Spot) => Point | null): void {
    for (const { way, seen, hit } of this.lines) {
      const [from, to] = [locate(way.from), locate(way.to)]
      const isThere = from !== null && to !== null
      for (const path of [seen, hit]) {
        path.toggleAttribute('hidden', !isThere)
        if (isThere) path.setAttribute('d', curve(from, to))
      }
    }
  }

  dispose(): void {
    this.drawing.remove()
  }
}

/** It leaves and arrives upright, as what it carries goes down through the model. */
function curve(from: Point, to: Point): string {
  const bend = (to.y - from.y) / 2
  const [start, end] = [`${from.x.toFixed(1)} ${from.y.toFixed(1)}`, `${to.x.toFixed(1)} ${to.y.toFixed(1)}`]
  return `M${start}C${from.x.toFixed(1)} ${(from.y + bend).toFixed(1)} ${to.x.toFixed(1)} ${(to.y - bend).toFixed(1)} ${end}`
}
