/**
 * Whether a training has gone astray: with steps that are too long the loss grows, and often stays finite. Python's train/growing.py says
 * the same of it.
 */

/** The mean of so many losses is looked at: one batch may be hard. */
const TOGETHER = 10
/** A loss is much larger than the first one from so many times on. */
const MUCH = 2

/**
 * The largest mean, where that has become much larger than the first loss, and than guessing among so many tokens gets, and has not come
 * back to that since; else null. Where a training is gone on with, the first loss may be near zero, and twice as much is no sign of
 * anything.
 */
export function grownLoss(progress: readonly { readonly loss: number }[], tokens: number): number | null {
  const guessing = Math.log(tokens)
  const first = progress[0]?.loss ?? 0
  let sum = 0
  let most: number | null = null
  for (const [place, { loss }] of progress.entries()) {
    if (place === 0) continue
    sum += loss - (place > TOGETHER ? progress[place - TOGETHER]!.loss : 0)
    if (place < TOGETHER) continue
    const mean = sum / TOGETHER
    if (mean <= Math.max(first, guessing)) most = null
    else if (most !== null || mean > Math.max(MUCH * first, guessing)) most = Math.max(most ?? 0, mean)
  }
  return most
}
