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
}

export type LateWords = typeof late
