/** SHA-256 (FIPS 180-4) of a text in UTF-8: the browser's own is not there on a page without HTTPS. */

const FIRST = fractions(8, Math.sqrt)
const EACH = fractions(64, Math.cbrt)

/** The first bits behind the point of the roots of the first primes. */
function fractions(count: number, root: (prime: number) => number): Uint32Array {
  const primes: number[] = []
  for (let number = 2; primes.length < count; number++)
    if (primes.every((prime) => number % prime !== 0)) primes.push(number)
  return Uint32Array.from(primes, (prime) => Math.floor((root(prime) % 1) * 2 ** 32))
}

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** The first sixteen hexadecimal digits, as tasks/corpus.py has them. */
export function fingerprint(text: string): string {
  const content = new TextEncoder().encode(text)
  const padded = new DataView(new ArrayBuffer(Math.ceil((content.length + 9) / 64) * 64))
  for (const [place, byte] of content.entries()) padded.setUint8(place, byte)
  padded.setUint8(content.length, 0x80)
  padded.setBigUint64(padded.byteLength - 8, BigInt(content.length) * 8n)
  const state = FIRST.slice()
  const words = new Uint32Array(64)
  for (let start = 0; start < padded.byteLength; start += 64) {
    for (let t = 0; t < 16; t++) words[t] = padded.getUint32(start + 4 * t)
    for (let t = 16; t < 64; t++) {
      const [early, late] = [words[t - 15]!, words[t - 2]!]
      const one = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)
      const two = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10)
      words[t] = words[t - 16]! + one + words[t - 7]! + two
    }
    mix(state, words)
  }
  return [...state.subarray(0, 2)].map((word) => word.toString(16).padStart(8, '0')).join('')
}

function mix(state: Uint32Array, words: Uint32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let t = 0; t < 64; t++) {
    const chosen = (e & f) ^ (~e & g)
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + EACH[t]! + words[t]!) | 0
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
  }
  for (const [place, word] of [a, b, c, d, e, f, g, h].entries()) state[place]! += word
}
