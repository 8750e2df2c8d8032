/**
 * The architecture as a tree: parts within parts by their dotted paths, and in each its tensors, in the order of computing.
 */
import type { Description, Tensor } from '../protocol/types'

export interface Part {
  kind: 'part'
  name: string
  title: string
  entries: Entry[]
}

/** Several parts in a row that differ by their number alone, shown as one until it is opened. */
export interface Fold {
  kind: 'fold'
  name: string
  first: Part
  last: Part
  entries: Entry[]
}

export type Entry = Part | Fold | { kind: 'tensor'; name: string; tensor: Tensor }

/** More than so many alike are folded; these stay in sight before and after. */
const MOST_ALIKE = 8
const BEFORE_FOLD = 2
const AFTER_FOLD = 1

/** The top level of the tree. */
export function outline({ graph }: Description): Entry[] {
  const top: Part = { kind: 'part', name: '', title: '', entries: [] }
  const titles = new Map(graph.groups.map(({ name, title }) => [name, title]))
  const parts = new Map([['', top]])
  for (const tensor of graph.tensors) {
    partAt(tensor.group, parts, titles).entries.push({ kind: 'tensor', name: tensor.name, tensor })
  }
  return folded(top.entries)
}

function folded(entries: readonly Entry[]): Entry[] {
  const result: Entry[] = []
  for (let start = 0; start < entries.length;) {
    const kind = likeness(entries[start] as Entry)
    let end = start + 1
    while (kind !== null && end < entries.length && likeness(entries[end] as Entry) === kind) end++
    const alike = entries.slice(start, end)
    result.push(...(alike.length > MOST_ALIKE ? foldOf(alike as Part[]) : alike))
    start = end
  }
  return result
}

/** What parts that differ by their number alone have in common. */
function likeness(entry: Entry): string | null {
  return entry.kind === 'part' && /\d/.test(entry.title) ? entry.title.replace(/\d+/, '#') : null
}

function foldOf(parts: readonly Part[]): Entry[] {
  const middle = parts.slice(BEFORE_FOLD, -AFTER_FOLD)
  const [first, last] = [middle[0] as Part, middle.at(-1) as Part]
  const fold: Fold = { kind: 'fold', name: `${first.name}…${last.name}`, first, last, entries: middle }
  return [...parts.slice(0, BEFORE_FOLD), fold, ...parts.slice(-AFTER_FOLD)]
}

/** The part of that path, made on first use, together with the parts around it. */
function partAt(path: string, parts: Map<string, Part>, titles: ReadonlyMap<string, string>): Part {
  const known = parts.get(path)
  if (known) return known
  const outer = partAt(enclosing(path, titles), parts, titles)
  const part: Part = { kind: 'part', name: path, title: titles.get(path) ?? path, entries: [] }
  outer.entries.push(part)
  parts.set(path, part)
  return part
}

/** The nearest path around this one that is a part with a title. */
function enclosing(path: string, titles: ReadonlyMap<string, string>): string {
  let outer = path
  do outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))
  while (outer !== '' && !titles.has(outer))
  return outer
}

/** Every tensor of a part, those of its inner parts too. */
export function tensorsIn(entry: Entry): Tensor[] {
  return entry.kind === 'tensor' ? [entry.tensor] : entry.entries.flatMap(tensorsIn)
}

export function holds(entry: Entry, tensor: Tensor | undefined): boolean {
  if (tensor === undefined) return false
  if (entry.kind === 'tensor') return entry.name === tensor.name
  if (entry.kind === 'fold') return entry.entries.some((one) => holds(one, tensor))
  return tensor.group === entry.name || tensor.group.startsWith(`${entry.name}.`)
}
