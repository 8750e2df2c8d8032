/**
 * What is said of a run in which the reader changes something; it comes with the panel that says it.
 */
import type { Change } from '../protocol/interventions'
import type { Language } from './languages'
import { formatNumber } from './numbers'

export interface ChangeWords {
  heading: string
  /** Where the tour is read. */
  tour: string
  /** The text is still too short to have the cells. */
  absent: string
  undo: (change: string) => string
  done: (change: Change) => string
}

export const CHANGES: Readonly<Record<Language, ChangeWords>> = {
  en: {
    heading: 'Changed in this run',
    tour: 'The numbers in the text are those of the run without this.',
    absent: 'not in a text as short as this',
    undo: (change) => `Undo: ${change}`,
    done: (change) => {
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
          return `set to the mean along ${change.axes.join(', ')}`
        case 'mean over':
          return `set to the mean over ${change.texts.length} other texts`
        case 'from':
          return 'taken from another text'
        case 'freeze':
          return 'held as they are without changes'
      }
    },
  },
  ja: {
    heading: 'この計算での変更',
    tour: '本文の数値は、変更しない場合のものです。',
    absent: 'この長さの入力にはありません',
    undo: (change) => `元に戻す：${change}`,
    done: (change) => {
      switch (change.kind) {
        case 'zero':
          return '0 にする'
        case 'set':
          return `${formatNumber(change.number)} にする`
        case 'scale':
          return `${formatNumber(change.number)} 倍にする`
        case 'add':
          return `${formatNumber(change.number)} を足す`
        case 'mean along':
          return `${change.axes.join(', ')} に沿った平均にする`
        case 'mean over':
          return `ほかの入力 ${change.texts.length} 個での平均にする`
        case 'from':
          return '別の入力での値にする'
        case 'freeze':
          return '変更しない場合の値に固定する'
      }
    },
  },
}
