/**
 * Tensors, their cells and the parts of the architecture, to be found by their names here and elsewhere and by their titles in
 * every language.
 */
import { coordinates, indexText, isWithin, parseReference } from '../../protocol/cells'
import { formatNumber } from '../../words/numbers'
import type { Page } from '../../page.svelte'
import type { Description, Tensor } from '../../protocol/types'
import type { I18n } from '../../words/index.svelte'
import { fold, rank, type Finding, type Provider } from './finding'

export function tensors(page: Page, description: Description): Provider {
  const { i18n } = page
  const titles = titlesOf(description)
  const { ops } = description.graph
  const all = description.graph.tensors.map((tensor): Finding => ({
    id: `tensor:${tensor.name}`,
    title: i18n.title(tensor.title),
    place: placeOf(tensor.group, titles, i18n),
    detail: tensor.name,
    spellings: [
      tensor.name,
      ...i18n.everyTitle(tensor.title),
      // What it is made by: the probabilities are a softmax.
      ...i18n.everyTitle(ops[tensor.op ?? -1]?.title ?? ''),
      ...around(tensor.group, titles).flatMap((title) => i18n.everyTitle(title)),
      ...tensor.aliases,
    ],
    completion: tensor.name,
    mark: tensor.kind,
    run: () => page.inspection.goto(tensor.name),
  }))
  return { heading: i18n.t.search.tensors, all, before: 0, exactly: (query) => cell(page, description, all, query) }
}

export function parts(page: Page, description: Description): Provider {
  const { i18n } = page
  const titles = titlesOf(description)
  const all = description.graph.groups.map(({ name, title }): Finding => ({
    id: `part:${name}`,
    title: i18n.title(title),
    place: placeOf(enclosing(name), titles, i18n),
    // A name that says no more than the title is not said again.
    detail: name === i18n.title(title) ? '' : name,
    spellings: [name, ...around(name, titles).flatMap((each) => i18n.everyTitle(each))],
    completion: name,
    mark: 'part',
    run: () => page.inspection.showGroup(name, title),
  }))
  return { heading: i18n.t.search.parts, all, before: 4 }
}

function titlesOf({ graph }: Description): ReadonlyMap<string, string> {
  return new Map(graph.groups.map(({ name, title }) => [name, title]))
}

/** The titles of a part and of the parts around it, the outermost first. */
function around(path: string, titles: ReadonlyMap<string, string>): string[] {
  if (path === '') return []
  const title = titles.get(path)
  return [...around(enclosing(path), titles), ...(title === undefined ? [] : [title])]
}

function placeOf(path: string, titles: ReadonlyMap<string, string>, i18n: I18n): string {
  return around(path, titles).map(i18n.title).join(i18n.t.search.within)
}

function enclosing(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')))
}

/** One cell: `blocks.0.attn.q[2,3,7]`, and as well `q 2 3 7` or `q h=2 t=3 d=7`. */
function cell(page: Page, description: Description, findings: readonly Finding[], query: string): Finding[] {
  const asked = parseCell(query)
  if (asked === null) return []
  const named = page.tensors.get(asked.name)
  const likely = named
    ? [named]
    : rank(findings, fold(asked.name).split(/\s+/)).map(({ finding }) => page.tensors.get(finding.detail))
  for (const tensor of likely) {
    const index = tensor && parseReference(`${tensor.name}[${asked.places}]`, () => tensor)?.index
    if (tensor && index && isWithin(page.shapeOf(tensor), index)) return [cellFinding(page, description, tensor, index)]
  }
  return []
}

function cellFinding(page: Page, description: Description, tensor: Tensor, index: readonly number[]): Finding {
  const { i18n } = page
  const value = page.inspection.valueOf({ tensor: tensor.name, index })
  const place = indexText(coordinates(description, page.run?.trace ?? null, tensor, index))
  return {
    id: `cell:${tensor.name}`,
    title: `${i18n.title(tensor.title)} [${place}]`,
    place: placeOf(tensor.group, titlesOf(description), i18n),
    detail: value === null ? tensor.name : `${tensor.name} = ${formatNumber(value)}`,
    spellings: [],
    completion: null,
    mark: tensor.kind,
    run: () => page.inspection.look({ tensor: tensor.name, index }),
  }
}

/** The name and the numbers of a query that asks for a cell: numbers in brackets, behind a colon, with letters, or several. */
function parseCell(query: string): { name: string; places: string } | null {
  const [, name, separator, rest] =
    /^(\S.*?)\s*([[:\s])\s*((?:(?:[a-z]\s*=\s*)?\d+[\s,]*)+)\]?$/iu.exec(query.trim()) ?? []
  if (!name || !rest) return null
  const places = rest.toLowerCase().match(/(?:[a-z]\s*=\s*)?\d+/gu) ?? []
  const isPlainText = separator?.trim() === '' && !places.some((place) => place.includes('='))
  return isPlainText && places.length < 2 ? null : { name, places: places.join(',') }
}
