/**
 * Names of what occurs in every block: those of parts with one title stand in the same place of each, and a tensor is not named alone where
 * its like in the other blocks have no room for their names.
 */
import type { Entry } from './label-elements'
import { placesAround, type Placing, type Surroundings } from './label-fitting'

/** Where more parts of one title are in view, each name stands where it can. */
const MOST_ALIKE = 12

/** Where the names of parts are to stand, by title: in the place in which the most of them can, and among such places the best. */
export function commonSpots(placings: readonly Placing[], surroundings: Surroundings): Map<string, number> {
  const parts = placings.filter(({ entry }) => entry.subject.kind === 'part')
  const spots = new Map<string, number>()
  for (const [title, alike] of grouped(parts, ({ entry }) => entry.subject.title)) {
    if (alike.length < 2 || alike.length > MOST_ALIKE) continue
    const spot = bestSpot(alike, surroundings)
    if (spot !== null) spots.set(title, spot)
  }
  return spots
}

function bestSpot(alike: readonly Placing[], surroundings: Surroundings): number | null {
  const possible = alike.flatMap((placing) => placesAround(placing, surroundings))
  const bySpot = [...grouped(possible, ({ spot }) => spot ?? 0)].map(([spot, places]) => ({
    spot,
    count: places.length,
    cost: places.reduce((sum, { cost }) => sum + cost, 0),
  }))
  const [best] = bySpot.sort((one, other) => other.count - one.count || one.cost - other.cost)
  return best?.spot ?? null
}

/** The tensors that have a name though most of their like have found no room for theirs: it would look as if they were the only ones. */
export function lonely(entries: readonly Entry[], named: ReadonlySet<Entry>): Entry[] {
  const tensors = entries.filter(({ subject }) => subject.kind === 'tensor')
  return [...grouped(tensors, ({ subject }) => subject.title).values()].flatMap((alike) => {
    const some = alike.filter((entry) => named.has(entry))
    return 2 * some.length < alike.length ? some : []
  })
}

function grouped<Thing, Key>(things: readonly Thing[], keyOf: (thing: Thing) => Key): Map<Key, Thing[]> {
  const groups = new Map<Key, Thing[]>()
  for (const thing of things) {
    const key = keyOf(thing)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [thing])
    else group.push(thing)
  }
  return groups
}
