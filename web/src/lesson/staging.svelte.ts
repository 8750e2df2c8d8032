/**
 * What the stage shows for a step of the tour: which tensors stand out, which cell it points at and what that was read from, which models
 * stand beside, and from where all of it is seen.
 */
import { axisOrder, type CellReference } from '../protocol/cells'
import type { Cue } from '../protocol/lessons'
import type { Standpoint } from '../scene/framing'
import type { Viewpoint } from '../scene/viewpoint.svelte'
import type { Lit } from '../session/inspection.svelte'
import type { Session } from '../session/session.svelte'
import { Apart } from './apart.svelte'
import { Companions } from './companions.svelte'
import { Fanning, FROM_THE_FRONT } from './fanning.svelte'
import { firstOf, haveCommon, litRegions } from './regions'
import type { Telling } from './telling'

/** How the camera comes there. */
export type CameraMove = 'fly' | 'jump' | 'stay'

export class Staging {
  /** The cell that the step, or a wrong answer, points at, and what it was read from. */
  marked = $state.raw<CellReference | null>(null)
  reads = $state.raw<Lit>([])
  /** The models that a flight out of the reader's own one goes past; null: there is none under way. */
  flight = $state.raw<readonly string[] | null>(null)
  readonly companions: Companions
  readonly fanning: Fanning
  readonly apart: Apart

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
    private readonly telling: Telling,
  ) {
    this.companions = new Companions(session, viewpoint)
    this.fanning = new Fanning(session, viewpoint, telling)
    this.apart = new Apart(session, viewpoint, telling, this.fanning, this)
  }

  set(cue: Cue, camera: CameraMove): void {
    const { session } = this
    const { stage } = this.viewpoint
    const { inspection } = session
    this.mark(cue.select === null ? null : this.spokenOf(cue))
    // A step that is gone to brings its own cell; a stage that is built anew keeps the reader's.
    if (inspection.selection && camera === 'fly') void session.attempt(() => inspection.look(this.marked, null))
    if (camera === 'fly') this.apart.isClosed = false
    if (stage === null) return
    stage.playing.show(null, 1)
    stage.emphasis.emphasise(cue.show.length > 0 ? cue.show : null)
    stage.emphasis.tell(this.spokenOf(cue)?.tensor ?? null)
    void this.#fan(camera)
    this.flight = cue.flight && camera === 'fly' ? cue.models : null
    if (this.flight !== null) return
    // Models that are still to come bring the camera along when they come.
    const isComplete = !this.companions.lacks(cue.models)
    void this.setBeside(cue.models, camera)
    if (camera !== 'stay' && isComplete) this.lead(camera === 'fly')
  }

  /** Heads that come to lie elsewhere bring the camera along; back behind one another they are at once, so that it knows where they are. */
  async #fan(camera: CameraMove): Promise<void> {
    const { cue } = this.telling
    const wasFanned = (this.viewpoint.stage?.emphasis.fanned.size ?? 0) > 0
    const isFanned = this.fanning.shown.length > 0
    await this.fanning.apply(camera === 'fly' && isFanned)
    if ((cue?.fan || wasFanned) && this.telling.cue === cue && camera !== 'stay') this.lead(camera === 'fly')
  }

  /** Points at a cell, of which it is not known yet what it was read from. */
  mark(reference: CellReference | null): void {
    this.marked = reference
    this.reads = []
  }

  /** Asks what the marked cell was read from. */
  async explain(isWanted: () => boolean): Promise<void> {
    const { marked } = this
    const { run, source } = this.session
    // Where the whole is shown, nothing of it recedes behind one cell.
    if (this.telling.cue?.view === 'home' || marked?.index == null || run === null) return
    const { reads } = await source.explain(run.question, { tensor: marked.tensor, index: marked.index })
    if (isWanted()) this.reads = this.#isGivenAway(reads) ? [] : reads
  }

  /** Whether the answer to what the step asks is among these cells: then none of them is pointed at. */
  #isGivenAway(cells: Lit): boolean {
    const answers = litRegions(
      this.session.tensors,
      this.telling.exercises.flatMap(({ answer }) => answer),
    )
    return cells.some((cell) => answers.some((answer) => haveCommon(cell, answer)))
  }

  /** Moves the camera to what the step is about; when nothing is played any more, so near that what it speaks of can be read. */
  lead(animate = true): void {
    const { cue, active, isOver } = this.telling
    if (cue === null || !active) return
    const { shown } = this.fanning
    // Heads that lie side by side are to be compared, and seen whole.
    const cell = shown.length === 0 && isOver ? this.spokenOf(cue) : null
    const asked = shown.length > 0 ? { ...FROM_THE_FRONT, ...said(standpoint(cue)) } : standpoint(cue)
    // From where several models are compared, one that still stands alone is seen badly.
    const from = this.companions.areMeasured(cue.models) ? asked : {}
    this.viewpoint.lead(cue.view === 'home' ? null : cue.focus, { animate, cell, ...from })
  }

  /** The cell whose number a step speaks of: the one that it selects, or else the first of those that it is about in what is in focus. */
  spokenOf(cue: Cue): CellReference | null {
    const { tensors } = this.session
    const region = cue.at.findLast(({ tensor }) => cue.focus.includes(tensor)) ?? cue.at.at(-1)
    const tensor = tensors.get(cue.select?.tensor ?? region?.tensor ?? '')
    if (tensor === undefined) return null
    if (cue.select) return { tensor: tensor.name, index: axisOrder(tensor, cue.select.index) }
    return region === undefined ? null : firstOf(tensor, region)
  }

  /** Puts models beside the reader's own, and shows them all. */
  setBeside(models: readonly string[], camera: CameraMove = 'fly'): Promise<void> {
    return this.companions.put(models, () => {
      if (camera !== 'stay' && this.telling.active) this.lead()
      else if (camera !== 'stay') this.viewpoint.lead(null, { animate: camera === 'fly' })
    })
  }

  /** Another model is being put on the stage. */
  unstage(): void {
    this.flight = null
    this.companions.clear(!this.telling.active)
    if (this.viewpoint.wanted === null && !this.viewpoint.isFacing) this.lead(false)
  }

  /** The stage is the reader's again. */
  leave(): void {
    const { stage } = this.viewpoint
    const { run } = this.session
    this.flight = null
    this.mark(null)
    stage?.playing.show(null, 1)
    stage?.emphasis.emphasise(null)
    stage?.emphasis.tell(null)
    void this.fanning.apply()
    void this.setBeside([], 'stay')
    if (run !== null && (run.changed.told !== '' || run.changed.instead !== null)) {
      void this.session.attempt(async () => void (await run.show(run.prompt, run.step)))
    }
  }
}

/** From where the camera looks at what the step is about, and at what happens in it. */
export function standpoint({ camera }: Cue): Standpoint {
  return { azimuth: camera.turn, elevation: camera.tilt }
}

/** Only what the step itself says. */
function said({ azimuth, elevation }: Standpoint): Standpoint {
  return { ...(azimuth == null ? {} : { azimuth }), ...(elevation == null ? {} : { elevation }) }
}
