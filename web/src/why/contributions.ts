/**
 * The graph of contributions, as Python's why/contributions.py: with patterns, deviations and gates held as they were, a logit is a sum
 * over the ways from the letters to it. What flows along each edge is computed back from the logit.
 */
import type { Measured } from './changed'
import type { WhyEdge } from '../protocol/types'
import { described } from './attribution'
import { LinearPass, type Reader, type Writer } from './linear'
import { nameOf, vocabularySize, wantedOf, type Reading } from './measurement'

export const BIASES = 'biases'
export const REST = 'rest'
const MOST_NODES = 40
/** What must be shown of all that flows. */
const SHARE = 0.8

/** Cells of the run through which something reaches the output, and how much. */
export interface Node {
  readonly cells: string
  readonly flow: number
}

/** What arrives at a node sums to its flow, at the target to its value. `shown`: the share of what arrives there by nodes. */
export interface Contributions {
  readonly target: string
  readonly value: number
  readonly nodes: readonly Node[]
  readonly edges: readonly WhyEdge[]
  readonly shown: number
}

/** Which writer, which of its parts, at which position. */
type Key = readonly [writer: number, part: number, t: number]

export function contributions(engine: Measured, tokens: readonly number[], asked: Reading): Contributions {
  const linear = new LinearPass(engine, tokens)
  const { weights, value } = wantedOf(asked, linear.values.get(asked.logits)!, vocabularySize(engine))
  return new Tracing(linear, nameOf(asked), value).traced(linear.reader(asked.logits), weights)
}

/** From the output back to the letters, writer by writer, the last first. */
class Tracing {
  private readonly readers = new Map<number, Reader>()
  private readonly edges: WhyEdge[] = []
  private readonly nodes: { key: Key; node: Node }[] = []
  /** For each node that something flows out of: the gradient at what it writes, added up over its edges. */
  private readonly wanted = new Map<number, Map<string, { key: Key; gradient: Float64Array }>>()
  private kept: readonly Key[] = []

  constructor(
    private readonly linear: LinearPass,
    private readonly target: string,
    private readonly value: number,
  ) {}

  traced(reader: Reader, weights: Float32Array): Contributions {
    const gradient = reader.gradient(weights)
    this.kept = this.chosen(gradient)
    const { writers } = this.linear
    this.arrive(writers.length, [{ cells: this.target, gradient, constant: reader.constant(weights) }])
    for (let number = writers.length - 1; number >= 0; number--) this.passOn(number)
    const arriving = this.edges.filter(({ target }) => target === this.target)
    const sizeOf = (edges: readonly WhyEdge[]): number => edges.reduce((sum, { value }) => sum + Math.abs(value), 0)
    const named = arriving.filter(({ source }) => source !== BIASES && source !== REST)
    const nodes = this.nodes.sort((one, other) => inOrder(one.key, other.key)).map(({ node }) => node)
    const shown = sizeOf(named) / (sizeOf(arriving) || 1)
    return { target: this.target, value: this.value, nodes, edges: this.edges, shown }
  }

  private reader(number: number): Reader {
    const reader = this.readers.get(number) ?? this.linear.reader(this.linear.writers[number]!.inner.name)
    this.readers.set(number, reader)
    return reader
  }

  /** The nodes with the largest total contribution, along all ways to the output. */
  private chosen(gradient: Float32Array): Key[] {
    const { writers, length } = this.linear
    const found: { size: number; key: Key }[] = []
    let arriving = gradient
    for (let number = writers.length - 1; number >= 0; number--) {
      const writer = writers[number]!
      const inner = this.linear.inward(writer, arriving)
      for (const [place, flow] of this.linear.told(writer, inner).entries())
        found.push({ size: Math.abs(flow), key: [number, Math.floor(place / length), place % length] })
      if (writer.op !== null) {
        const more = this.reader(number).gradient(inner)
        arriving = arriving.map((before, place) => before + more[place]!)
      }
    }
    found.sort((one, other) => other.size - one.size || inOrder(one.key, other.key))
    const all = found.reduce((sum, { size }) => sum + size, 0)
    const kept: Key[] = []
    let soFar = 0
    for (const { size, key } of found.slice(0, MOST_NODES)) {
      if (soFar >= SHARE * all || size === 0) break
      kept.push(key)
      soFar += size
    }
    return kept.sort(inOrder)
  }

  /** What flows out of the nodes of a writer: where it has come from. */
  private passOn(number: number): void {
    const wanted = [...(this.wanted.get(number)?.values() ?? [])].sort((one, other) => inOrder(one.key, other.key))
    if (wanted.length === 0) return
    const writer = this.linear.writers[number]!
    const numbers = this.linear.values.get(writer.inner.name)!
    const arrivals = wanted.map(({ key, gradient }) => {
      const inner = this.ownOf(writer, key, gradient)
      const cells = described(writer, key[1], key[2])
      const flow = inner.reduce((sum, slope, place) => sum + slope * numbers[place]!, 0)
      this.nodes.push({ key, node: { cells, flow } })
      return { cells, inner }
    })
    if (writer.op === null) return
    const reader = this.reader(number)
    this.arrive(
      number,
      arrivals.map(({ cells, inner }) => ({
        cells,
        gradient: reader.gradient(inner),
        constant: reader.constant(inner),
      })),
    )
  }

  /** The gradient at the cells of a node alone. */
  private ownOf(writer: Writer, [, part, t]: Key, gradient: Float64Array): Float32Array {
    const written = new Float32Array(this.linear.values.get(writer.tensor.name)!.length)
    written.set(gradient, t * gradient.length)
    const places = this.linear.placesOf(writer)
    return this.linear
      .inward(writer, written)
      .map((slope, place) => (places[place] === part * this.linear.length + t ? slope : 0))
  }

  /** The edges into these targets from all writers before. */
  private arrive(
    before: number,
    targets: readonly { cells: string; gradient: Float32Array; constant: number }[],
  ): void {
    const { length } = this.linear
    const sums = targets.map(({ constant }) => ({ biases: constant, rest: 0 }))
    for (const [number, writer] of this.linear.writers.slice(0, before).entries()) {
      const kept = this.kept.filter(([one]) => one === number)
      for (const [row, { cells: target, gradient }] of targets.entries()) {
        const { parts, bias } = this.linear.contributions(writer, gradient)
        sums[row]!.biases += bias
        sums[row]!.rest += parts.reduce((sum, one) => sum + one, 0)
        for (const key of kept) {
          const [, part, t] = key
          const value = parts[part * length + t]!
          if (value === 0) continue
          sums[row]!.rest -= value
          this.edges.push({ source: described(writer, part, t), target, value })
          this.want(key, gradient)
        }
      }
    }
    for (const [row, { cells: target }] of targets.entries()) {
      this.edges.push({ source: BIASES, target, value: sums[row]!.biases })
      this.edges.push({ source: REST, target, value: sums[row]!.rest })
    }
  }

  /** Adds what is wanted of a node, at its position, to what other nodes want of it. */
  private want(key: Key, gradient: Float32Array): void {
    const [number, , t] = key
    const width = gradient.length / this.linear.length
    const all = this.wanted.get(number) ?? new Map<string, { key: Key; gradient: Float64Array }>()
    const own = all.get(String(key)) ?? { key, gradient: new Float64Array(width) }
    for (let channel = 0; channel < width; channel++) own.gradient[channel]! += gradient[t * width + channel]!
    all.set(String(key), own)
    this.wanted.set(number, all)
  }
}

function inOrder(one: Key, other: Key): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2]
}
