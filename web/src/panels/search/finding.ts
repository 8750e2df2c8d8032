/**
 * Searching: what can be found, who offers it, and what fits a query best. Providers offer, this file ranks; a provider more is
 * one more in the list of providers.ts.
 */
import type { TensorKind } from '../../protocol/types'

export interface Finding {
  /** Unlike any other's. */
  id: string
  title: string
  /** Where it is, for things whose titles are not theirs alone. */
  place: string
  /** What stands beside the title: a name, a number. */
  detail: string
  /** Everything that it can be found by. */
  spellings: readonly string[]
  /** What the query becomes when it is completed; null: it cannot be. */
  completion: string | null
  mark: TensorKind | 'part' | 'chapter' | 'model' | 'action'
  run: () => unknown
}

export interface Provider {
  heading: string
  /** Everything that it offers, in the order that it has without a query. */
  all: readonly Finding[]
  /** How many are shown before anything is typed. */
  before: number
  /** What it offers for this very query, before anything ranked. */
  exactly?: (query: string) => readonly Finding[]
}

export interface Group {
  heading: string
  findings: readonly Finding[]
}

const MOST_PER_GROUP = 12
/** Where there are several groups, each leaves the others room. */
const MOST_AMONG = 6

/** What fits the query, the group with the best first; everything that is shown before anything is typed where it is empty. */
export function search(providers: readonly Provider[], query: string): Group[] {
  const parts = fold(query)
    .split(/\s+/)
    .filter((part) => part !== '')
  if (parts.length === 0) {
    return present(providers.map(({ heading, all, before }) => ({ heading, findings: all.slice(0, before) })))
  }
  const ranked = providers.map(({ heading, all, exactly }) => {
    const exact = exactly?.(query) ?? []
    const scored = rank(all, parts)
    const best = exact.length > 0 ? Infinity : (scored[0]?.score ?? 0)
    return { best, heading, exact, scored }
  })
  // What has the letters only strewn about is a guess, for where nothing has them as they were typed.
  const isKnown = ranked.some(({ best }) => best >= AS_TYPED)
  const groups = ranked
    .sort((a, b) => b.best - a.best)
    .map(({ heading, exact, scored }) => {
      const fitting = scored.filter(({ score }) => !isKnown || score >= AS_TYPED)
      return { heading, findings: [...exact, ...fitting.map(({ finding }) => finding)] }
    })
  const most = present(groups).length > 1 ? MOST_AMONG : MOST_PER_GROUP
  return present(groups.map(({ heading, findings }) => ({ heading, findings: findings.slice(0, most) })))
}

function present(groups: readonly Group[]): Group[] {
  return groups.filter(({ findings }) => findings.length > 0)
}

export function rank(all: readonly Finding[], parts: readonly string[]): { finding: Finding; score: number }[] {
  return all
    .map((finding) => ({ finding, score: scoreOf(folded(finding), parts) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
}

/** Letters as a search compares them: small, and wide ones as narrow. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** By spelling: many things share theirs, and every letter typed asks for all of them again. */
const folds = new Map<string, string>()

function folded(finding: Finding): string[] {
  return finding.spellings.map((spelling) => {
    let form = folds.get(spelling)
    if (form === undefined) {
      form = fold(spelling)
      folds.set(spelling, form)
    }
    return form
  })
}

/** Zero where a part of the query is not there at all. */
function scoreOf(spellings: readonly string[], parts: readonly string[]): number {
  let total = 0
  for (const part of parts) {
    const best = Math.max(...spellings.map((spelling) => likeness(spelling, part)))
    if (best === 0) return 0
    total += best
  }
  return total
}

/** At least so much is a spelling worth that holds the letters as they were typed. */
const AS_TYPED = 20

/** From the whole of it, over its beginning and the beginning of a word, to its letters strewn about in order. */
function likeness(spelling: string, part: string): number {
  const place = spelling.indexOf(part)
  const brevity = 10 / (10 + spelling.length)
  if (place >= 0) {
    if (spelling.length === part.length) return 100
    if (place === 0) return 60 + 20 * brevity
    // Japanese has no spaces between its words.
    if (/[^\p{L}\p{N}]|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(spelling.charAt(place - 1)))
      return 40 + 20 * brevity
    return 20 + 10 * brevity
  }
  return part.length >= 3 && strewn(spelling, part) ? 1 + brevity : 0
}

function strewn(spelling: string, part: string): boolean {
  let place = -1
  for (const letter of part) {
    place = spelling.indexOf(letter, place + 1)
    if (place < 0) return false
  }
  return true
}
