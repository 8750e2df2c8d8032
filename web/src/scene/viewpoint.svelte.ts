/**
 * From where the stage of a page is seen, and who leads the camera: the tour or what is played, until the reader takes it.
 */
import type { CameraState, Eye } from '../session/camera'
import type { CellHit, StageStats } from './events'
import type { MoveOptions } from './framing'
import type { Stage } from './stage'

const CAMERA_REST = 300

export class Viewpoint implements Eye {
  stage = $state.raw<Stage | null>(null)
  /** The cell of the stage under the pointer. */
  hovered = $state.raw<CellHit | null>(null)
  /** Where the reader has brought the camera, or is to find it; null: the whole model is seen, from wherever that is. */
  wanted: CameraState | null = null
  /** Whether the reader has moved the camera since the whole model was last shown. */
  isTaken = $state(false)
  #rests: ReturnType<typeof setTimeout> | undefined

  /** `rested` hears when the camera has come to rest where the reader has brought it. */
  constructor(private readonly rested: () => void) {}

  /** What an address says; null: it says nothing. */
  place(camera: CameraState | null): void {
    this.wanted = camera
    this.isTaken = camera !== null
  }

  /** The camera of the stage has moved. */
  moved(camera: CameraState): void {
    if (!this.isTaken) return
    this.wanted = camera
    clearTimeout(this.#rests)
    this.#rests = setTimeout(this.rested, CAMERA_REST)
  }

  /** The reader moves the camera by hand. */
  take(): void {
    this.isTaken = true
  }

  show(tensorsOrGroup: readonly string[] | string): void {
    this.take()
    this.stage?.framing.frame(tensorsOrGroup)
  }

  reveal(tensors: readonly string[]): void {
    this.take()
    this.stage?.framing.reveal(tensors)
  }

  /** The camera goes where it is led to, until the reader takes it again. */
  release(): void {
    this.place(null)
    clearTimeout(this.#rests)
  }

  /** Moves the camera as long as the reader does not take it: to some tensors, or to the whole (null). */
  lead(tensors: readonly string[] | null, options: MoveOptions = {}): void {
    this.release()
    if (tensors === null || tensors.length === 0) this.stage?.framing.home(options)
    else this.stage?.framing.frame(tensors, options)
  }

  /** From perspective to parallel lines, and back. */
  turnLens(): void {
    this.take()
    this.stage?.framing.setParallel(!this.stage.framing.camera.parallel)
  }

  get stats(): StageStats | null {
    return this.stage?.stats ?? null
  }

  dispose(): void {
    clearTimeout(this.#rests)
  }
}
