/** What a search finds, and in which order. */
import { expect, test } from 'vitest'
import { search, type Finding, type Provider } from './finding'

function finding(title: string, ...spellings: string[]): Finding {
  return {
    id: title,
    title,
    place: '',
    detail: '',
    spellings: [title, ...spellings],
    completion: null,
    mark: 'part',
    run: () => null,
  }
}

const offer = (heading: string, ...all: Finding[]): Provider => ({ heading, all, before: 1 })

const PROVIDERS = [
  offer('To read', finding('自己注意', 'Self-attention'), finding('埋め込み', 'Embedding')),
  offer(
    'Tensors',
    finding('scale', 'blocks.0.ln_final.weight'),
    finding('probabilities', 'softmax'),
    ...Array.from({ length: 20 }, (_, number) => finding(`注意パターン ${number}`)),
  ),
]

const found = (query: string) =>
  search(PROVIDERS, query).map(({ heading, findings }) => [heading, findings.map(({ title }) => title)] as const)

test('what holds the letters as they were typed is found, not what has them strewn about', () => {
  expect(found('soft')).toEqual([['Tensors', ['probabilities']]])
  expect(found('slfatt')).toEqual([['To read', ['自己注意']]])
})

test('many of one kind leave what else is found in sight', () => {
  const [tensors, reading] = found('注意')
  expect(tensors?.[1]).toHaveLength(6)
  expect(reading).toEqual(['To read', ['自己注意']])
})
