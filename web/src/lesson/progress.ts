/**
 * How far the reader has come in each chapter, kept from visit to visit.
 */
import { keep, kept } from '../session/kept'

export type Progress = Readonly<Record<string, number>>

/** By chapter, how many steps have been seen. */
export function readProgress(): Progress {
  const found = kept('progress')
  if (typeof found !== 'object' || found === null) return {}
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

export function writeProgress(progress: Progress): void {
  keep('progress', progress)
}
