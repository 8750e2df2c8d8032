/**
 * The names over matrices that lie side by side: the tensor's, and under it each one's own ('head 2').
 */
import type { Bounds } from '../protocol/types'
import type { ModelView, Wording } from './model-view'
import type { Obstacles } from './obstacles'
import { screenBounds, type View } from './projection'
import { overlap, type Rectangle } from './rectangles'
import type { Slab } from './slabs'

interface Name {
  element: HTMLElement
  /** What it stands over. */
  bounds: () => Bounds
  isTitle: boolean
  width: number
}

const HEIGHT = 18
const TITLE_HEIGHT = 21
/** How much it matters that one can be seen: rulers had better be laid along the other side. */
const WEIGHT = 4

export class FanNames {
  private names: Name[] = []

  constructor(
    private readonly layer: HTMLElement,
    private readonly wording: Wording,
  ) {}

  write(model: ModelView): void {
    this.dispose()
    const titles = titlesOf(model, this.wording)
    for (const [name, { bounds }] of model.fanned) this.add(titles.get(name) ?? name, () => bounds, true)
    for (const slab of model.slabs) {
      const axis = model.fanned.get(slab.tensor.name)?.axis
      if (axis === undefined) continue
      const text = this.wording.position(slab.tensor.axes[axis] as string, slab.base[axis] as number)
      this.add(text, () => boundsOf(slab), false)
    }
  }

  private add(text: string, bounds: () => Bounds, isTitle: boolean): void {
    const element = document.createElement('div')
    element.className = isTitle ? 'stage-head title' : 'stage-head'
    element.textContent = text
    element.hidden = true
    this.layer.append(element)
    this.names.push({ element, bounds, isTitle, width: 0 })
  }

  /** Puts them in their places, titles first; returns the parts of the screen that they take up. */
  place(view: View, obstacles: Obstacles, isMoving: boolean): Rectangle[] {
    const taken: Rectangle[] = []
    for (const name of this.names) {
      const place = isMoving ? null : placeOf(name, view)
      const isFree = place !== null && taken.every((other) => overlap(place, other) === 0)
      name.element.hidden = !isFree
      if (!isFree) continue
      name.element.style.transform = `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`
      taken.push(place)
      obstacles.add(place, 'box', '', WEIGHT)
    }
    return taken
  }

  dispose(): void {
    for (const { element } of this.names.splice(0)) element.remove()
  }
}

/** Their titles; where several share one, with the part of the model that each belongs to. */
function titlesOf(model: ModelView, wording: Wording): Map<string, string> {
  const tensors = [...model.fanned.keys()].flatMap((name) => model.tensors.get(name) ?? [])
  return new Map(
    tensors.map(({ name, title, group }) => {
      const isAlone = tensors.every((other) => other.name === name || other.title !== title)
      const part = model.scene.groups.find((one) => group.startsWith(`${one.name}.`))
      const own = wording.title(title)
      return [name, isAlone || part === undefined ? own : `${wording.title(part.title)} · ${own}`]
    }),
  )
}

function boundsOf({ corner, columns, rows, depth }: Slab): Bounds {
  return { min: corner, size: [columns, rows, depth] }
}

/** Over its middle, a title from the left; null where that is out of view or narrower than the name. */
function placeOf(name: Name, view: View): Rectangle | null {
  const { bounds, element, isTitle } = name
  const screen = screenBounds(view, bounds(), 0)
  if (screen === null) return null
  if (name.width === 0) {
    element.hidden = false
    name.width = element.offsetWidth
  }
  if (screen.right - screen.left < name.width) return null
  const height = isTitle ? TITLE_HEIGHT : HEIGHT
  const left = isTitle ? screen.left : (screen.left + screen.right - name.width) / 2
  const top = screen.top - HEIGHT - 1 - (isTitle ? TITLE_HEIGHT : 0)
  if (top < 0 || left < 0 || left + name.width > view.width || top + height > view.height) return null
  return { left, top, right: left + name.width, bottom: top + height }
}
