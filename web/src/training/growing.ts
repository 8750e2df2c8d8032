/**
 * Whether a training has gone astray: with steps that are too long the loss grows, and often stays finite. Python's train/growing.py says
 * the same of it.
 */

/** The mean of so many losses is looked at: one batch may be hard. */
const TOGETHER = 10
/** A loss is much larger than the first one, which guessing gets too, from so many times on. */
const MUCH = 2

/** The largest mean, where that has become much larger than the first loss and has not come back to it since; else null. */
export function grownLoss(progress: readonly { readonly loss: number }[]): number | null {
  const first = progress[0]?.loss ?? 0
  let sum = 0
  let most: number | null = null
  for (const [place, { loss }] of progress.entries()) {
    if (place === 0) continue
    sum += loss - (place > TOGETHER ? progress[place - TOGETHER]!.loss : 0)
    if (place < TOGETHER) continue
    const mean = sum / TOGETHER
    if (mean <= first) most = null
    else if (most !== null || mean > MUCH * first) most = Math.max(most ?? 0, mean)
  }
  return most
}
