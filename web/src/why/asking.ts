/** One question about a token's logit, asked in one of five ways, and its answer, as Python's why/asking.py gives it. */
import type { Engine } from '../formula/engine'
import type { Intervention } from '../protocol/interventions'
import type { Why } from '../protocol/types'
import { attribution, gradientTimesInput, logitLens } from './attribution'
import { withChanges, type Measured } from './changed'
import { contributions } from './contributions'
import { largest, rows, vocabularySize, type Measurement, type Reading } from './measurement'
import { patching } from './patching'
import {
  moved,
  ofAttribution,
  ofContributions,
  ofLens,
  ofLetters,
  ofPatching,
  partIn,
  placed,
  type Speech,
} from './saying'

/** A table shows at most so many rows, those with the numbers furthest from 0. */
const MOST_ROWS = 40

/** What is asked, with all that is needed to say the answer: the words, and what the model calls its tokens. */
export interface WhyAsked {
  readonly by: Why['by']
  readonly tokens: readonly number[]
  /** What is changed in the run. */
  readonly interventions?: readonly Intervention[]
  readonly token: number
  readonly position: number
  readonly against?: number | null
  /** The text that patches are taken from. */
  readonly other?: readonly number[]
  readonly vocabulary: readonly string[] | null
  readonly words: Speech['words']
  /** What each tensor is called, with its block: "block 1: MLP output". */
  readonly titles: Speech['titles']
}

export function whyBy(model: Engine, asked: WhyAsked): Why {
  const { by, tokens, position, token, against = null, vocabulary, words, titles, interventions = [] } = asked
  const engine = withChanges(model, tokens, interventions)
  const pieceOf = (one: number): string => vocabulary?.[one] ?? String(one)
  const pieces = tokens.map(pieceOf)
  const speech = { words, titles, pieces }
  const reading: Reading = { logits: engine.graph.outputs!.logits, token, position, against }
  const about = { token: pieceOf(token), position }
  const answer = { by, ...about, edges: [], about: {}, grid: null }
  switch (by) {
    case 'parts': {
      const found = attribution(engine, tokens, reading)
      const shown = largest(found, MOST_ROWS).map(({ labels: [label = ''], value }) => {
        const cells = cellsAt(engine, label, position)
        return { label: partIn(cells ?? label, speech), cells, value }
      })
      const sentence = ofAttribution(found, about, against === null ? null : pieceOf(against), speech)
      return { ...answer, sentence, rows: shown, about: { ...found.about } }
    }
    case 'ways': {
      const found = contributions(engine, tokens, reading)
      const nodes = [...found.nodes].sort((one, other) => Math.abs(other.flow) - Math.abs(one.flow))
      return {
        ...answer,
        sentence: ofContributions(found, about, speech),
        rows: nodes.map(({ cells, flow }) => ({ label: partIn(cells, speech), cells, value: flow })),
        edges: [...found.edges],
        about: { sum: found.value, shown: found.shown },
      }
    }
    case 'layers': {
      const found = logitLens(engine, tokens, pieces)
      const size = vocabularySize(engine)
      const shown = found.labels[0]!.map((layer, number) => ({
        label: partIn(`${layer}[t=${position}]`, speech),
        cells: `${layer}[t=${position}]`,
        value: found.values[(number * tokens.length + position) * size + token]!,
      }))
      return { ...answer, sentence: ofLens(found, position, pieceOf, speech), rows: shown }
    }
    case 'letters': {
      const found = gradientTimesInput(engine, tokens, pieces, reading)
      const entered = engine.graph.inputs.tokens
      const shown = rows(found).map(({ value }, place) => {
        const cells = `${entered}[t=${place}]`
        return { label: partIn(cells, speech), cells, value }
      })
      return { ...answer, sentence: ofLetters(found, about, speech), rows: shown, about: { ...found.about } }
    }
    case 'patches': {
      const found = patching(model, asked.other ?? tokens, tokens, pieces, reading)
      const shown = largest(moved(found), MOST_ROWS).map(({ labels, value }) => ({
        label: partIn(placed(found, labels), speech),
        cells: null,
        value,
      }))
      const sentence = ofPatching(found, about, speech)
      return { ...answer, sentence, rows: shown, about: { ...found.about }, grid: gridOf(found) }
    }
  }
}

/** A measurement as it travels: the numbers one after the other, as the axes have them. */
function gridOf({ axes, labels, values }: Measurement): Why['grid'] {
  return { axes: [...axes], labels: labels.map((along) => [...along]), values: [...values] }
}

/** The cells of a part at a position; null where a label names no tensor. */
function cellsAt({ graph }: Measured, label: string, position: number): string | null {
  const [name = '', index] = label.split('[')
  if (!graph.tensors.some((tensor) => tensor.name === name)) return null
  return index === undefined ? `${name}[t=${position}]` : `${name}[${index.replace(']', '')},t=${position}]`
}
