/**
 * Where one looks from: moves of the camera that frame something, and taking them back.
 */
import type { Bounds, Vector } from '../protocol/types'
import type { CameraState } from '../session/camera'
import type { CameraRig } from './camera'
import { CameraHistory } from './camera-history'
import {
  facingOf,
  isFaced,
  isReadable,
  poseFacing,
  poseResting,
  poseVisiting,
  sightings,
  type Facing,
  type Lens,
  type Sighting,
} from './facing'
import type { Lineup } from './lineup'
import type { Glance } from './panes'
import { pickAlong, pickAt } from './pointing'
import { dot, project, rayThrough, subtract, union } from './projection'
import type { ReadRegion, Selected } from './scenery'
import type { Slab } from './slabs'
import { isLegible } from './visible'

/** How far to the right of the front and how far above it the eye is to be, in degrees; null: as is usual for what is seen. */
export interface Standpoint {
  azimuth?: number | null
  elevation?: number | null
}

export interface MoveOptions extends Standpoint {
  /** False: jump. Default true (reduced motion always jumps). */
  animate?: boolean
}

/** How tensors, or the whole, are framed. */
export interface FrameOptions extends MoveOptions {
  /** The cell that is to be read: where all would be too small for it, only what is around it is framed. */
  cell?: Selected | null
}

export interface FaceOptions extends Pick<MoveOptions, 'animate'> {
  gently?: boolean
}

/** From where a model is first seen: a little from the right and from above, so that heads behind one another show. */
const HOME_VIEW = [20, 9] as const
/** From where columns side by side are, whose wide front would slant. */
const PAGE_VIEW = [10, 5] as const
/** Room for what stands at the gates, above and below, in CSS pixels. */
const HOME_AIR = 58
/** Room above what is read for its name and for what its columns are called, as a share of the stage's height, and in CSS pixels; below it as much. */
const READING_AIR = { share: 0.075, least: 36, most: 56 }
/** From where something framed is seen: nearly from the front, as one reads. */
const READING_AZIMUTH = 14
const READING_ELEVATION = 7

export class Framing {
  readonly history = new CameraHistory()

  constructor(
    private readonly rig: CameraRig,
    private readonly lineup: Lineup,
    private readonly invalidate: () => void,
  ) {}

  /** Moves the camera so that these tensors, or the tensors of this group (`blocks.0.attn`), fill the view. */
  frame(tensorsOrGroup: readonly string[] | string, options: FrameOptions = {}): void {
    const { scene, graph } = this.lineup.description ?? { scene: { boxes: [] }, graph: { tensors: [] } }
    const all = this.lineup.current?.boxes ?? scene.boxes
    const groups = new Map(graph.tensors.map(({ name, group }) => [name, group]))
    const isMeant = (tensor: string) =>
      typeof tensorsOrGroup === 'string'
        ? isWithin(groups.get(tensor) ?? '', tensorsOrGroup)
        : tensorsOrGroup.includes(tensor)
    const boxes = all.filter(({ tensor }) => isMeant(tensor))
    if (boxes.length === 0) return
    const names = boxes.map(({ tensor }) => tensor)
    this.moveTo(this.restingPose(names, union(boxes), options), options)
  }

  /**
   * Does what `frame` does, but only when there is need: when one of the tensors is out of view or so small that its cells cannot be told apart.
   */
  reveal(tensors: readonly string[], options: MoveOptions = {}): void {
    const view = this.rig.view()
    const slabs = this.lineup.main?.slabs.filter(({ tensor }) => tensors.includes(tensor.name)) ?? []
    if (!slabs.every((slab) => isLegible(slab, view))) this.frame(tensors, options)
  }

  /**
   * Moves the camera so that a cell is seen together with the cells that it was read from, where it does not see them so already. `gently`: only
   * when the cell itself cannot be read.
   */
  face(cell: Selected, reads: readonly ReadRegion[], { animate = true, gently = false }: FaceOptions = {}): void {
    const facing = this.facing(cell, reads)
    if (facing === null) return
    const view = this.rig.goalView()
    const pose = poseFacing(facing, this.lens)
    const isSeen = gently ? isReadable(facing, view) : isFaced(facing, view, this.lens.viewAt(pose))
    if (!isSeen) this.moveTo(pose, { animate })
  }

  /** Moves the camera to the cells of a tensor that a cell was read from, or to that cell. */
  visit(tensor: string, cell: Selected, reads: readonly ReadRegion[]): void {
    const facing = this.facing(cell, reads)
    if (facing !== null) this.moveTo(poseVisiting(facing, tensor, this.lens), {})
  }

  /** Where on the screen, or beyond its edge, a cell and the cells are that it was read from. */
  sight(cell: Selected, reads: readonly ReadRegion[]): Sighting[] {
    const facing = this.facing(cell, reads)
    return facing === null ? [] : sightings(facing, this.rig.view())
  }

  private facing(cell: Selected, reads: readonly ReadRegion[]): Facing | null {
    const { current } = this.lineup
    return current === null ? null : facingOf(current.slabs, cell, reads)
  }

  private readonly lens: Lens = {
    poseFor: (bounds) => this.readingPose(bounds),
    viewAt: (pose) => this.rig.viewAt(pose),
  }

  /** The tensor nearest to the middle of the view of those whose matrices stand behind one another; null: there are none. */
  nearestStack(isMeant: (tensor: string) => boolean): string | null {
    const { main } = this.lineup
    const view = this.rig.view()
    const away = ({ min, size }: Bounds) => {
      const { x, y, depth } = project(view, [min[0] + size[0] / 2, min[1] + size[1] / 2, min[2] + size[2]])
      return depth > 0 ? Math.hypot(x - view.width / 2, y - view.height / 2) : Infinity
    }
    const found = (main?.boxes ?? [])
      .filter(({ tensor }) => main?.stacks.has(tensor) && isMeant(tensor))
      .map((box) => ({ tensor: box.tensor, away: away(box) }))
      .sort((one, other) => one.away - other.away)
    return found[0]?.tensor ?? null
  }

  /** All that is on the stage. */
  home(options: FrameOptions = {}): void {
    const { azimuth, elevation, cell } = options
    if (cell != null && this.lineup.description !== null) {
      this.moveTo(this.restingPose([], this.lineup.bounds, options), options)
      return
    }
    if (this.lineup.description !== null) this.moveTo(this.homePose(this.lineup.bounds, azimuth, elevation), options)
  }

  /** From where a whole is seen; what is laid out like a page is looked at from nearer to its front. */
  homePose(bounds: Bounds, azimuth: number | null = null, elevation: number | null = null): CameraState {
    const [usualAzimuth, usualElevation] = this.lineup.isFolded ? PAGE_VIEW : HOME_VIEW
    return this.rig.poseFor(bounds, azimuth ?? usualAzimuth, elevation ?? usualElevation, HOME_AIR)
  }

  /** The tensor under a pixel. */
  frameUnder({ rig, x, y }: Glance): void {
    const hit = pickAt(this.lineup.models, rig.view(), x, y)
    const name = hit === null ? null : (hit.model.slabs[hit.slab] as Slab).tensor.name
    const box = hit?.model.boxes.find(({ tensor }) => tensor === name)
    if (box !== undefined) this.moveTo(this.readingPose(box), {})
  }

  /** Goes along with what happens there. */
  follow(bounds: Bounds, from: Standpoint): void {
    this.rig.lead(this.readingPose(bounds, from))
    this.invalidate()
  }

  /** Takes the last camera move back, or makes one again that was taken back. */
  undo(): void {
    const before = this.history.undo()
    if (before !== null) this.moveTo(before, {})
  }

  redo(): void {
    const next = this.history.redo()
    if (next !== null) this.moveTo(next, {})
  }

  get camera(): CameraState {
    return this.rig.current
  }

  /** Jumps there. Values out of bounds are brought back into them. */
  set camera(state: CameraState) {
    this.moveTo(state, { animate: false })
  }

  /** Flies there. */
  go(state: CameraState): void {
    this.moveTo(state, {})
  }

  /** Whether what is far is drawn as large as what is near. */
  setParallel(parallel: boolean): void {
    this.rig.setParallel(parallel)
    this.invalidate()
  }

  /** The surface under a pixel, or the place at the target's depth. */
  anchor({ rig, x, y }: Glance): Vector {
    const view = rig.view()
    const ray = rayThrough(view, x, y)
    const hit = pickAlong(this.lineup.models, view.eye, ray)
    const depth = hit === null ? dot(subtract(rig.current.target, view.eye), view.forward) : hit.distance
    return view.eye.map((value, axis) => value + depth * (ray[axis] as number)) as Vector
  }

  private restingPose(tensors: readonly string[], all: Bounds, options: FrameOptions): CameraState {
    const { cell } = options
    const { current } = this.lineup
    const lens: Lens = { ...this.lens, poseFor: (bounds) => this.readingPose(bounds, options) }
    if (cell == null || current === null) return lens.poseFor(all)
    const shapeOf = (tensor: string) =>
      current.numbersOf(tensor)?.shape ?? current.tensors.get(tensor)?.shape.map((size) => size ?? 1) ?? []
    return poseResting(current.slabs, cell, tensors, all, shapeOf, lens)
  }

  /** From where something is read. */
  readingPose(bounds: Bounds, { azimuth, elevation }: Standpoint = {}): CameraState {
    const { share, least, most } = READING_AIR
    const air = Math.max(least, Math.min(most, share * this.rig.view().height))
    return this.rig.poseFor(bounds, azimuth ?? READING_AZIMUTH, elevation ?? READING_ELEVATION, air)
  }

  private moveTo(state: CameraState, { animate = true }: MoveOptions): void {
    if (animate) this.rig.fly(state)
    else this.rig.jump(state)
    this.invalidate()
  }
}

/** Whether a part of the architecture is another one or a part of it. */
function isWithin(group: string, whole: string): boolean {
  return group === whole || group.startsWith(`${whole}.`)
}
