/**
 * Short performances that nobody steers: something is drawn at each frame until its time is over, or until it is no longer wanted.
 */

/** Draws moment after moment, from 0 to 1, for so many seconds. False when it was ended before. */
export function perform(seconds: number, draw: (share: number) => void, isWanted: () => boolean): Promise<boolean> {
  const start = performance.now()
  return new Promise((resolve) => {
    const frame = (now: number) => {
      const share = Math.max(0, now - start) / 1000 / seconds
      if (!isWanted() || share >= 1) {
        resolve(isWanted())
        return
      }
      draw(share)
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
}
