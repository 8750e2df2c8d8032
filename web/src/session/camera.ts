/**
 * Where one looks from, and who is to be told when the camera shall go somewhere.
 */
import type { CellReference } from '../protocol/cells'
import type { Read, Vector } from '../protocol/types'

/** Plain numbers that fit an address bar. Angles are in degrees. */
export interface CameraState {
  /** The point that is looked at. */
  target: Vector
  /** From the target to the eye, through the usual lens. */
  distance: number
  /** 0 looks along -z; positive: the eye moves to the right. */
  azimuth: number
  /** 0 is level; positive: the eye moves up. */
  elevation: number
  /** Lines that are parallel stay parallel on the screen, and what is far is as large as what is near. */
  parallel: boolean
}

/** What brings before the reader's eyes what is looked into. */
export interface Eye {
  /** Moves the camera to some tensors, or to a part of the architecture. */
  show(tensorsOrGroup: readonly string[] | string): void
  /** A cell has been chosen, and the camera is to go where it is seen; null: none any more, and the camera stays. */
  aim(cell: CellReference | null): void
  /**
   * What that cell was read from is known: goes there, unless the reader has moved the camera since. `gently`: only when the cell cannot be
   * read from where the camera is.
   */
  face(reads: readonly Pick<Read, 'tensor' | 'region'>[], gently: boolean): void
}
