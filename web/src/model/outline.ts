/**
 * The architecture as a tree: parts within parts by their dotted paths, and in each its tensors, in the order of computing.
 */
import type { Description, Tensor } from './types'

export interface Part {
  kind: 'part'
  name: string
  title: string
  entries: Entry[]
}

export type Entry = Part | { kind: 'tensor'; name: string; tensor: Tensor }

/** The top level of the tree. */
export function outline({ graph, scene }: Description): Entry[] {
  const top: Part = { kind: 'part', name: '', title: '', entries: [] }
  const titles = new Map(scene.groups.map(({ name, title }) => [name, title]))
  const parts = new Map([['', top]])
  for (const tensor of graph.tensors) {
    partAt(tensor.group, parts, titles).entries.push({ kind: 'tensor', name: tensor.name, tensor })
  }
  return top.entries
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
