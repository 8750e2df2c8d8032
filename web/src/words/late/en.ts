import type { Change } from '../../protocol/interventions'
import type { Unfitness } from '../../training/corpus'
import { formatNumber } from '../numbers'

/** Why a text cannot be learned from. */
type Sentences = Readonly<Record<Unfitness, (...details: string[]) => string>>

/** What panels that come later say in English. */
export const late = {
  learning: {
    heading: 'Train it here',
    about:
      'Your browser teaches the model its task from nothing, by the very formulas that the stage shows. ' +
      'Watch the numbers on the stage change while it learns. The model itself stays as it is.',
    seed: 'Seed',
    rate: 'Learning rate',
    usual: 'as usual',
    badSeed: (most: string) => `A seed is a whole number from 0 to ${most}.`,
    badRate: 'A learning rate is above 0 and below 1: leave it empty for the usual one.',
    start: 'Start training',
    anew: 'Start again',
    pause: 'Pause',
    goOn: 'Go on',
    oneStep: 'One step',
    stop: 'Stop',
    step: 'step',
    loss: 'loss',
    accuracy: 'right in the batch',
    moment: 'Go back through the training',
    shown: (step: string) => `the weights after ${step} steps of this training`,
    onStage: (what: string) => `On the stage: ${what}.`,
    back: 'Back to the model',
    curves: (steps: string, from: string, to: string) =>
      `Loss over ${steps} steps, from ${from} to ${to}, and the share of right answers in each batch`,
    done: (steps: string, right: string, of: string, rightHeldOut: string, ofHeldOut: string) =>
      `After ${steps} steps, ${right} of the ${of} questions that it could learn from are answered correctly, ` +
      `and ${rightHeldOut} of the ${ofHeldOut} that it never saw.`,
    sample: (questions: string) => `They were drawn from the ${questions} questions that the task has.`,
    diverged: (step: string, rate: string) =>
      `The gradient of step ${step} is no longer a finite number: start again with a learning rate below ${rate}.`,
    grown: (loss: string, first: string, rate: string) =>
      `The loss grew from ${first} to about ${loss} and has not come back since: ` +
      `with the learning rate ${rate} the model will hardly learn. Start again with a lower one.`,
    name: 'Name',
    keep: 'Keep this model',
    text: {
      curves: (steps: string, from: string, to: string) =>
        `Loss over ${steps} steps, from ${from} to ${to}, the loss on what is held out, and what guessing gets`,
      heldOut: 'loss on what it never sees',
      guessing: (single: string, pairs: string) =>
        `Guessing by how often each letter occurs gets ${single} there (the grey line), by the letter before it ${pairs}. Lower is better.`,
      done: (steps: string, letters: string, heldOut: string, trained: string, single: string, pairs: string) =>
        `After ${steps} steps, its loss is ${heldOut} on ${letters} letters that it never saw, and ${trained} on what it learned from. ` +
        `Counting letters gets ${single}, and counting which letter follows which ${pairs}.`,
    },
    named: (model: string, step: string) => `${model}, step ${step}`,
    kept: (name: string) => `${name} is kept in this browser, and stands in the list of models.`,
    show: (name: string) => `Show ${name} and leave this training`,
    meanwhile: (name: string) =>
      `While it trains, the stage alone follows; all else still shows ${name} until you pause.`,
    unnamed: 'Give it a name.',
    taken: (name: string) => `There is a model called ${name} already: give this one another name.`,
    there: {
      legend: 'Where it trains',
      page: 'in this page',
      server: 'on this computer, with Python',
      about:
        'Python teaches the model its task from nothing, on the computer that serves this page, ' +
        'just as pellucid train does. ' +
        'It goes on when you close the page, and every page that shows the model can watch it. The model itself stays as it is.',
      steps: 'Steps',
      badSteps: (most: string) =>
        `Steps are a whole number from 1 to ${most}: leave it empty to train as long as it takes.`,
      kept: (name: string) => `${name} is kept on this computer, and stands in the list of models.`,
      stopped: 'This training was stopped in another window.',
    },
    apart: {
      heading: (step: string) => `Step ${step}, taken apart`,
      batch: (questions: string, right: string, loss: string) =>
        `It learned from these ${questions} questions, of which ${right} were answered correctly before it. Their loss was ${loss}.`,
      rows: (rows: string, loss: string) =>
        `It learned from these ${rows} pieces, at each letter of which it was asked for the next. Their loss was ${loss}.`,
      right: 'answered correctly',
      wrong: 'answered wrongly',
      gradient: (norm: string) => `The gradient of that loss, over all weights, was ${norm} long.`,
      clipped: (most: string) => `It was shortened to ${most}, the longest that is allowed.`,
      weight: 'What AdamW made of it for one weight:',
      slope: 'how the loss grows with the weight',
      shortened: 'how the loss grows with the weight, shortened with the whole gradient',
      mean: 'running mean of the gradients',
      square: 'running mean of their squares',
      corrected: 'both made up for having begun at 0',
      decay: 'weight decay',
      moved: 'the weight after the step',
      average: (value: string) =>
        `By now the model has the average of what the last steps left of each weight, which evens out what single steps do by chance: for this one, ${value}.`,
      lossTerms: 'What the loss is made of',
      gradientTerms: 'What the gradient is made of',
      question: (number: string) => `question ${number}`,
      sumOf: (count: string) => `The sum of ${count} terms, the largest first:`,
      largestOf: (count: string) => `The largest of ${count}:`,
      others: (count: string) => `and ${count} more, together`,
      note:
        'Open any weight in the model to see its own numbers here; without one, it is the weight that moved most. ' +
        'To the root, 0.00000001 is added, so that nothing is divided by 0.',
      answers:
        'Behind each arrow: what the model would have written before this step, each letter read behind the right ones before it.',
      rightAnswer: (answer: string) => `right: ${answer}`,
      rest: (count: string) => `Show the other ${count} questions`,
    },
    other: {
      heading: 'Teach another model',
      about: (isSized: boolean) =>
        `Choose what it is to learn${isSized ? ' and how large it is' : ''}. ` +
        'It comes with weights that mean nothing yet: ' +
        'start its training and see what becomes of them.',
      task: 'Task',
      tasks: {
        sort: 'sort letters',
        reverse: 'write letters backwards',
        copy: 'copy letters',
        parity: 'parity: is the number of ones odd?',
        addition: 'add two numbers',
        modular: 'add two numbers, modulo a third',
        brackets: 'brackets: is each one closed?',
        names: 'words of a list: make up others like them',
        text: 'a text of your own: go on with it',
      } as Record<string, string>,
      settings: {
        alphabet: 'Letters',
        length: 'Letters of a question',
        digits: 'Digits of a number',
        modulus: 'Modulus',
        layers: 'Blocks',
        heads: 'Heads of a block',
        width: 'Channels',
        context: 'Letters read at once',
      } as Record<string, string>,
      text: {
        given: { names: 'Words, one on each line', text: 'The text' },
        file: 'Open a text file (UTF-8)',
        opened: (file: string) => `from ${file}`,
        list: 'Take first names from many countries',
        titles: { names: 'your words', text: 'your text' },
        stays:
          'What you give stays in this browser, and no address can carry it. The new model goes when you leave the page, ' +
          'unless you keep it: then it is kept here together with its text.',
        unfit: {
          empty: () => 'There is nothing in this file to learn from: open another, or paste a text.',
          encoding: () => 'This file is not text in UTF-8: save it in that encoding, or paste the text.',
          null: () => 'This holds null characters, so it is no text in UTF-8: give another.',
          large: (most) => `This is too much to be read in a page: give at most ${most} letters.`,
          same: () => 'This text has one letter alone, so that there is nothing to learn: give one with several.',
          letters: (count, most) => `This has ${count} different letters, and a page can teach at most ${most}.`,
          'letters-here': (fewest) =>
            `Without a server, models are made for texts with at least ${fewest} different letters: give such a text.`,
          short: (count, fewest) =>
            `This text has ${count} letters, too few to learn from and to be asked about: give at least ${fewest}.`,
          word: (word, most) =>
            `“${word}” will not do: give words of at most ${most} visible letters, one on each line, without full stops.`,
          few: (count, fewest) => `These are ${count} different words: give at least ${fewest}, one on each line.`,
          context: (most) => `From 2 to ${most} letters can be read at once.`,
        } satisfies Sentences as Sentences,
      },
      show: 'Show the new model',
      whole: (name: string) => `${name}: give a whole number, 1 or more.`,
      letters: (name: string) =>
        `${name}: write two or more, one after the other, each once, without commas or spaces.`,
      indivisible: (channels: string, heads: string) =>
        `${channels} channels cannot be shared out among ${heads} heads: make the channels a multiple of the heads.`,
    },
    /** What stands in the columns of a number's terms. */
    terms: {
      term: 'Of',
      factors: 'Numbers multiplied',
      parts: 'Numbers that it is made of',
      product: 'Product',
      value: 'Value',
    },
  },
  why: {
    short: {
      parts: 'Each part',
      ways: 'The ways',
      layers: 'Each layer',
      letters: 'Each letter',
      patches: 'Another text',
    },
    patchColours: (logit: string) => `Orange where that raises the logit from ${logit}, blue where it lowers it.`,
    changed:
      'This is asked of the run with its changes. What you changed counts as given: nothing is traced back behind it.',
    changedStream:
      'Numbers of the residual stream itself are changed, so that what was added to it no longer says what is in it: ' +
      'undo that, or choose “Each layer” or “Each letter”.',
    changedThere: 'This model is measured where it is stored, and only without changes: undo them to ask.',
  },
  patterns: {
    heading: 'All attention patterns',
    about:
      'A row is a position that gathers, a column one that it gathers from: the stronger the colour, the more it takes. ' +
      'Choose one to open it.',
    open: (block: string, head: string) => `Attention pattern of ${block}, head ${head}`,
  },
  activations: {
    heading: 'What it answers to most',
    about: (count: string) =>
      `The ${count} questions of the task, with their answers, in which this channel is largest at some letter; ` +
      'each letter has the colour of the number there.',
  },
  sweep: {
    heading: 'What the model can do without each part',
    about:
      'A part is off when its numbers are zero. What you switch off here stays off for every text, and stands in the list of changes.',
  },
  /** What a model was taught, behind “Its task is to”. */
  tasks: {
    sort: 'sort its letters: write them in the order of the alphabet',
    reverse: 'reverse its letters: write them from the last to the first',
    copy: 'copy its letters: write them once more',
    parity: 'tell the parity of its digits: write after each whether the ones so far are odd in number (1) or even (0)',
    addition: 'add two numbers: write the sum from its last digit to its first',
    modular: 'add two numbers modulo a third, where every number is one letter',
    brackets: 'judge its brackets: write y where every one is closed, n where not',
    names: 'make up words like those that it has read, letter by letter',
    text: 'go on with a text like the one that it has read',
  } as Record<string, string>,
  itsTask: (does: string) => `Its task is to ${does}.`,
  ending: {
    heading: (chapters: number): string => (chapters === 1 ? 'This is the end' : 'You have seen every chapter'),
    unseen: (chapters: number) => `This is the end; still to see: ${chapters} chapter${chapters === 1 ? '' : 's'}`,
    all: (chapters: number): string =>
      chapters === 1
        ? 'There is only this one chapter, and you have come to the end of it.'
        : `That was the last of ${chapters} chapters.`,
    missed: 'Of these you have not seen every step yet:',
    tryHeading: 'Worth trying',
    tries: {
      letters: 'Type letters of your own and follow one number of the answer back to them, step by step.',
      heads: 'Switch off a head in Explore and see which answers go wrong.',
      here: (heading: string) => `Teach the model anew in Explore, under “${heading}”, and watch its numbers change.`,
      command: 'Train a model of your own with “pellucid train sort” and open it with “pellucid serve”.',
      beside: 'Put GPT-2 and GPT-3 beside this model and look how much larger they are.',
    },
    explore: 'Explore the model',
    share: 'Copy a link to this page',
    readHeading: 'To read on',
    reading: [
      { title: 'Attention Is All You Need', by: 'Vaswani et al. 2017', address: 'https://arxiv.org/abs/1706.03762' },
      {
        title: 'Language Models are Unsupervised Multitask Learners (GPT-2)',
        by: 'Radford et al. 2019',
        address:
          'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
      },
      {
        title: 'Language Models are Few-Shot Learners (GPT-3)',
        by: 'Brown et al. 2020',
        address: 'https://arxiv.org/abs/2005.14165',
      },
      {
        title: 'A Mathematical Framework for Transformer Circuits',
        by: 'Elhage et al. 2021',
        address: 'https://transformer-circuits.pub/2021/framework/index.html',
      },
      { title: 'minGPT', by: 'Karpathy', address: 'https://github.com/karpathy/minGPT' },
    ],
  },
  models: {
    loaded: 'ready to be asked',
    kept: 'taught here, kept in this browser',
    keptHere: 'trained here, kept on this computer',
    rename: (name: string) => `Rename ${name}`,
    title: 'Name',
    renamed: 'Rename',
    remove: (name: string) => `Remove ${name}`,
    download: (name: string) => `Download ${name} as a folder for “pellucid serve” and transformers (zip)`,
    removed: (name: string) => `${name} is removed.`,
    putBack: 'Put it back',
    beside: (name: string, shown: string) => `${name} beside ${shown}`,
  },
  /** Changing cells by hand. */
  alter: {
    open: 'Change',
    heading: 'Change cells',
    drag: 'Drag to change this number, or use the arrow keys',
    cells: 'Which cells',
    whole: 'the whole tensor',
    one: 'this cell',
    how: 'What happens',
    pick: 'choose…',
    kinds: {
      zero: 'switch off (0)',
      set: 'set to',
      scale: 'multiply by',
      add: 'add',
      from: 'as with other letters',
      'mean over': 'mean over many inputs',
      'mean along': 'mean along an axis',
      freeze: 'hold as without changes',
    },
    number: 'Number',
    hide: 'Set to −∞, so that a softmax gives it no share',
    letters: 'Letters to take them from',
    axis: 'Axis',
    badNumber: 'Type a number, such as 0.5. With “set to”, −∞ will do as well.',
    undo: 'Undo',
    see: 'Show the difference',
    reach: (first: string, last: string) =>
      `This changes the cells at positions ${first} to ${last}, which are those of the texts that the numbers come from. ` +
      'At later positions, where more of the answer is written, they stay as they are.',
    inputs: (last: string) => `This is the number of a token or position: a whole number from 0 to ${last}.`,
  },
  /** What is said of a run in which the reader changes something. */
  changes: {
    heading: (changes: number) => `${changes} ${changes === 1 ? 'change' : 'changes'} in this run`,
    /** What unfolds those that were made before the ones in sight. */
    earlier: (changes: number) => (changes === 1 ? '1 earlier change' : `${changes} earlier changes`),
    /** Where the tour is read. */
    tour: 'The numbers in the text are those of the run without this.',
    /** The text is still too short to have the cells. */
    absent: 'not in a text as short as this',
    undo: (change: string) => `Undo: ${change}`,
    undoAll: 'Undo all',
    compare: 'Show the difference',
    positions: (first: string, last: string) => `at positions ${first} to ${last}`,
    /** With the names of the axes, or the text, that numbers are taken from. */
    done: (change: Change, axes: string, text: string): string => {
      switch (change.kind) {
        case 'zero':
          return 'set to 0'
        case 'set':
          return `set to ${formatNumber(change.number)}`
        case 'scale':
          return `multiplied by ${formatNumber(change.number)}`
        case 'add':
          return `plus ${formatNumber(change.number)}`
        case 'mean along':
          return `set to the mean along the ${change.axes.length > 1 ? 'axes' : 'axis'} ${axes}`
        case 'mean over':
          return `set to the mean over ${change.texts.length} other texts`
        case 'from':
          return `set to what they are for ${text}`
        case 'freeze':
          return 'held as they are without changes'
      }
    },
  },
  softmax: {
    heading: 'The row before and after',
    masked: 'masked',
    maskedShare: 'Masked: e to the power of −∞ is 0, so its share is exactly 0.',
    some: (shown: string, all: string) => `The ${shown} largest of ${all}.`,
  },
  column: {
    before: 'Before',
    after: 'After',
    picture: (count: string, min: string, max: string, { mean, deviation }: { mean: string; deviation: string }) =>
      `${count} numbers from ${min} to ${max}, with mean ${mean} and standard deviation ${deviation}`,
  },
  curve: {
    heading: (name: string) => `${name} as a curve`,
    picture: (name: string, x: string, y: string) => `The curve of ${name}; here it takes ${x} to ${y}`,
    caption: (count: string) => `Each dot is one of this tensor's ${count} cells.`,
  },
  spread: {
    heading: 'All numbers of this tensor',
    picture: (count: string, min: string, max: string) => `Histogram of ${count} numbers from ${min} to ${max}`,
    count: 'numbers',
    infinite: 'masked',
    min: 'smallest',
    max: 'largest',
    mean: 'mean',
    deviation: 'deviation',
    norm: 'norm',
    nearZero: 'near zero',
  },
  comparison: {
    pinned: 'Pinned',
    selected: 'Selected',
    difference: 'Difference',
    hint: 'Select another cell to compare it with this one.',
    compare: 'Compare',
    arithmetic: 'Arithmetic',
    unpin: 'Unpin',
    terms: 'Terms, the most different first',
    unlike: 'These two cells are made in different ways, so their terms do not correspond.',
  },
  changedWeight: 'A weight: it was learned in training. Some of its numbers are changed by hand in this run.',
  trainings: {
    heading: 'Trainings on this computer',
    between: ', ',
    step: (step: string, steps: string) => `step ${step} of ${steps}`,
    states: {
      running: 'running',
      paused: 'paused',
      done: 'at its end',
      diverged: 'ended: its numbers grew beyond bounds',
      failed: 'ended by a defect',
    },
    watch: 'Watch',
    watchOne: (name: string) => `Watch ${name} in training`,
    pauseOne: (name: string) => `Pause ${name}`,
    goOnOne: (name: string) => `Go on with ${name}`,
    stopOne: (name: string) => `Stop ${name}`,
  },
}

export type LateWords = typeof late
