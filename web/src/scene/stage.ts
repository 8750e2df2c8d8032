/**
 * The stage: the 3D view of one model. It draws every tensor of a description at the place that the scene layout gives it,
 * coloured by the real values of the weights and of a trace, and says which cell is under the pointer.
 * It knows no tensor by name and draws only when something has changed.
 */
import type { TensorView } from '../model/safetensors'
import type { Trace } from '../model/trace'
import type { Description, Read, Vector } from '../model/types'

export type Theme = 'light' | 'dark'

export interface StageOptions {
  theme: Theme
  /** True: camera moves jump instead of gliding. */
  reducedMotion: boolean
  /** The reader's language for an English title of the graph ('queries', 'self-attention'). */
  title: (key: string) => string
}

/** Where one looks from, in plain numbers that fit an address bar. Angles are in degrees. */
export interface CameraState {
  /** The point that is looked at. */
  target: Vector
  /** From the target to the eye. */
  distance: number
  /** 0 looks along -z; positive: the eye moves to the right. */
  azimuth: number
  /** 0 is level; positive: the eye moves up. */
  elevation: number
}

/** A cell under the pointer. */
export interface CellHit {
  tensor: string
  /** In the tensor's axis order. */
  index: number[]
  /** Null where it was not computed. */
  value: number | null
  /** The pointer, in CSS pixels from the canvas's top left corner. */
  x: number
  y: number
}

export interface StageEvents {
  /** The pointer has come over another cell, or over none. */
  hover: CellHit | null
  /** A click or a tap that was not a drag; null: on the empty background. */
  click: CellHit | null
  /** The camera has moved; fires once per drawn frame in which it did. */
  camera: CameraState
  /** A frame was drawn. */
  frame: StageStats
}

export interface StageStats {
  /** Frames drawn since the stage was made. */
  frames: number
  /** Of the last frame. */
  drawCalls: number
  /** Script time of the last frame, in milliseconds. */
  scriptMs: number
  /** Labels shown in the last frame. */
  labels: number
}

export interface MoveOptions {
  /** False: jump. Default true (reduced motion always jumps). */
  animate?: boolean
}

export declare class Stage {
  readonly stats: StageStats = { frames: 0, drawCalls: 0, scriptMs: 0, labels: 0 }

  /** `labelLayer` is an element of the canvas's size and place, over it; the stage fills it with labels that let clicks through. */
  constructor(canvas: HTMLCanvasElement, labelLayer: HTMLElement, options: StageOptions)

  /** Builds everything from `description.graph` and `description.scene`. `weights`: by graph name; empty when no weights are loaded. */
  setModel(description: Description, weights: ReadonlyMap<string, TensorView>): void

  /** Shows the numbers of a run; null: nothing computed yet. Keeps camera and selection. */
  setTrace(trace: Trace | null): void

  /** To be called after the language has changed: asks `options.title` again. `locale` is a BCP 47 tag. */
  setLanguage(locale: string): void
  setTheme(theme: Theme): void
  setReducedMotion(reducedMotion: boolean): void

  /** Moves the camera so that these tensors, or the tensors of this group (`blocks.0.attn`), fill the view. */
  frame(tensorsOrGroup: readonly string[] | string, options?: MoveOptions): void

  /** The whole model. */
  home(options?: MoveOptions): void
  get camera(): CameraState

  /** Jumps there. Values out of bounds are brought back into them. */
  set camera(state: CameraState)

  /** Outlines one cell; a null index outlines the whole tensor; a null tensor ends the selection. */
  select(tensor: string | null, index: readonly number[] | null): void

  /** Lights exactly the cells that were read (`explanation.reads`) and lets the rest recede; an empty list ends it. */
  highlight(reads: readonly Pick<Read, 'tensor' | 'region'>[]): void

  /** Where a cell stands on the screen, in CSS pixels, or null when it is behind the eye. */
  project(tensor: string, index: readonly number[]): { x: number; y: number } | null

  /** Returns a function that unsubscribes. */
  on<Name extends keyof StageEvents>(name: Name, handler: (event: StageEvents[Name]) => void): () => void
  dispose(): void
}
