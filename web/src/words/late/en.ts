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
  models: {
    loaded: 'weights loaded',
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
