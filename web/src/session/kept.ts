/**
 * What the browser keeps for this page from visit to visit. A browser that keeps nothing (as in some private windows) forgets it when
 * the page is closed.
 */
function storage(): Storage | null {
  try {
    return localStorage
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

/** Null where nothing is kept, or something that another program has left there. */
export function kept(name: string): unknown {
  try {
    return JSON.parse(storage()?.getItem(`pellucid.${name}`) ?? 'null')
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

export function keep(name: string, value: unknown): void {
  storage()?.setItem(`pellucid.${name}`, JSON.stringify(value))
}
