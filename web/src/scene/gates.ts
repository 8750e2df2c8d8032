/**
 * The letters at the model's entrance, and its answer at the exit: what goes in above the tokens, what comes out below the
 * probabilities. They stand there at rest; how they come in and go out is a matter of three shares, which whoever plays that sets.
 */
import type { Box } from '../protocol/types'
import type { ModelView } from './model-view'
import { screenBounds, type View } from './projection'
import type { Rectangle } from './rectangles'

/** Of a letter: it is written; the model expects it next; what will follow that. */
export type GateLook = 'written' | 'expected' | 'later'

/** What stands at one of the gates. */
export interface GateLetter {
  /** Empty: it is not known yet. */
  text: string
  /** The token's number. */
  number: number
  look: GateLook
}

/** How far each is, from 0 to 1: letters coming in, turned into their numbers, coming out, the last one going back in. */
export interface GateMoment {
  entered: number
  counted: number
  left: number
  returned: number
}

export const AT_REST: GateMoment = { entered: 1, counted: 0, left: 1, returned: 1 }

const HEIGHT = 24
const GAP = 7
const EDGE = 4
/** How far a letter flies in or out, in pixels. */
const WAY = 44
/** How far one letter is behind the one before it, in all. */
const SPREAD = 0.6
/** To a model that is smaller than this, in pixels, nothing is seen to lead. */
const LEAST_TOWER = 110
/** Where what they lead to is larger on the screen, rulers name its letters. */
const LARGEST = 0.5

interface Gate {
  readonly element: HTMLElement
  readonly side: 'above' | 'below'
  /** What it leads to. */
  box: Box | undefined
  letters: readonly GateLetter[]
  items: HTMLElement[]
  width: number
  left: number
  top: number
  /** What the element's transform says. */
  transform: string
}

export class Gates {
  /** Null: at rest. */
  moment: GateMoment | null = null
  private readonly entrance: Gate
  private readonly exit: Gate
  private model: ModelView | null = null
  /** Whether the letters have been brought to rest: then a frame has nothing to do for them. */
  private isSettled = false

  constructor(layer: HTMLElement) {
    const gate = (place: string, side: Gate['side']): Gate => {
      const element = document.createElement('div')
      element.className = `stage-gate ${place}`
      element.hidden = true
      layer.append(element)
      return { element, side, box: undefined, letters: [], items: [], width: 0, left: 0, top: 0, transform: '' }
    }
    this.entrance = gate('entrance', 'above')
    this.exit = gate('exit', 'below')
  }

  set(entrance: readonly GateLetter[], exit: readonly GateLetter[]): void {
    write(this.entrance, entrance)
    write(this.exit, exit)
    this.isSettled = false
  }

  /** Puts them in their places; returns the parts of the screen that they take up. */
  update(view: View, model: ModelView | null): Rectangle[] {
    if (model !== this.model) this.lead(model)
    const whole = model === null ? null : screenBounds(view, model.bounds, 0)
    const isTiny = whole !== null && Math.max(whole.right - whole.left, whole.bottom - whole.top) < LEAST_TOWER
    const taken = [this.entrance, this.exit].map((gate) => place(gate, isTiny ? null : view))
    if (this.moment !== null || !this.isSettled) this.moveLetters(this.moment ?? AT_REST)
    this.isSettled = this.moment === null
    return taken.filter((rectangle) => rectangle !== null)
  }

  /** Finds what the gates of a model lead to. */
  private lead(model: ModelView | null): void {
    const boxOf = (name: string | undefined) => model?.scene.boxes.find(({ tensor }) => tensor === name)
    const graph = model?.description.graph
    this.model = model
    this.entrance.box = boxOf(graph?.inputs.tokens)
    this.exit.box = boxOf(graph?.outputs?.probs)
  }

  private moveLetters({ entered, counted, left, returned }: GateMoment): void {
    this.entrance.items.forEach((item, index) => {
      const here = turn(entered, index, this.entrance.items.length)
      const number = turn(counted, index, this.entrance.items.length)
      // Halfway it shows its other face; at the end it has gone in and the letter is back.
      item.dataset['face'] = number > 0.25 && number < 0.9 ? 'number' : 'letter'
      const into = number < 0.6 ? 0 : number < 0.9 ? (number - 0.6) / 0.3 : 0
      move(item, (here - 1) * WAY + into * (HEIGHT + GAP), number >= 0.9 ? (number - 0.9) * 10 : here * (1 - into))
    })
    this.exit.items.forEach((item, index) => {
      const out = turn(left, index, this.exit.items.length)
      move(item, (out - 1) * (HEIGHT + GAP), out)
    })
    if (returned < 1) this.carry(returned)
  }

  /** The letter written last is on its way from the exit to the entrance. */
  private carry(returned: number): void {
    const item = this.entrance.items.at(-1)
    const from = this.exit.items.findLast((_, place) => this.exit.letters[place]?.look === 'written')
    if (item === undefined || from === undefined) return
    const [here, there] = [placeOf(this.entrance, item), placeOf(this.exit, from)]
    if (here === null || there === null) return
    const back = 1 - returned
    item.style.transform = `translate(${((there.left - here.left) * back).toFixed(1)}px, ${((there.top - here.top) * back).toFixed(1)}px)`
  }

  dispose(): void {
    this.entrance.element.remove()
    this.exit.element.remove()
  }
}

/** Where a letter stands at rest; null where its gate is out of view. */
function placeOf({ element, left, top }: Gate, item: HTMLElement): { left: number; top: number } | null {
  return element.hidden ? null : { left: left + item.offsetLeft, top }
}

/** How far the letter at a place is, when all of them together are so far. */
function turn(share: number, index: number, count: number): number {
  const start = count > 1 ? (SPREAD * index) / (count - 1) : 0
  const own = Math.min(1, Math.max(0, (share - start) / (1 - SPREAD)))
  return own * own * (3 - 2 * own)
}

function move(item: HTMLElement, down: number, opacity: number): void {
  const transform = Math.abs(down) < 0.05 ? '' : `translateY(${down.toFixed(1)}px)`
  if (item.style.transform !== transform) item.style.transform = transform
  const strength = opacity >= 1 ? '' : opacity.toFixed(2)
  if (item.style.opacity !== strength) item.style.opacity = strength
}

function write(gate: Gate, letters: readonly GateLetter[]): void {
  if (JSON.stringify(letters) === JSON.stringify(gate.letters)) return
  gate.letters = letters
  gate.items = letters.map(({ text, number, look }) => {
    const item = document.createElement('span')
    item.className = look
    const [letter, count] = [document.createElement('b'), document.createElement('i')]
    letter.textContent = text
    count.textContent = String(number)
    item.append(letter, count)
    return item
  })
  gate.element.replaceChildren(...gate.items)
  gate.width = 0
}

/** Null where what it leads to is out of view, or so near that its own letters can be read; or from nowhere (`view` null). */
function place(gate: Gate, view: View | null): Rectangle | null {
  const { box, element, side } = gate
  if (view === null) {
    element.hidden = true
    return null
  }
  const target = box === undefined || gate.letters.length === 0 ? null : screenBounds(view, box, 0)
  const isInView =
    target !== null && target.right > 0 && target.left < view.width && target.right - target.left < LARGEST * view.width
  const top = target === null ? 0 : side === 'above' ? target.top - GAP - HEIGHT : target.bottom + GAP
  const isShown = isInView && top >= EDGE && top + HEIGHT <= view.height - EDGE
  if (element.hidden === isShown) element.hidden = !isShown
  if (!isShown) return null
  gate.width ||= element.offsetWidth
  const middle = (target.left + target.right) / 2
  const left = Math.max(EDGE, Math.min(view.width - gate.width - EDGE, middle - gate.width / 2))
  gate.left = left
  gate.top = top
  const transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`
  if (gate.transform !== transform) element.style.transform = gate.transform = transform
  return { left, top, right: left + gate.width, bottom: top + HEIGHT }
}
