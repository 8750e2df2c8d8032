/**
 * What a step of the tour speaks of at once, wherever it stands: the stage shows in an inset what is too far from the rest to be read, until
 * the reader puts that away.
 */
import { axisOrder, type CellReference } from '../protocol/cells'
import type { CellRegion, Cue } from '../protocol/lessons'
import type { Togetherness } from '../scene/inset'
import type { Viewpoint } from '../scene/viewpoint.svelte'
import type { Lit } from '../session/inspection.svelte'
import type { Session } from '../session/session.svelte'
import type { Fanning } from './fanning.svelte'
import { firstOf } from './regions'
import type { Telling } from './telling'

/** What of the stage's setting matters here. */
interface Staged {
  readonly reads: Lit
  spokenOf(cue: Cue): CellReference | null
}

export class Apart {
  /** Whether the reader has put the inset of this step away. */
  isClosed = $state(false)
  /** Whether something else is played than what the step shows. */
  isPlayedOver = $state(false)
  /** Resolves when the stage knows of it. */
  settled: Promise<void> = Promise.resolve()
  #told = ''

  constructor(
    private readonly session: Session,
    private readonly viewpoint: Viewpoint,
    private readonly telling: Telling,
    private readonly fanning: Fanning,
    private readonly staging: Staged,
  ) {}

  /** Null: nothing is to be read, or another cell is taken apart. */
  readonly wanted: Togetherness | null = $derived.by(() => {
    const { cue, active, isOver, exercises } = this.telling
    const isRead = active && isOver && cue !== null && cue.view !== 'home' && !cue.models.length
    const isElsewhere = this.isPlayedOver || this.fanning.shown.length > 0 || this.session.inspection.selection
    if (!isRead || this.isClosed || isElsewhere) return null
    const spoken = this.staging.spokenOf(cue)
    if (spoken === null) return null
    const asked = exercises.map(({ answer }) => answer.flatMap((region) => this.#firstOf(region) ?? []))
    const elsewhere = asked.flatMap(([first, ...more]) =>
      first === undefined || [first, ...more].some(({ tensor }) => tensor === spoken.tensor) ? [] : [first],
    )
    const told = cue.at.flatMap((region) => this.#firstOf(region) ?? [])
    const matrices = cue.focus.filter((name) => (this.session.tensors.get(name)?.axes.length ?? 0) > 1)
    const focused = matrices.flatMap((name) => this.#belonging(spoken, name) ?? [])
    const joined = [...told, ...focused].filter(({ tensor }) => this.#areJoined(tensor, spoken.tensor))
    // Where no cell is selected, those that the step is about are there to be compared.
    const compared = cue.select === null ? told : []
    const cells = [...elsewhere, spoken, ...compared, ...joined]
    const isFirst = ({ tensor }: CellReference, place: number) =>
      cells.findIndex((other) => other.tensor === tensor) === place
    const read = this.staging.reads.map(({ tensor, region }) => ({ tensor, index: region.map(([first]) => first) }))
    const free = [...asked.flat().filter(({ tensor }) => tensor === spoken.tensor), ...read]
    return { cells: cells.filter(isFirst), asked: elsewhere.length, free }
  })

  /** Tells the stage, where that is something else than before. */
  apply(): Promise<void> {
    const { stage } = this.viewpoint
    const told = JSON.stringify(this.wanted)
    // Where the reader has the camera, it stays.
    if (stage === null || told === this.#told) return this.settled
    this.#told = told
    this.settled = stage.bringTogether(this.wanted, !this.viewpoint.isTaken)
    return this.settled
  }

  close(): void {
    this.isClosed = true
    void this.apply()
  }

  /** The stage is another one, or shows another model. */
  forget(): void {
    this.#told = ''
  }

  /** Whether one of two tensors is computed from the other. */
  #areJoined(one: string, other: string): boolean {
    const { ops } = this.session.description?.graph ?? { ops: [] }
    return ops.some(({ output, inputs }) => {
      const read = Object.values(inputs)
      return (output === one && read.includes(other)) || (output === other && read.includes(one))
    })
  }

  #firstOf(region: CellRegion): CellReference | null {
    const tensor = this.session.tensors.get(region.tensor)
    return tensor ? firstOf(tensor, region) : null
  }

  /** The cell of a tensor with the same index as another one along every axis that both have. */
  #belonging({ tensor, index }: CellReference, name: string): CellReference | null {
    const [own, other] = [this.session.tensors.get(tensor), this.session.tensors.get(name)]
    if (!own || !other || index === null) return null
    const along = Object.fromEntries(other.axes.map((axis) => [axis, index[own.axes.indexOf(axis)] ?? 0]))
    return { tensor: name, index: axisOrder(other, along) }
  }
}
