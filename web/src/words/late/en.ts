/** What panels that come later say in English. */
export const late = {
  learning: {
    apart: {
      answers:
        'Behind each arrow: what the model would have written before this step, each letter read behind the right ones before it.',
      rightAnswer: (answer: string) => `right: ${answer}`,
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
    changed:
      'This is asked of the run with its changes. What you changed counts as given: nothing is traced back behind it.',
    changedStream:
      'Numbers of the residual stream itself are changed, so that what was added to it no longer says what is in it: ' +
      'undo that, or ask what each layer would answer or how much each letter matters.',
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
