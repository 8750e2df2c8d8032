/** The moments of a training that are kept, so that one can go back through it: as many as memory is given for. */

/** The weights at a moment of the training. */
export interface Moment {
  readonly step: number
  readonly weights: Float32Array<ArrayBuffer>
}

/** As many as a slider tells apart, and of large models fewer, as on the computer that serves. */
const MOST = 48
const FEWEST = 4
const MOST_BYTES = 64 * 2 ** 20

/** Where there are too many, every second one goes, the first and the last excepted. */
export function thinned(moments: readonly Moment[]): readonly Moment[] {
  const bytes = moments[0]?.weights.byteLength ?? 0
  if (moments.length <= Math.min(MOST, Math.max(FEWEST, MOST_BYTES / bytes))) return moments
  return moments.filter((_, place) => place % 2 === 0 || place === moments.length - 1)
}
