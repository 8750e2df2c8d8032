/**
 * Every sentence of the page in English. This file sets the shape that the other languages follow. The graph's own words
 * (titles of tensors, groups, ops and steps) are English already; what other languages say for them is in
 * src/pellucid/words, which Python reads too.
 */

import { tour } from './tour/en'

export { default as shared } from '../../../src/pellucid/words/en.json'
export { en as messages }

/** How a cell's index reads in words: `head 2, position 3 (B)`. */
export interface Reading {
  title: string
  place: string
  value: string
}

export type ErrorDetails = Readonly<Record<string, string | number | null | undefined>>

export const en = {
  locale: 'en',
  betweenSentences: ' ',

  page: {
    title: (name: string) => `${name} · Pellucid`,
    reader: 'Text',
    stage: 'The model in 3D',
    inspector: 'Inspector',
    skip: 'Skip to the text',
    loading: 'Loading the model…',
    loadingModel: (name: string, parameters: string) => `Loading ${name}: the plan of its ${parameters} parameters…`,
    theme: { light: 'Theme: light', dark: 'Theme: dark', auto: 'Theme: as the system' },
    language: (name: string) => `Language: ${name}`,
    keys: 'Keys',
    close: 'Close',
    unknownEntry: (name: string, others: number) =>
      `“${name}” means nothing in an address of this page` +
      (others === 0 ? '.' : `, and neither ${others === 1 ? 'does one more entry' : `do ${others} more entries`}.`),
  },

  intro: {
    heading: {
      sort: 'Inside a GPT that sorts letters',
      other: 'Inside a GPT, number by number',
    },
    trained: (name: string, parameters: string) =>
      `This is ${name}, a GPT of ${parameters} parameters that learned from examples with Pellucid.`,
    loaded: (name: string, parameters: string) => `This is ${name}, a GPT with ${parameters} parameters.`,
    fresh: (name: string, parameters: string) =>
      `This is ${name}, a GPT of ${parameters} parameters that has learned nothing yet: its weights are random.`,
    /** Where cells are changed by hand: what the following sentence is said of. */
    unchanged: (sentence: string) => `Unchanged, ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`,
    accuracy: (correct: string, total: string, heldoutCorrect: string, heldoutTotal: string) =>
      `It answers ${correct} of ${total} inputs correctly, and ${heldoutCorrect} of the ${heldoutTotal} it never saw in training.`,
    loss: (heldout: string, pairs: string) =>
      `Its loss on letters it never saw in training is ${heldout}; counting which letter follows which gets ${pairs}.`,
    real: 'Every cell is a number it really computed: point at one to read it, click it to take it apart.',
    realTouch: 'Every cell is a number it really computed: tap one to read it and take it apart.',
    large:
      'It is too large to be sent whole. The stage shows its shapes, and the numbers of a tensor as soon as you select it.',
    sizes: (blocks: string, heads: string, channels: string, context: string) =>
      `${blocks} blocks of ${heads} heads, ${channels} channels, and up to ${context} tokens at once.`,
    unloaded: 'No weights are loaded for it, so its shapes are drawn to scale, but no numbers.',
  },

  tokens: {
    heading: (length: number) => `Type ${count(length, 'letter', true)}`,
    headingIn: { letters: 'Type some letters', text: 'Type some text', numbers: 'Type the numbers of tokens' },
    field: (length: number, alphabet: string) => `The input: ${count(length, 'letter', true)} out of ${alphabet}`,
    fieldIn: {
      letters: 'The input letters',
      text: 'The input text',
      numbers: 'The input: numbers of tokens, with commas or spaces between them',
    },
    example: { letters: '', text: 'Some text', numbers: '4, 5, 6' },
    shuffle: 'Other letters',
    slow: 'Computing… What is shown is still the result before.',
    number: (piece: string, token: number, position: number) => `${piece} is token ${token}, at position ${position}`,
    bareNumber: (token: number, position: number) => `Token ${token}, at position ${position}`,
    caption: {
      letters: () => 'To the model, each letter is a number.',
      text: () => 'The model’s tokenizer takes the text apart; to the model, each piece is a number.',
      numbers: (last: string) =>
        `No tokenizer came with this model, so it is asked in the numbers of its tokens, from 0 to ${last}.`,
    },
  },

  generation: {
    heading: 'The answer, one token at a time',
    next: 'Next token',
    back: 'One token back',
    reset: 'Start over',
    play: 'Play all',
    pause: 'Pause',
    slot: (position: number, piece: string, percent: string) => `Answer token ${position}: ${piece}, ${percent}`,
    emptySlot: (position: number) => `Answer token ${position}: not generated yet`,
    coming: (position: number) => `What the model expects as answer token ${position}`,
    chosen: (position: number) => `How answer token ${position} was chosen`,
    done: (answer: string) => `Done: the answer is ${answer}.`,
    ordered: { sort: (prompt: string) => `${prompt} sorted`, reverse: (prompt: string) => `${prompt} reversed` },
    right: (ordered: string, answer: string) => `Done: ${ordered} is ${answer}.`,
    wrong: (ordered: string, answer: string) => `Done: the model answers ${answer}, which is not ${ordered}.`,
    loop: 'The token just chosen goes back in as input, and the whole model runs again.',
  },

  outline: {
    heading: 'The architecture',
    caption: 'In the order of computing. Choose a part to see it in the model.',
    open: (title: string) => `Show the parts of ${title}`,
    range: (first: string, last: string) => `${first} to ${last}`,
    kinds: {
      input: 'input',
      weight: 'weight, learned',
      activation: 'activation, computed',
      statistic: 'statistic',
      gradient: 'gradient',
    },
  },

  stage: {
    home: 'Whole model',
    blocks: 'blocks',
    undo: 'Take the camera move back',
    redo: 'Make the camera move again',
    lens: 'Parallel lines or perspective',
    canvas:
      'The model in 3D. The arrow keys point from cell to cell, with Shift from tensor to tensor; Enter opens a cell, Escape leaves.',
    hint: 'Drag to turn, right-drag to move, wheel to zoom',
    toPicture: 'Show the picture',
    toText: 'Back to the text',
    touchHint: 'One finger turns, two move and zoom',
    invitation: 'Click any number to take it apart',
    touchInvitation: 'Tap any number to take it apart',
    legend: (scale: string) =>
      `Colours: blue is negative down to −${scale}, orange is positive up to ${scale}; small numbers are coloured more strongly than in proportion`,
    positiveLegend: (scale: string) =>
      `Colours: pale is 0, orange is positive up to ${scale}; small numbers are coloured more strongly than in proportion`,
    notComputed: 'not computed',
    untrained: (first: number) => `Means nothing: training judged only what comes out from position ${first} on.`,
    showBeyond: (name: string) => `Out of sight: ${name}. Show it`,
    missing: 'The part of the page that draws in 3D has not arrived yet. It comes as soon as the server answers.',
    noWebGL:
      'This browser does not offer WebGL 2, which the 3D view needs: here are still pictures. Every number can be taken apart without it.',
    still: (name: string) => `A still picture: ${name}`,
  },

  inset: {
    named: (name: string) => `Seen apart: ${name}`,
    show: 'Go there',
    close: 'Put away',
  },

  fan: {
    button: 'Heads side by side',
    laidOut: (names: string) => `Side by side: the heads of ${names}.`,
    folded: 'The heads stand behind one another again.',
  },

  inspector: {
    back: 'Back',
    forward: 'Forward',
    close: 'Close the inspector',
    trail: 'The way here',
    pin: 'Pin this cell to compare others with it',
    unpin: 'Unpin the cell',
    formula: 'Formula',
    numbers: 'With its numbers',
    python: 'The same in Python',
    why: {
      heading: 'Why this logit?',
      by: {
        parts: 'What each part adds',
        ways: 'The ways from the letters',
        layers: 'What each layer would answer',
        letters: 'How much each letter matters',
        patches: 'What another text would change',
      },
      absent:
        'The page cannot tell what this logit comes from: the model adds nothing to a residual stream, or was kept before the page knew its stream.',
      other: (length: string) => `Another text of ${length} tokens`,
      otherLength: (length: string) =>
        `Write ${length} of them: numbers can be taken from a text of the same length only.`,
      onStage: 'Show the ways on the stage',
      offStage: 'Take the ways off the stage',
      ofArriving: (sum: string) => `of the ${sum} that arrive there in all.`,
      edges: (count: string) => `All ${count} of them: what arrives at a cell adds up to what it passes on`,
      noCells: { biases: 'biases', rest: 'all that is too small to be shown' },
      patchesLead:
        'Numbers of the other text are put into this one, one place at a time: where that changes the logit, it matters how the texts differ there.',
      patchesPicture: 'What the logit becomes with the numbers of each place from the other text',
      picture:
        'The ways to the logit: lines as thick as what they carry, orange where it is positive, blue where it is negative',
    },
    steps: 'Step by step',
    terms: { sum: (n: string) => `${n} terms, added up`, one: 'Made from', max: (n: string) => `The largest of ${n}` },
    inOrder: 'In order',
    bySize: 'By size',
    column: { term: 'Term', value: 'Contribution', running: 'Sum so far', best: 'Largest so far' },
    shape: 'Shape',
    parameters: 'Parameters',
    kind: 'Kind',
    aliases: 'Also called',
    madeBy: 'Made by',
    from: 'From',
    feeds: 'Read by',
    origin: {
      weight: 'A weight: it was learned in training and is the same for every input.',
      input: 'An input: it comes straight from the letters typed.',
    },
    pick: 'Choose one of its cells, here or in the model, to see how that number comes about.',
    unloaded: 'No weights are loaded for this model: there are shapes, but no numbers.',
    masked: (asking: number, later: number) =>
      `Position ${asking} may not look at position ${later}, which comes later. The mask sets the score to −∞, so that the softmax gives it a share of exactly zero.`,
    notComputed: 'This cell is not computed yet: the model has only read as many tokens as there are letters so far.',
    waiting: 'Computing…',
    notSent: (cells: string) =>
      `These ${cells} numbers are too many to be sent at once. Choose a cell: it is taken apart with its own numbers.`,
    show: (name: string, index: string) => `Show ${name} ${index}`,
  },

  copy: {
    heading: 'Copy',
    as: { text: 'Copy as text', latex: 'Copy as LaTeX' },
    short: { text: 'Text', latex: 'LaTeX', done: 'Copied' },
    link: 'Copy a link to what is seen',
    done: { text: 'Copied as text.', latex: 'Copied as LaTeX.' },
    copiedLink: (address: string) => `The link is copied: ${address}`,
    failed: 'The browser did not allow copying.',
  },

  share: {
    heading: 'Share',
    picture: 'Save the picture (PNG)',
    drawing: 'Save a drawing of it (SVG)',
    saved: 'The picture is saved.',
    full: 'Fill the screen with the model',
    leave: 'Leave full screen',
  },

  numbers: {
    row: (axis: string) => `One row, along ${axis}`,
    matrix: (down: string, across: string) => `The numbers: ${down} downwards, ${across} across`,
    all: 'The numbers',
  },

  /** The run that the one at hand is compared with. */
  against: {
    heading: 'Compare with another run',
    about: 'The model is seen with the other run’s numbers, or with how far the two are apart, cell by cell.',
    bar: 'Compared with',
    kinds: {
      unchanged: 'The same without the changes',
      text: 'Other letters',
      model: 'Another model',
      moment: 'Another moment of the training',
    },
    nothingChanged: 'Nothing is changed yet: open a cell and choose “Change”, or take other letters.',
    noModels: 'There is no other model of the same size here. Train one below and keep it, or open one from a folder.',
    noMoments: 'Train the model below, pause, and every moment that was kept can be chosen here.',
    letters: 'The other letters',
    compare: 'Compare',
    model: 'The other model',
    untrained: 'the same model before any training',
    moment: 'After so many steps',
    with: {
      unchanged: 'the run without changes',
      text: (letters: string) => `the letters ${letters}`,
      model: (title: string) => title,
      untrained: (title: string) => `${title}, before any training`,
      fresh: 'the same model before any training',
      moment: (step: string) => `the weights after ${step} steps`,
    },
    shown: 'What is seen',
    seen: { difference: 'Difference', own: 'This run', other: 'Other run' },
    figures: {
      difference: 'These are differences: this run less the other.',
      own: 'These are the numbers of this run.',
      other: 'These are the numbers of the other run.',
    },
    legend: (scale: string) =>
      `Colours: orange where this run’s number is larger, up to ${scale}, blue where the other’s is; small differences are coloured more strongly than in proportion`,
    end: 'End',
    endIt: 'End the comparison',
    next: 'next',
    chances: 'Probability of the next token',
    most: 'Where they differ',
    alike: (count: string) => `In ${count} further tensors nothing differs.`,
    same: 'Nothing differs: the two runs have the same numbers.',
    partly: 'The model is too large to be compared as a whole: the tensors that you open are.',
    tensor: 'Tensor',
    largest: 'Largest',
    mean: 'Mean',
    sort: 'Sort',
    inOrder: 'In order of computing',
    bySize: 'Largest first',
    show: (title: string) => `Show the cell of ${title} that differs most`,
    live: (what: string) => `Compared with ${what}.`,
    ended: 'The comparison has ended.',
  },

  search: {
    heading: 'Search',
    field: 'Search chapters, tensors, actions',
    tensors: 'Tensors',
    parts: 'Parts of the model',
    actions: 'Actions',
    chapters: 'To read',
    within: ', ',
    nothing: (query: string) => `Nothing is called “${query}”.`,
    count: (found: number) => (found === 1 ? 'One result' : `${found} results`),
    help: '↑ ↓ choose · Tab completes · Enter goes there · a cell: q[2,3,7]',
  },

  outward: {
    start: (name: string) => `Fly from one number out to ${name}`,
    one: (model: string) => `one number of ${model}`,
    building: (name: string) => `Building ${name}…`,
    parameters: (count: number) => (count === 1 ? 'parameter' : 'parameters') as string,
  },

  models: {
    heading: 'Models',
    button: (name: string) => `Model: ${name}. Choose another`,
    parameters: (count: string) => `${count} parameters`,
    unloaded: 'no weights loaded: shapes only',
    caption: 'All models are drawn to one scale: a cell is as large in each.',
    /** What a model that is still to be taught is called: by its task, and by what is set otherwise than usual. */
    fresh: {
      title: (task: string, besides: readonly string[]) =>
        besides.length === 0 ? task : `${task} (${besides.join(', ')})`,
      untaught: 'new',
      tasks: {
        sort: 'sort',
        reverse: 'reverse',
        copy: 'copy',
        parity: 'parity',
        addition: 'addition',
        modular: 'modular addition',
        brackets: 'brackets',
        text: 'text',
      } as Record<string, string>,
      settings: {
        alphabet: (letters) => `letters ${letters}`,
        length: (count) => `length ${count}`,
        digits: (count) => (count === '1' ? '1 digit' : `${count} digits`),
        modulus: (modulus) => `modulo ${modulus}`,
        layers: (count) => (count === '1' ? '1 block' : `${count} blocks`),
        heads: (count) => (count === '1' ? '1 head' : `${count} heads`),
        width: (count) => (count === '1' ? '1 channel' : `${count} channels`),
        letters: (count) => `${count} different letters`,
        context: (count) => `${count} letters at once`,
      } as Record<string, (value: string) => string>,
    },
  },

  tour,

  playback: {
    heading: 'Playing on the stage',
    play: 'Play the forward pass',
    playCell: 'Play how this cell comes about',
    go: 'Play',
    pause: 'Pause',
    stepForward: 'One step on',
    stepBack: 'One step back',
    backwards: 'Play backwards',
    forwards: 'Play forwards',
    position: 'Position',
    speed: (factor: string) => `Speed: ${factor}×`,
    follow: 'Follow what is played',
    close: 'End',
    chosen: (position: number, piece: string, percent: string) => `answer token ${position}: ${piece}, ${percent}`,
    time: (now: string, whole: string) => `${now} of ${whole}`,
  },

  keys: {
    heading: 'Keys',
    list: [
      ['Space', 'next step of the tour; under Explore, next token'],
      ['Shift Space, Backspace', 'one step or token back'],
      ['R', 'back to the view that the tour or what is played shows'],
      ['← → ↑ ↓', 'move the selected cell'],
      ['Shift ← → ↑ ↓', 'on the stage: point at the next tensor'],
      ['PageUp, PageDown', 'move the selected cell to the head in front or behind'],
      ['[ ]', 'the tensor before, the tensor after'],
      ['Escape', 'close the inspector, end a comparison, put the inset away'],
      ['Ctrl K, /', 'search'],
      ['Home', 'the whole model'],
      ['P', 'play how the selected cell comes about, or else the forward pass; pause'],
      [', .', 'while playing: one step back, one step on'],
      ['< >', 'slower, faster'],
      ['B', 'play backwards, or forwards again'],
      ['Z, Shift Z', 'take a camera move back, make it again'],
      ['O', 'parallel lines or perspective'],
      ['G', 'fly from one number out to the largest model'],
      ['F', 'heads side by side, or behind one another again'],
      ['C', 'compare with the run without changes; then: difference, this run, the other run'],
      ['U', 'end a comparison, or else take back what was changed last'],
      ['?', 'these keys'],
    ] as [string, string][],
    madeWith: 'Made with three.js, Svelte and KaTeX.',
    licences: 'Their licences',
  },

  connection: {
    lost: 'The server does not answer. Your place is kept; the page goes on as soon as the server is back.',
  },

  file: {
    changed: (model: string) => `The files of ${model} have changed. What is shown is the model as it was opened.`,
    readAgain: 'Show it as it is now',
  },

  live: {
    computed: (letters: string) => `Computed for ${letters}.`,
    expects: (piece: string, percent: string) => `The model expects ${piece} next, ${percent}.`,
    cell: (reading: Reading) => `${reading.title}, ${reading.place}: ${reading.value}`,
    tensor: (title: string, shape: string) => `${title}, ${shape}`,
    closed: 'Inspector closed.',
    pinned: 'Pinned. Select another cell to compare.',
    unpinned: 'Unpinned.',
    model: (name: string, parameters: string) => `This is ${name}, with ${parameters} parameters.`,
    shown: (title: string) => `The model view shows ${title}.`,
  },

  /** What has no sentence here is said in the server's own English. */
  otherError: (_code: string, message: string) => message,

  /**
   * Refusals whose words are the page's own, by code. Others are in src/pellucid/words, or else are shown with the server's
   * own English sentence.
   */
  errors: {
    'unknown-letter': ({ letter, alphabet }) =>
      `“${letter}” is not one of this model's letters: type only ${alphabet}.`,
    'wrong-length': ({ length, expected }) => {
      const [given, wanted] = [Number(length), Number(expected)]
      const letters = sentence(count(given, 'letter', true))
      return given < wanted
        ? `${letters} so far: type ${count(wanted - given, 'more')}.`
        : `${letters} are too many: this model reads exactly ${WORDS[wanted] ?? wanted}.`
    },
    'empty-prompt': ({ expected, last }) => {
      const some = last === undefined ? 'some text' : `numbers from 0 to ${last}, such as 4, 5, 6`
      return `Nothing is typed yet: type ${expected === undefined ? some : count(Number(expected), 'letter', true)}.`
    },
    'no-number': ({ part, last }) =>
      `“${part}” is not the number of a token: type numbers from 0 to ${last}, with commas or spaces between them.`,
    'too-long': ({ length, most }) => `${length} tokens are too many: this model reads at most ${most}.`,
    'no-vocabulary': () => 'This model has no letters of its own: type the numbers of tokens, such as 4, 5, 6.',
    'file-changed': () =>
      'The files of this model have changed since it was opened, and this part of it had not been read yet: show the model as it is now.',
    'unlike-length': ({ length, expected }) =>
      `The other input has ${length} tokens and this one has ${expected}: give both the same number of tokens.`,
    'unfit-chapter': ({ model }) => `This chapter speaks of things that ${model} does not have.`,
  } as Record<string, (details: ErrorDetails) => string>,
}

export type Messages = typeof en

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Small numbers as English writes them, with a plural where one is due. */
function count(amount: number, noun: string, plural = false): string {
  return `${WORDS[amount] ?? amount} ${plural && amount !== 1 ? `${noun}s` : noun}`
}
