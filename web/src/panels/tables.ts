/**
 * Numbers as a picture: tables in the colours of the stage, every number printed where there are not too many. An SVG that says all by the
 * plain attributes of its elements, so that every program shows it; made without asking anybody.
 */
import type { TensorKind } from '../protocol/types'
import { factsOf, NumberFormat } from '../scene/number-format'
import { PALETTES, rampColour, type Colour } from '../scene/palette'
import { storable } from '../scene/stored'
import type { Theme } from '../session/preferences.svelte'
import { inkOn } from './cellColour'

export interface Table {
  readonly title: string
  /** Its axes, lengths and place in its tensor. */
  readonly detail: string
  readonly kind: TensorKind
  /** What stands beside each row and over each column; they are as many as the rows and columns. */
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** Null where some are left out. */
  readonly numbers: readonly (readonly (number | null)[])[]
  /** The magnitude at which colours are strongest. */
  readonly scale: number
  /** Cells that are spoken of: half-open ranges of rows and of columns. */
  readonly marked: readonly Block[]
  readonly chosen: Block | null
}

type Range = readonly [number, number]
export type Block = readonly [Range, Range]

/** In pixels, as all lengths here. */
const EDGE = 20
const BETWEEN = 32
/** Tables stand side by side as far as this. */
const WIDEST = 720
const HEADING = 16
const TITLE = 13
const SMALL = 11
const DIGITS = 12
const DIGIT = 7.3
const HIGH = 22
const LEAST_WIDE = 26
/** Of a cell without a number. */
const TINY = 8
/** More numbers than these are told by their colours alone. */
const MOST_PRINTED = 2000
/** In characters. */
const ROOM = 7
/** As many strengths of either sign as drawings of Python's have. */
const STRENGTHS = 31
export const LEFT_OUT = '⋯'
/** Over the cells of a table: title, detail, and what stands over the columns. */
const HEAD = 52
const SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK JP','DejaVu Sans',Arial,sans-serif"
const MONO = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"

export function drawTables(heading: string, tables: readonly Table[], theme: Theme, language: string): string {
  const { ground, label } = PALETTES[theme]
  let [x, y, right, floor] = [EDGE, EDGE + HEADING + BETWEEN / 2, lengthOf(heading, HEADING) + EDGE, 0]
  const drawn = tables.map((table) => {
    const grid = new Grid(table, theme)
    if (x > EDGE && x + grid.width > WIDEST) [x, y] = [EDGE, floor + BETWEEN]
    const found = grid.draw(x, y)
    right = Math.max(right, x + grid.width)
    floor = Math.max(floor, y + grid.height)
    x += grid.width + BETWEEN
    return found
  })
  const [width, height] = [short(right + EDGE), short(floor + EDGE)]
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `lang="${escaped(language)}" role="img" font-family="${SANS}" font-size="${SMALL}"><title>${escaped(heading)}</title>` +
    `<rect width="${width}" height="${height}" rx="8" fill="${code(ground)}"/>` +
    text(heading, EDGE, EDGE + HEADING, `font-size="${HEADING}" font-weight="600" fill="${code(label)}"`) +
    `${drawn.join('')}</svg>`
  )
}

class Grid {
  readonly #isPrinted: boolean
  readonly #format: NumberFormat
  readonly #beside: number
  readonly #cell: Range
  readonly #words: Range

  constructor(
    private readonly table: Table,
    private readonly theme: Theme,
  ) {
    const { rows, columns, numbers, title, detail } = table
    this.#isPrinted = rows.length * columns.length <= MOST_PRINTED
    this.#format = new NumberFormat(
      factsOf(numbers.flat().flatMap((value) => (value === null ? [] : storable(value)))),
      ROOM,
    )
    const longest = Math.max(this.#format.width * DIGIT, ...columns.map((name) => lengthOf(name, SMALL))) + 10
    this.#cell = this.#isPrinted ? [Math.max(LEAST_WIDE, longest), HIGH] : [TINY, TINY]
    this.#beside = Math.max(0, ...rows.map((name) => lengthOf(name, SMALL))) + (rows.some(Boolean) ? 6 : 0)
    this.#words = [lengthOf(title, TITLE), lengthOf(detail, SMALL)]
  }

  get width(): number {
    return Math.max(this.#beside + this.table.columns.length * this.#cell[0], ...this.#words)
  }

  get height(): number {
    return HEAD + this.table.rows.length * this.#cell[1]
  }

  draw(x: number, y: number): string {
    const { title, detail, kind, rows, columns, marked, chosen } = this.table
    const { label, quietLabel, frame, accent, halo } = PALETTES[this.theme]
    const [left, top] = [x + this.#beside, y + HEAD]
    const outlined = (block: Block, width: number) =>
      this.#frame(block, left, top, code(halo), width + 2) + this.#frame(block, left, top, code(accent), width)
    const all: Block = [
      [0, rows.length],
      [0, columns.length],
    ]
    return [
      '<g>',
      text(title, x, y + TITLE, `font-size="${TITLE}" font-weight="600" fill="${code(label)}"`),
      text(detail, x, y + TITLE + 16, `fill="${code(quietLabel)}"`),
      this.#colours(left, top),
      this.#frame(all, left, top, code(frame[kind]), 1.25),
      this.#isPrinted ? this.#names(left, top) + this.#digits(left, top) : '',
      ...marked.map((block) => outlined(block, 1.5)),
      chosen === null ? '' : outlined(chosen, 2.5),
      '</g>',
    ].join('')
  }

  /** The cells of a colour are one path: of large matrices there are many. */
  #colours(left: number, top: number): string {
    const [wide, high] = this.#cell
    const cells = new Map<string, string>()
    this.#each((value, row, column) => {
      const place = `M${short(left + column * wide)} ${short(top + row * high)}h${short(wide)}v${high}h${short(-wide)}z`
      const colour = code(this.#colourOf(value))
      cells.set(colour, (cells.get(colour) ?? '') + place)
    })
    return [...cells].map(([colour, path]) => `<path fill="${colour}" d="${path}"/>`).join('')
  }

  #colourOf(value: number | null): Colour {
    const { hollow, masked, plate } = PALETTES[this.theme]
    if (value === null) return plate
    if (!Number.isFinite(value)) return value === -Infinity ? masked : hollow
    const share = Math.max(-1, Math.min(1, value / this.table.scale))
    return rampColour(this.theme, Math.round(share * STRENGTHS) / STRENGTHS)
  }

  #digits(left: number, top: number): string {
    const [wide, high] = this.#cell
    const found: string[] = []
    this.#each((value, row, column) => {
      const ink = code(inkOn(this.theme, this.#colourOf(value)))
      const [x, y] = [left + (column + 0.5) * wide, top + (row + 0.5) * high + DIGITS * 0.35]
      found.push(text(value === null ? LEFT_OUT : this.#format.text(storable(value)), x, y, `fill="${ink}"`))
    })
    return `<g font-family="${MONO}" font-size="${DIGITS}" text-anchor="middle">${found.join('')}</g>`
  }

  #names(left: number, top: number): string {
    const { rows, columns } = this.table
    const [wide, high] = this.#cell
    const ink = `fill="${code(PALETTES[this.theme].quietLabel)}"`
    return [
      ...columns.map((name, at) => text(name, left + (at + 0.5) * wide, top - 5, `${ink} text-anchor="middle"`)),
      ...rows.map((name, at) =>
        text(name, left - 6, top + (at + 0.5) * high + SMALL * 0.35, `${ink} text-anchor="end"`),
      ),
    ].join('')
  }

  #each(act: (value: number | null, row: number, column: number) => void): void {
    for (const [row, values] of this.table.numbers.entries())
      for (const [column, value] of values.entries()) act(value, row, column)
  }

  #frame([[first, end], [from, to]]: Block, left: number, top: number, colour: string, width: number): string {
    const [wide, high] = this.#cell
    const [x, y] = [short(left + from * wide), short(top + first * high)]
    const size = `width="${short((to - from) * wide)}" height="${short((end - first) * high)}"`
    return `<rect x="${x}" y="${y}" ${size} fill="none" stroke="${colour}" stroke-width="${width}"/>`
  }
}

function text(words: string, x: number, y: number, attributes: string): string {
  return words === '' ? '' : `<text x="${short(x)}" y="${short(y)}" ${attributes}>${escaped(words)}</text>`
}

/** About as long as fonts make it; letters of East Asian scripts are as wide as they are high. */
function lengthOf(words: string, size: number): number {
  return Array.from(words).reduce((sum, sign) => sum + (sign > '\u2e80' ? 1 : 0.58) * size, 0)
}

function short(value: number): number {
  return Math.round(value * 100) / 100
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** As XML has it; what it has no place for, and tokens may hold, is a sign for that. */
function escaped(words: string): string {
  return (
    words
      // eslint-disable-next-line no-control-regex -- these are what is looked for
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign)
  )
}

/** As SVG 1.1 knows colours. */
function code(colour: Colour): string {
  return `#${colour
    .map((part) =>
      Math.round(part * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}
