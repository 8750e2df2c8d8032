/**
 * Where still pictures are, which a browser shows that cannot draw: addresses of docs/protocol.md.
 */
import type { Question } from './source'

/** Of a model that has read a prompt; or of cells of it, as docs/protocol.md spells them. */
export function modelPicture({ model, prompt, change }: Question, language: string, cells: string | null): string {
  const query = new URLSearchParams({ tokens: String(prompt), language })
  if (cells !== null) query.set('cells', cells)
  if (change !== '') query.set('change', change)
  return `api/models/${encodeURIComponent(model)}/picture?${query}`
}

/** Of a step of the tour, counted from 0. */
export function stepPicture({ model, prompt }: Question, language: string, chapter: string, step: number): string {
  const query = new URLSearchParams({ model, tokens: String(prompt), step: String(step + 1) })
  return `api/lessons/${language}/${encodeURIComponent(chapter)}/picture?${query}`
}
