/**
 * What the run at hand is compared with, and how an address spells it: `against=unchanged`, `against=text:BACCAB`, `against=tokens:2,1,0`,
 * `against=model:new:sort`.
 */
import type { TensorView } from '../protocol/tensors'

export type Against =
  /** The same letters, without what the reader changes. */
  | { readonly kind: 'unchanged' }
  /** Other letters, as they are typed, or by the numbers of their tokens. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tokens'; readonly tokens: readonly number[] }
  /** The same letters, read by another model of the same shape. */
  | { readonly kind: 'model'; readonly model: string }
  /** The same letters, read with the weights of a moment of a training, which is on this page alone. */
  | { readonly kind: 'moment'; readonly moment: Moment }

/** The weights of a model at some step of its training. */
export interface Moment {
  readonly step: number
  readonly weights: () => ReadonlyMap<string, TensorView>
}

/** Which of the two runs is seen, or what is different. */
export const SEEN = ['difference', 'own', 'other'] as const
export type Seen = (typeof SEEN)[number]

/** Null for what says nothing. */
export function parseAgainst(text: string | null): Against | null {
  const [, kind, said] = /^(\w+)(?::(.*))?$/s.exec(text ?? '') ?? []
  if (kind === 'unchanged' && said === undefined) return { kind }
  if (said === undefined || said === '') return null
  if (kind === 'text') return { kind, text: said }
  if (kind === 'model') return { kind, model: said }
  const isNumbers = kind === 'tokens' && /^\d{1,9}(?:,\d{1,9})*$/.test(said)
  return isNumbers ? { kind: 'tokens', tokens: said.split(',').map(Number) } : null
}

/** Null for a moment of a training, which nobody else has. */
export function formatAgainst(against: Against | null): string | null {
  switch (against?.kind) {
    case 'unchanged':
      return against.kind
    case 'text':
      return `text:${against.text}`
    case 'tokens':
      return `tokens:${against.tokens.join()}`
    case 'model':
      return `model:${against.model}`
    default:
      return null
  }
}

export function parseSeen(text: string | null): Seen | null {
  return SEEN.find((seen) => seen === text) ?? null
}
