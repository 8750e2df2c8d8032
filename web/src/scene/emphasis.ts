/**
 * What the stage is asked to make stand out: what is selected, read, to be looked at, switched off, pointed at; and how cells, ribbons,
 * outlines and names follow.
 */
import type { Labels } from './labels'
import type { Lineup } from './lineup'
import { looksOf, standingsOf, type Looks, type Standing } from './looks'
import type { CellMark, Marks } from './marks'
import type { Hit } from './pointing'
import type { Lights, ReadRegion, Selected } from './scenery'
import type { Slab } from './slabs'

const NONE: ReadonlySet<string> = new Set()

export class Emphasis {
  selection: Selected | null = null
  hovered: Hit | null = null
  looks: Looks | null = null
  standings: ReadonlyMap<string, Standing> = new Map()
  /** The lights of what is being played; null where nothing is. */
  lights: Lights | null = null
  /** The tensors whose matrices lie side by side: all else recedes behind them. */
  fanned: ReadonlySet<string> = NONE
  private reads: readonly ReadRegion[] = []
  private shown: ReadonlySet<string> | null = null
  private off: readonly ReadRegion[] = []
  private changed: readonly ReadRegion[] = []
  /** The tensor that is spoken of, which is named in any case. */
  private told: string | null = null
  /** Whether what was asked for since is still to be brought to the cells, outlines and names. */
  private isStale = false

  constructor(
    private readonly lineup: Lineup,
    private readonly marks: Marks,
    private readonly labels: Labels,
    private readonly invalidate: () => void,
  ) {}

  /** Outlines one cell; a null index outlines the whole tensor; a null tensor ends the selection. */
  select(tensor: string | null, index: readonly number[] | null): void {
    this.selection = tensor === null ? null : { tensor, index }
    this.update()
  }

  /** Lights exactly the cells that were read (`explanation.reads`) and lets the rest recede; an empty list ends it. */
  highlight(reads: readonly ReadRegion[]): void {
    this.reads = reads
    this.update()
  }

  /** The tensors that the reader is to look at, by name; the rest recedes. Null: all of them. */
  emphasise(tensors: readonly string[] | null): void {
    this.shown = tensors === null || tensors.length === 0 ? null : new Set(tensors)
    this.update()
  }

  /** A number of this tensor is spoken of; null: of none. */
  tell(tensor: string | null): void {
    this.told = tensor
    this.update()
  }

  /** Crosses out cells that are switched off, and outlines those that are changed otherwise: their numbers are to be read. */
  setChanged(off: readonly ReadRegion[], changed: readonly ReadRegion[]): void {
    this.off = off
    this.changed = changed
    this.update()
  }

  /** Another cell is pointed at, or none. */
  hover(hit: Hit | null): void {
    this.hovered = hit
    this.updateMarks()
    this.updateStandings()
    this.invalidate()
  }

  private get lookedAt(): ReadonlySet<string> | null {
    return this.fanned.size > 0 ? this.fanned : this.shown
  }

  /** Another model is coming, of which nothing stands out yet. */
  reset(): void {
    this.selection = null
    this.fanned = NONE
    this.reads = this.off = this.changed = []
    this.shown = this.told = null
  }

  /** The next frame shows what is asked for by then, however often that changes before it. */
  update(): void {
    this.isStale = true
    this.invalidate()
  }

  /** To be called before it is drawn. */
  prepare(): void {
    const main = this.lineup.current
    if (main === null || !this.isStale) return
    this.isStale = false
    const { lights } = this
    const looks = looksOf(main.slabs, main.description, {
      selection: lights?.selection ?? this.selection,
      reads: lights?.reads ?? this.reads,
      shown: this.lookedAt,
      fanned: this.fanned,
      off: this.off,
      changed: this.changed,
      played: lights?.played ?? null,
      pending: lights?.pending ?? NONE,
    })
    this.looks = looks
    main.cells.setLooks(looks.slab)
    main.ribbons.setLights(looks.ribbon)
    this.updateMarks()
    this.updateStandings()
  }

  private updateMarks(): void {
    const { looks, hovered } = this
    this.marks.set([...(looks?.marks ?? []), ...(hovered === null ? [] : [markOf(hovered)])])
  }

  private updateStandings(): void {
    const { main } = this.lineup
    if (main === null) return
    const { selection, reads, lookedAt: shown, hovered } = this
    this.standings = standingsOf(main.description, { selection, reads, shown }, this.lights)
    const byLabel = new Map([...this.standings].map(([name, standing]) => [main.labelName(name), standing]))
    if (this.told !== null && this.standings.get(this.told) !== 'chosen')
      byLabel.set(main.labelName(this.told), 'shown')
    if (hovered !== null) {
      const { tensor } = hovered.model.slabs[hovered.slab] as Slab
      byLabel.set(hovered.model.labelName(tensor.name), 'chosen')
    }
    this.labels.setStandings(byLabel)
  }
}

function markOf({ model, slab, column, row }: Hit): CellMark {
  const rectangle = { left: column, bottom: row, right: column + 1, top: row + 1 }
  return { slab: model.slabs[slab] as Slab, meaning: 'hovered', rectangle }
}
