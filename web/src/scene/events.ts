/**
 * What the stage tells of: the cell that is pointed at, the camera, the frames that it draws; and those who listen.
 */
import type { Description, Tensor } from '../protocol/types'
import type { CameraState } from '../session/camera'
import type { Pane } from './panes'

/** A cell under the pointer. */
export interface CellHit {
  /** Which of the models on the stage it belongs to. */
  model: Description
  about: Tensor
  tensor: string
  /** In the tensor's axis order; null for a tensor that is drawn as one block, because its model has no weights. */
  index: number[] | null
  /** Null where it was not computed. */
  value: number | null
  /** The pointer, in CSS pixels from the canvas's top left corner. */
  x: number
  y: number
  /** Whether a finger is there, which hides what lies under it. */
  finger: boolean
}

export interface StageEvents {
  /** The pointer has come over a cell, moves on it, or is over none any more. */
  hover: CellHit | null
  /** A click or a tap that was not a drag; null: on the empty background. */
  click: CellHit | null
  /** The camera has moved; fires once per drawn frame in which it did. */
  camera: CameraState
  /** The reader has moved the camera by hand. */
  taken: null
  /** An inset has been opened, has moved, or is there no more. */
  inset: Pane | null
  /** There is a first picture, which is still without names. */
  begun: null
  /** A frame was drawn. */
  frame: StageStats
}

export interface StageStats {
  /** Frames drawn since the stage was made. */
  frames: number
  /** How many draw calls the last frame took. */
  drawCalls: number
  /** Script time of the last frame, in milliseconds. */
  scriptMs: number
  /** Labels shown in the last frame. */
  labels: number
}

type Handlers = { [Name in keyof StageEvents]: Set<(event: StageEvents[Name]) => void> }

export class Listeners {
  private readonly handlers: Handlers = {
    hover: new Set(),
    click: new Set(),
    camera: new Set(),
    taken: new Set(),
    inset: new Set(),
    begun: new Set(),
    frame: new Set(),
  }

  /** Returns a function that unsubscribes. */
  add<Name extends keyof StageEvents>(name: Name, handler: (event: StageEvents[Name]) => void): () => void {
    const handlers = this.handlers[name]
    handlers.add(handler)
    return () => handlers.delete(handler)
  }

  tell<Name extends keyof StageEvents>(name: Name, event: StageEvents[Name]): void {
    for (const handler of this.handlers[name]) handler(event)
  }
}
