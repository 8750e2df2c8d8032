/**
 * Flat faces, of which many are drawn at once. A shader places the four corners of a quad by their number: the first of its two bits says
 * left or right, the second low or high. Whatever is said of a quad is said again for each of its corners, which takes no instances.
 */
import { BufferAttribute } from 'three'

/** The corners of a quad. */
export const CORNERS = 4
const TRIANGLES = [0, 1, 2, 2, 1, 3]
/** The indices of its two triangles. */
export const INDICES = TRIANGLES.length

/** Triangles of so many quads; `drawn` says which is drawn at each place, where that is not their own order. */
export function quadIndex(quads: number, drawn = (place: number) => place): BufferAttribute {
  const indices = new Uint32Array(INDICES * quads)
  for (let at = 0; at < indices.length; at++) {
    indices[at] = CORNERS * drawn(Math.floor(at / INDICES)) + (TRIANGLES[at % INDICES] as number)
  }
  return new BufferAttribute(indices, 1)
}
