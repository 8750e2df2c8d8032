/**
 * A sum over terms of one kind, such as the products of a dot product. Of the operands of each term one stays over its place; the
 * others come beside it. A running sum passes along on the other side and takes term after term in, the first ones slowly. What is
 * added only once, as a bias is, it goes and fetches at the end.
 */
import { formatNumber } from '../../words/numbers'
import type { OperandCell, Term, Vector } from '../../protocol/types'
import {
  AHEAD,
  ALOFT,
  around,
  distanceBetween,
  FLY,
  flyer,
  isSamePlace,
  NEAR,
  RISE,
  STEP,
  type Act,
  type Cast,
  type Part,
  type Picture,
} from './act'
import { flown, gently, mix, raised, share } from './motion'
import { added } from './plain'

const MEET = 1.3
/** Seconds for the first terms; the rest goes as fast as it takes not to be long. */
const SLOW_TERMS = [1.2, 0.9, 0.7]
const MOST_FAST = 3.2
const MOST_FAST_TERM = 0.3
/** How many terms are in the air at once. */
const WINDOW = 120
/** From a term to the running sum beside it, in cells. */
const ASIDE = 1.6
/** Between lines of terms that come from behind one another. */
const LINES_APART = 4.5
/** How much of the terms is seen while they are taken in slowly, and fast. */
const AROUND_FAST = 11

interface Row {
  /** Stays over its place. */
  anchor: Part
  /** Come there. */
  others: readonly Part[]
  value: number
  /** Before this term and after it. */
  before: number
  after: number
  /** Where the operands meet, and where the running sum stands to take the term in. */
  meeting: Vector
  aside: Vector
  inNumbers: string | null
}

export interface Summed {
  acts: Act[]
  /** The sum, and where it has come to stand. */
  value: number
  place: Vector
}

export function summing(cast: Cast, alike: readonly Term[], once: readonly Term[]): Summed {
  const sum = new Sum(cast, alike)
  const { value, place } = sum
  const fetched = fetching(cast, once, value, place)
  return { ...fetched, acts: [...sum.acts(), ...fetched.acts] }
}

class Sum {
  private readonly rows: readonly Row[]
  /** Cells that every term reads, as a mean is: they go along with the running sum. */
  private readonly companions: readonly Part[]
  private readonly termScale: number
  private readonly sumScale: number
  /** Across the line of terms: from what comes, over what stays, to the sum. */
  private readonly across: Vector

  constructor(
    private readonly cast: Cast,
    terms: readonly Term[],
  ) {
    const parts = terms.map(({ cells }) => cells.map((cell) => cast.part(cell)))
    const [first = [], second = []] = parts
    const isShared = first.map((part, place) => isSamePlace(part.home, (second[place] as Part).home))
    const anchor = nearest(parts, cast.target, isShared)
    const [start, next] = [first, second].map((row) => (row[anchor] as Part).home) as [Vector, Vector]
    this.across = start[1] === next[1] ? [0, -1, 0] : [1, 0, 0]
    this.companions = first.filter((_, place) => isShared[place])
    const depths = [...new Set(parts.map((row) => (row[anchor] as Part).home[2]))].sort((one, other) => other - one)
    this.termScale = Math.max(1e-9, ...terms.map(({ value }) => Math.abs(value)).filter(Number.isFinite))
    let before = 0
    this.rows = terms.map(({ value, plain }, index): Row => {
      const row = parts[index] as Part[]
      const meeting = this.inFront((row[anchor] as Part).home, depths)
      const after = before + value
      const made: Row = {
        anchor: row[anchor] as Part,
        others: row.filter((_, place) => place !== anchor && !isShared[place]),
        value,
        before,
        after,
        meeting,
        aside: this.beside(meeting, ASIDE),
        inNumbers: plain ?? null,
      }
      before = after
      return made
    })
    this.sumScale = Math.max(cast.scale, ...this.rows.map(({ after }) => Math.abs(after)))
  }

  get value(): number {
    return (this.rows.at(-1) as Row).after
  }

  get place(): Vector {
    return (this.rows.at(-1) as Row).aside
  }

  acts(): Act[] {
    const [first, last] = [this.rows[0], this.rows.at(-1)] as [Row, Row]
    const comes = first.others.length + this.companions.length > 0
    const all = around(
      [first, last].flatMap(({ anchor, others }) => [anchor, ...others]).map(({ home }) => home),
      NEAR / 2,
    )
    const seconds = termSeconds(this.rows.length)
    const rising: Act = {
      seconds: RISE,
      show: (time, picture) => {
        picture.focus = all
        this.wait(0, time / RISE, 0, picture)
      },
    }
    const meeting: Act = {
      seconds: MEET,
      show: (time, picture) => {
        if (time < 0.6 * MEET) picture.focus = all
        else picture.focus = around([first.meeting], NEAR)
        this.wait(0, 1, time / MEET, picture)
      },
    }
    const passing = this.rows.map((_, index): Act => {
      const length = seconds[index] as number
      return {
        seconds: length,
        show: (time, picture) => this.takeIn(index, time / length, length > MOST_FAST_TERM, picture),
      }
    })
    return [rising, ...(comes ? [meeting] : []), ...passing]
  }

  /** Before its tensor; what stands behind another part of that comes forward and lines up beside it. */
  private inFront(home: Vector, depths: readonly number[]): Vector {
    const [x, y] = this.beside(home, LINES_APART * depths.indexOf(home[2]))
    return [x, y, (depths[0] as number) + ALOFT]
  }

  private beside([x, y, z]: Vector, by: number): Vector {
    return [x + by * this.across[0], y + by * this.across[1], z]
  }

  /** Where what comes stands: on the side away from the sum, one after another. */
  private seat({ meeting }: Row, place: number): Vector {
    return this.beside(meeting, -1.04 * (place + 1))
  }

  /** Terms from `from` on, risen so far and met so far; and what goes along, beside the first of them. */
  private wait(from: number, risen: number, met: number, picture: Picture): void {
    const rows = this.rows.slice(from, from + WINDOW)
    rows.forEach((row, index) => {
      const here = gently(share(met, (0.4 * index) / rows.length, 0.6 + (0.4 * index) / rows.length))
      picture.flyers.push(flyer(row.anchor, flown(row.anchor.home, row.meeting, gently(risen))))
      row.others.forEach((part, place) => {
        picture.flyers.push(flyer(part, flown(raised(part.home, ALOFT * gently(risen)), this.seat(row, place), here)))
      })
    })
    if (from === 0) this.accompany(this.rows[0] as Row, this.rows[0] as Row, risen, met, picture)
  }

  /** Companions go from the term before to this one. */
  private accompany(before: Row, row: Row, risen: number, part: number, picture: Picture): void {
    this.companions.forEach((one, index) => {
      const place = row.others.length + index
      const from = before === row ? raised(one.home, ALOFT * gently(risen)) : this.seat(before, place)
      picture.flyers.push(flyer(one, flown(from, this.seat(row, place), gently(part))))
    })
  }

  /** The running sum comes beside a term, whose operands become one number, which goes into it. */
  private takeIn(index: number, part: number, slowly: boolean, picture: Picture): void {
    const row = this.rows[index] as Row
    const before = this.rows[index - 1] ?? row
    const at = flown(before.aside, row.aside, gently(share(part, 0, 0.3)))
    const merged = gently(share(part, 0.35, 0.6))
    const taken = gently(share(part, 0.68, 0.95))
    this.wait(index + 1, 1, 1, picture)
    this.accompany(before, row, 1, before === row ? 1 : share(part, 0, 0.3), picture)
    if (merged < 1 && (row.others.length > 0 || this.companions.length > 0)) {
      picture.flyers.push(flyer(row.anchor, row.meeting))
      row.others.forEach((one, place) =>
        picture.flyers.push(flyer(one, flown(this.seat(row, place), raised(row.meeting, 0.3), merged))),
      )
    } else if (taken < 1) {
      picture.flyers.push(flyer({ value: row.value, scale: this.termScale }, flown(row.meeting, at, taken)))
    }
    const sum = taken < 1 ? row.before : row.after
    picture.flyers.push({ ...this.cast.result(sum, at), scale: this.sumScale })
    const term = slowly && row.inNumbers !== null && part > 0.25 ? [this.spelled(row)] : []
    picture.captions.push({
      at,
      side: this.across[0] === 0 ? 'below' : 'right',
      lines: [...term, `Σ = ${formatNumber(sum)}`],
    })
    picture.focus = around([row.meeting], slowly ? NEAR : AROUND_FAST)
  }

  private spelled({ inNumbers, others, value }: Row): string {
    const isPlain = others.length + this.companions.length === 0
    return isPlain ? added(value) : `${inNumbers as string} = ${formatNumber(value)}`
  }
}

/** The place, among a term's operands, of one that differs from term to term and stands nearest to the output. */
function nearest(terms: readonly Part[][], target: Vector, isShared: readonly boolean[]): number {
  const [first = []] = terms
  const distances = first.map((_, place) =>
    isShared[place]
      ? Infinity
      : Math.min(...terms.map((parts) => distanceBetween((parts[place] as Part).home, target))),
  )
  // Among equals the last one counts: what something is multiplied with stands after it.
  return distances.lastIndexOf(Math.min(...distances))
}

/** What is added once. */
function fetching(cast: Cast, once: readonly Term[], value: number, place: Vector): Summed {
  let [sum, at] = [value, place]
  const acts = once.map((term): Act => {
    const part = cast.part(term.cells[0] as OperandCell)
    const [start, before, there, after] = [at, sum, raised(part.home, AHEAD), sum + term.value]
    ;[sum, at] = [after, there]
    return {
      seconds: FLY + STEP,
      show: (time, picture) => {
        const here = flown(start, there, gently(share(time, 0, FLY)))
        const taken = gently(share(time, FLY, FLY + 0.5))
        if (taken < 1) {
          const risen = raised(part.home, ALOFT * gently(share(time, 0, 0.5)))
          picture.flyers.push(flyer(part, flown(risen, here, taken), mix(1, 0.5, taken)))
        }
        const now = taken < 1 ? before : after
        picture.flyers.push(cast.result(now, here))
        picture.captions.push({
          at: here,
          side: 'right',
          lines: [...(time > 0.6 * FLY ? [added(term.value)] : []), `Σ = ${formatNumber(now)}`],
        })
        picture.focus = time < 0.6 * FLY ? around([start, there], NEAR) : around([there], NEAR)
      },
    }
  })
  return { acts, value: sum, place: at }
}

function termSeconds(count: number): number[] {
  const each = Math.min(MOST_FAST_TERM, MOST_FAST / Math.max(1, count - SLOW_TERMS.length))
  return Array.from({ length: count }, (_, index) => SLOW_TERMS[index] ?? each)
}
