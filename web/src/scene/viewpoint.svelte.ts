/**
 * From where the stage of a page is seen, and who leads the camera: the tour or what is played, until the reader takes it.
 */
import type { CellReference } from '../protocol/cells'
import type { CameraState, Eye } from '../session/camera'
import type { CellHit, StageStats } from './events'
import type { FaceOptions, FrameOptions } from './framing'
import type { Pane } from './panes'
import type { ReadRegion } from './scenery'
import type { Stage } from './stage'

const CAMERA_REST = 300

export class Viewpoint implements Eye {
  stage = $state.raw<Stage | null>(null)
  /** The cell of the stage under the pointer. */
  hovered = $state.raw<CellHit | null>(null)
  /** What an inset shows over the stage; null: there is none. */
  inset = $state.raw<Pane | null>(null)
  /** Resolves when what it shows has its frame and its title. */
  framed: Promise<void> = Promise.resolve()
  /** Where the reader has brought the camera, or is to find it; null: the whole model is seen, from wherever that is. */
  wanted: CameraState | null = null
  /** Whether the reader has moved the camera since the whole model was last shown. */
  isTaken = $state(false)
  /** The cell, or the whole tensor, that is faced, from where it is seen best; null: the camera is where something else has brought it. */
  #faced: CellReference | null = null
  #reads: readonly ReadRegion[] = []
  #rests: ReturnType<typeof setTimeout> | undefined

  /** `rested` hears when the camera has come to rest where the reader has brought it. */
  constructor(private readonly rested: () => void) {}

  /** Whether the camera is to be where the selected cell is seen best. */
  get isFacing(): boolean {
    return this.#faced !== null
  }

  /** What an address says; null: it says nothing. */
  place(camera: CameraState | null): void {
    this.#faced = null
    this.wanted = camera
    this.isTaken = camera !== null
  }

  /** The camera of the stage has moved. */
  moved(camera: CameraState): void {
    if (!this.isTaken || this.#faced !== null) return
    this.wanted = camera
    clearTimeout(this.#rests)
    this.#rests = setTimeout(this.rested, CAMERA_REST)
  }

  /** The reader moves the camera by hand. */
  take(): void {
    this.#faced = null
    this.isTaken = true
  }

  show(tensorsOrGroup: readonly string[] | string, options: FrameOptions = {}): void {
    this.take()
    this.stage?.framing.frame(tensorsOrGroup, options)
  }

  aim(cell: CellReference | null): void {
    // An address that says which cell is chosen says with that where the camera is.
    if (cell === null && this.#faced !== null) this.wanted = this.stage?.framing.camera ?? null
    else if (cell !== null) this.place(null)
    this.#faced = cell
    this.#reads = []
  }

  face(reads: readonly ReadRegion[], gently: boolean): void {
    const faced = this.#faced
    if (faced === null) return
    this.#reads = reads
    // The inspector takes its room on the page first.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (this.#faced === faced) this.stand({ gently })
      }),
    )
  }

  /** Faces the cell that is to be faced, if there is one and the stage shows its model. */
  stand(options: FaceOptions): void {
    if (this.#faced === null || this.stage === null) return
    this.isTaken = true
    if (this.#faced.index === null) this.stage.framing.frame([this.#faced.tensor], options)
    else this.stage.framing.face(this.#faced, this.#reads, options)
  }

  /** Goes to what a cell was read from of that tensor, or to the cell itself. */
  visit(tensor: string, cell: CellReference, reads: readonly ReadRegion[]): void {
    this.take()
    this.stage?.framing.visit(tensor, cell, reads)
  }

  /** The camera goes where it is led to, until the reader takes it again. */
  release(): void {
    this.place(null)
    clearTimeout(this.#rests)
  }

  /** Moves the camera as long as the reader does not take it: to some tensors, or to the whole (null). */
  lead(tensors: readonly string[] | null, options: FrameOptions = {}): void {
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
