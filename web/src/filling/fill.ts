/**
 * Filling a compiled chapter in: what the reader is shown for the letters at hand, as Python's lessons/filling.py makes it from the same
 * file. What says where a live value stands in the text is told in docs/protocol.md.
 */
import { formatChange } from '../protocol/interventions'
import type { Compiled, CompiledStep, Cue as LiveCue, Expression, LiveCells, Value } from '../protocol/compiled'
import type { CellRegion, Chapter, Cue, ExerciseText, LessonStep, LiveValue, WidgetCall } from '../protocol/lessons'
import { ARITHMETIC, evaluate, found, isTrue, regionOf } from './expression'
import { Lens, type Model, type Moment } from './moment'
import { formatted, printed } from './print'

const BRANCHES = /<!--if (\d+)-->(.*?)<!--end \1-->/gs
const FORMULA = /(<(span|div) class="math (?:inline|block)">)(.*?)(<\/\2>)/gs
const IN_FORMULA = /\\value\{(\d+)\}/g
const PLACE = /(<span data-value="(\d+)">)(<\/span>)/g
const INSERTED = /<div data-(exercise|widget)="(\d+)"><\/div>/g

export function filled(chapter: Compiled, model: Model, question: readonly number[]): Chapter {
  const lens = new Lens(model, question)
  const values = valuesOf(chapter, lens)
  const { language, slug, title, summary, words, minutes, steps } = chapter
  return {
    ...{ language, slug, title, summary, words, minutes },
    steps: steps.map((step) => filledStep(step, values, lens)),
    values,
  }
}

/** What stands in each place of the chapter, by number. */
function valuesOf({ steps }: Compiled, lens: Lens): LiveValue[] {
  const values: LiveValue[] = []
  for (const { cue, places = [] } of steps) {
    const moment = momentOf(cue, lens)
    for (const place of places) values[place.number] = placeFilled(place, moment)
  }
  return values
}

function momentOf({ generated = 0, off = [], broken = false }: LiveCue, lens: Lens): Moment {
  return lens.shown(generated, off, broken)
}

function placeFilled(place: NonNullable<CompiledStep['places']>[number], moment: Moment): LiveValue {
  switch (place.type) {
    case 'value':
      return valueFilled(place, moment)
    case 'pointer':
      return { text: place.cells[1], cells: [region(place.cells, moment)] }
    case 'choice': {
      const cells: CellRegion[] = []
      const chosen = place.conditions.findIndex((condition) => isTrue(condition, moment, cells))
      return { text: String(chosen < 0 ? place.conditions.length : chosen), cells }
    }
  }
}

function valueFilled({ node, format = '', in_math = false, signed = false }: Value, moment: Moment): LiveValue {
  const cells: CellRegion[] = []
  const value = evaluate(node, moment, cells) as number | string
  const text = formatted(value, format, in_math)
  if (!signed) return { text, cells }
  const isSame = printed(value as number, format) === printed(fromPrinted(node, format, moment), format)
  return { text: `${isSame ? '=' : in_math ? '\\approx' : '≈'} ${text}`, cells }
}

/** What comes out when all that is added, subtracted, multiplied and divided are the numbers as they are printed. */
function fromPrinted(node: Expression, format: string, moment: Moment): number {
  if (node[0] === 'arithmetic') {
    const [, sign, left, right] = node
    return ARITHMETIC[sign]!(fromPrinted(left, format, moment), fromPrinted(right, format, moment))
  }
  const value = Number(evaluate(node, moment, []))
  return node[0] === 'number' ? value : printed(value, format)
}

function region(cells: LiveCells, moment: Moment): CellRegion {
  return regionOf(found(cells, moment, []), moment)
}

/** The HTML with every place filled in and the branches that are not true left out. */
function filledHtml(text: string, values: readonly LiveValue[]): string {
  const branch = (_: string, number: string, inside: string): string => {
    const chosen = inside.split(`<!--else ${number}-->`)[Number(values[Number(number)]!.text)]
    return chosen?.replace(BRANCHES, branch) ?? ''
  }
  const value = (number: string): string => values[Number(number)]!.text
  return text
    .replace(BRANCHES, branch)
    .replace(
      FORMULA,
      (_, start: string, _tag: string, inside: string, end: string) =>
        start + inside.replace(IN_FORMULA, (_, number: string) => value(number)) + end,
    )
    .replace(PLACE, (_, start: string, number: string, end: string) => start + value(number) + end)
}

function filledStep(step: CompiledStep, values: readonly LiveValue[], lens: Lens): LessonStep {
  const moment = momentOf(step.cue, lens)
  const exercises: ExerciseText[] = []
  const widgets: WidgetCall[] = []
  // Those that a condition leaves out are not among them; the others are numbered anew.
  const html = filledHtml(step.html, values).replace(INSERTED, (_, kind: string, number: string) => {
    const place = Number(number)
    const count = kind === 'exercise' ? exercises.push(exercise(step, place)) : widgets.push(widget(step, place))
    return `<div data-${kind}="${count - 1}"></div>`
  })

  function exercise({ exercises = [] }: CompiledStep, place: number): ExerciseText {
    const { question, answer, hint = '', praise = '' } = exercises[place]!
    return {
      question: filledHtml(question, values),
      answer: answer.map((cells) => region(cells, moment)),
      hint: filledHtml(hint, values),
      praise: filledHtml(praise, values),
    }
  }

  function widget({ widgets = [] }: CompiledStep, place: number): WidgetCall {
    const { kind, options = {}, cells = {} } = widgets[place]!
    const regions = Object.entries(cells).map(([name, one]) => [name, region(one, moment)])
    return { kind, options: { ...options, ...(Object.fromEntries(regions) as Record<string, CellRegion>) } }
  }

  const cue = { ...resolved(step.cue, moment), note: filledHtml(step.note, values) }
  return { title: filledHtml(step.title, values), html, seconds: step.seconds, cue, exercises, widgets }
}

/** The cue for the letters at hand, every index a number. */
function resolved(cue: LiveCue, moment: Moment): Omit<Cue, 'note'> {
  const { focus = [], show = [], run = [], at = {}, models = [], view = 'home', fan = false, flight = false } = cue
  const { turn = null, tilt = null, follow = true } = cue.camera ?? {}
  const tensors = Object.keys(at).length === 0 ? [] : run.length > 0 ? run : focus
  return {
    ...{ focus, show, run, models, view, fan, flight },
    at: tensors.flatMap((name) => {
      const { axes } = moment.lens.model.engine.graph.tensors.find((tensor) => tensor.name === name)!
      const places = Object.entries(at).filter(([axis]) => axes.includes(axis))
      return places.length === 0 ? [] : [region(['cells', name, axes, Object.fromEntries(places)], moment)]
    }),
    select: cue.select ? selected(cue.select, moment) : null,
    generated: cue.generated ?? 0,
    tokens: [...moment.tokens],
    off: moment.off.map(({ cells, change }) => ({
      ...regionOf({ tensor: cells.tensor, axes: Object.keys(cells.at), spans: Object.values(cells.at) }, moment),
      ...(change.kind === 'zero' ? {} : { change: formatChange(change) }),
    })),
    instead: moment.own === moment ? null : [...moment.lens.question],
    camera: { turn, tilt, follow },
  }
}

function selected(cells: LiveCells, moment: Moment): Cue['select'] {
  const { tensor, axes, spans } = found(cells, moment, [])
  return { tensor, index: Object.fromEntries(axes.map((axis, place) => [axis, spans[place]![0]])) }
}
