/**
 * Which slabs get rulers: one per tensor, of those that one is likely to read.
 */
import type { Emphasis } from './emphasis'
import type { Lineup } from './lineup'
import type { ModelView } from './model-view'
import type { Hit } from './pointing'
import type { View } from './projection'
import { SMALLEST_CELL, type RulerSubject } from './rulers'
import type { Slab } from './slabs'
import { slabsInView, slabsOf } from './visible'

/** The one pointed at, the selected, what is read or to be looked at, and what fills the view. */
export function rulerSubjects(lineup: Lineup, emphasis: Emphasis, view: View): RulerSubject[] {
  const subjects = new Map<unknown, RulerSubject>()
  const add = (model: ModelView, slab: Slab | undefined, cell: RulerSubject['cell'], isMeant = true) => {
    if (slab === undefined) return
    // Matrices that lie side by side have theirs each.
    const owner = model.fanned.has(slab.tensor.name) ? slab : slab.tensor
    if (!subjects.has(owner)) subjects.set(owner, { model, slab, cell, isMeant })
  }
  const { hovered, looks, standings } = emphasis
  const { main } = lineup
  if (hovered !== null) add(hovered.model, hovered.model.slabs[hovered.slab], hovered)
  if (main !== null) {
    if (looks?.chosen) {
      const { left, bottom } = looks.chosen.cell
      add(main, main.slabs[looks.chosen.slab], { column: left, row: bottom })
    }
    for (const standing of ['chosen', 'shown']) {
      const names = new Set([...standings.keys()].filter((name) => standings.get(name) === standing))
      if (names.size > 0) for (const slab of slabsOf(main, names, view)) add(main, slab, null)
    }
  }
  for (const { model, slab: index } of mostSeen(slabsInView(lineup.models, view, SMALLEST_CELL.down))) {
    const slab = model.slabs[index] as Slab
    if (model !== main || standings.get(slab.tensor.name) !== 'receding') add(model, slab, null, false)
  }
  return [...subjects.values()]
}

/** Each slab once: those first that are seen at the most places, not what is glimpsed behind them. */
function mostSeen(hits: readonly Hit[]): Hit[] {
  const places = new Map<Slab, { hit: Hit; count: number }>()
  for (const hit of hits) {
    const slab = hit.model.slabs[hit.slab] as Slab
    places.set(slab, { hit, count: (places.get(slab)?.count ?? 0) + 1 })
  }
  return [...places.values()].sort((one, other) => other.count - one.count).map(({ hit }) => hit)
}
