/**
 * How far the reader has come in each chapter, kept by the browser from visit to visit. A browser that keeps nothing for this page
 * (as in some private windows) forgets it when the page is closed.
 */
const KEY = 'pellucid.progress'

export type Progress = Readonly<Record<string, number>>

function storage(): Storage | null {
  try {
    return localStorage
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

/** By chapter, how many steps have been seen. */
export function readProgress(): Progress {
  const kept: unknown = parsed(storage()?.getItem(KEY) ?? '{}')
  if (typeof kept !== 'object' || kept === null) return {}
  return Object.fromEntries(
    Object.entries(kept).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

export function writeProgress(progress: Progress): void {
  storage()?.setItem(KEY, JSON.stringify(progress))
}

/** Null for what another program has left there. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
