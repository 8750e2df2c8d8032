/**
 * Doing something for as long as the page is seen: as soon as it comes into sight or is turned to, and now and then after that.
 */

/** Returns what ends it. */
export function whileSeen(act: () => void, milliseconds: number): () => void {
  const ending = new AbortController()
  const { signal } = ending
  const actIfSeen = () => {
    if (document.visibilityState === 'visible') act()
  }
  document.addEventListener('visibilitychange', actIfSeen, { signal })
  window.addEventListener('focus', actIfSeen, { signal })
  const timer = setInterval(actIfSeen, milliseconds)
  signal.addEventListener('abort', () => clearInterval(timer))
  return () => ending.abort()
}
