/** あとから読み込まれるパネルの日本語の言葉。 */
import type { LateWords } from './en'

export const late: LateWords = {
  learning: {
    apart: {
      answers:
        '矢印の右は、このステップの前のモデルの答えです。どの文字も、その前までは正しい文字を読ませたときの答えです。',
      rightAnswer: (answer) => `正解：${answer}`,
    },
    terms: {
      term: 'どこの項か',
      factors: '掛け合わせる数',
      parts: 'もとになる数',
      product: '積',
      value: '値',
    },
  },
}
