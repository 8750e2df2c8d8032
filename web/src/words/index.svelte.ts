/**
 * The language at hand: the messages of it, the graph's titles in it, and numbers as its readers write them.
 */
import { blockOf } from '../protocol/cells'
import type { Description, Measure } from '../protocol/types'
import type { ErrorDetails } from './en'
import { KNOWN, preferred, type Language, type Words } from './languages'
import { filled, labelIn, titleIn } from './shared'

function percentFormat(locale: string, digits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

export class I18n {
  /** Null: as the browser. */
  chosen = $state<Language | null>(null)
  readonly #wanted: Language = $derived(this.chosen ?? preferred())
  /** The one that is wanted; until its words have come, one whose words are there. */
  readonly language: Language = $derived(KNOWN.has(this.#wanted) ? this.#wanted : first(KNOWN.keys()))
  readonly #words: Words = $derived(KNOWN.get(this.language) as Words)
  readonly t = $derived(this.#words.messages)
  readonly #shared = $derived(this.#words.shared)
  readonly #everyTitle = new Map<string, readonly string[]>()
  readonly #integers = $derived(new Intl.NumberFormat(this.t.locale))
  readonly #shares = $derived(new Intl.NumberFormat(this.t.locale, { style: 'percent', maximumSignificantDigits: 3 }))
  readonly #percents = $derived([2, 4].map((digits) => percentFormat(this.t.locale, digits)))

  /** What measured answers say, for whoever measures. */
  readonly sayings = $derived(this.#words.shared.why)

  /** The reader's words for an English title of the graph. */
  title = (key: string): string => titleIn(this.#shared, key)

  /** The reader's words for what a step or a term of a cell's arithmetic is called in English. */
  label(key: string): string {
    return labelIn(this.#shared, key)
  }

  /** A formula with what it says in words, such as "(changed by hand)", in those of the reader. */
  formula(latex: string): string {
    return latex.replace(
      SAID,
      (_, before: string, said: string, after: string) => `\\text{${before}${this.label(said)}${after}}`,
    )
  }

  /** The reader's words for a size that models are compared by. */
  measure({ name, title }: Measure): string {
    return this.#shared.measures[name] ?? title
  }

  /** A title of the graph in every language whose words have come. */
  everyTitle(key: string): readonly string[] {
    let titles = this.#everyTitle.get(key)
    if (titles?.length !== KNOWN.size) {
      titles = [...KNOWN.values()].map(({ shared }) => titleIn(shared, key))
      this.#everyTitle.set(key, titles)
    }
    return titles
  }

  /** What a tensor is called together with the block that it is in: "block 2: gathered values". */
  inBlock(description: Description, tensor: string): string {
    const block = blockOf(description, tensor)
    const title = this.title(description.graph.tensors.find(({ name }) => name === tensor)?.title ?? tensor)
    return block ? `${this.title(block.title)}: ${title}` : title
  }

  /** What a model is called: by its own title, or where it is still to be taught, or begun there, by what its id says of it. */
  modelTitle({ id, title }: { readonly id: string; readonly title: string }, isTaught = false): string {
    const [, task, given] = NEW.exec(id) ?? []
    if (task === undefined) return title
    const { fresh } = this.t.models
    const settings = (given ?? '').split(',').flatMap((setting) => {
      const [, name, value] = /^([^=]*)=(.*)$/s.exec(setting) ?? []
      return name === undefined ? [] : [fresh.settings[name]?.(value!) ?? setting]
    })
    return fresh.title(fresh.tasks[task] ?? task, isTaught ? settings : [fresh.untaught, ...settings])
  }

  integer(value: number): string {
    return this.#integers.format(value)
  }

  /** Two decimals; four where two would claim 0 or 100 percent of something that is not, and a bound where four would. */
  percent(probability: number): string {
    const [coarse, fine] = this.#percents as [Intl.NumberFormat, Intl.NumberFormat]
    const distance = Math.min(probability, 1 - probability)
    if (distance >= 5e-5 || distance === 0) return coarse.format(probability)
    if (distance >= 5e-7) return fine.format(probability)
    return probability < 0.5 ? `< ${fine.format(1e-6)}` : `> ${fine.format(1 - 1e-6)}`
  }

  /** A part of a whole, in as few figures as tell. */
  share(part: number): string {
    return this.#shares.format(part)
  }

  /** A refusal in the reader's language: its own sentence, or where there is none, that something cannot be done. */
  refusal(code: string, details: ErrorDetails, message: string): string {
    const shared = this.#shared.errors[code]
    const own = this.t.errors[code]?.(details) ?? (shared === undefined ? undefined : filled(shared, details))
    const said = own ?? this.t.otherError(code, message.replace(QUOTED, '$1“$2”'))
    if (!ABOUT_TRAININGS.has(code)) return said
    return said.replace(NEW_ONES, (id) => this.modelTitle({ id, title: id }, true))
  }
}

/** The id of a model that is still to be taught. */
const NEW = /^new:([^,]+)(?:,(.*))?$/s

/** What is refused because of trainings that run or rest: it names the models that they teach, by their ids where they are new. */
const ABOUT_TRAININGS = new Set(['already-training', 'trainings-full', 'trainings-many'])
const NEW_ONES = /new:[a-z]+(?:,[a-z]+=[^\s,:，、）)]+)*/g

/** Words in LaTeX, between the parentheses and spaces around them. */
const SAID = /\\text\{([( ]*)([^{}]*?)([) ]*)\}/g

/** What a sentence of the server's has in straight quotes; an apostrophe has a letter on either side. */
const QUOTED = /(^|\s)'([^']+)'(?=[\s.,;:!?)]|$)/gu

function first(languages: Iterable<Language>): Language {
  for (const language of languages) return language
  throw new Error('the words of no language have come')
}
