/**
 * A zip archive of some files, stored as they are: numbers hardly get smaller by compression.
 * After APPNOTE.TXT 6.3: a local header before each file, a directory at the end.
 */

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const VERSION = 20
/** Names are UTF-8. */
const UTF8 = 0x800
/** The first of January 1980, the earliest that the format knows: no archive tells when it was made. */
const DATE = 0x21
const LOCAL_LENGTH = 30
const CENTRAL_LENGTH = 46
const END_LENGTH = 22

/** By the name of each, which may have folders in it. */
export function zipOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const entries = [...files].map(([name, content]) => ({
    name: new TextEncoder().encode(name),
    content,
    sum: crc32(content),
  }))
  const size = (fixed: number) => entries.reduce((total, { name }) => total + fixed + name.length, 0)
  const stored = entries.reduce((total, { content }) => total + content.length, 0)
  const start = size(LOCAL_LENGTH) + stored
  const archive = new Uint8Array(start + size(CENTRAL_LENGTH) + END_LENGTH)
  const view = new DataView(archive.buffer)
  let at = 0
  const put = (number: number, bytes: 2 | 4): void => {
    if (bytes === 2) view.setUint16(at, number, true)
    else view.setUint32(at, number, true)
    at += bytes
  }
  const append = (bytes: Uint8Array): void => {
    archive.set(bytes, at)
    at += bytes.length
  }
  /** What both headers say alike: flags, no compression, time and date, sum, sizes, and the length of the name. */
  const describe = ({ name, content, sum }: (typeof entries)[number]): void => {
    for (const number of [UTF8, 0, 0, DATE]) put(number, 2)
    for (const number of [sum, content.length, content.length]) put(number, 4)
    for (const number of [name.length, 0]) put(number, 2)
  }
  const places = entries.map((entry) => {
    const place = at
    put(LOCAL, 4)
    put(VERSION, 2)
    describe(entry)
    append(entry.name)
    append(entry.content)
    return place
  })
  for (const [number, entry] of entries.entries()) {
    put(CENTRAL, 4)
    put(VERSION, 2)
    put(VERSION, 2)
    describe(entry)
    for (const field of [0, 0, 0]) put(field, 2)
    put(0, 4)
    put(places[number] as number, 4)
    append(entry.name)
  }
  const directory = at - start
  put(END, 4)
  for (const field of [0, 0, entries.length, entries.length]) put(field, 2)
  put(directory, 4)
  put(start, 4)
  put(0, 2)
  return archive
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  return sum
})

export function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) sum = (TABLE[(sum ^ byte) & 0xff] as number) ^ (sum >>> 8)
  return (sum ^ 0xffffffff) >>> 0
}
