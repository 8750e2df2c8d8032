import { expect, test } from 'vitest'
import { formatAddress, parseAddress, unknownEntries, type Address } from './address'

const NOTHING: Address = {
  model: null,
  text: null,
  tokens: null,
  step: 0,
  tour: null,
  view: 'chapter',
  beside: [],
  cell: null,
  fan: null,
  pin: null,
  change: null,
  against: null,
  seen: null,
  camera: null,
  language: null,
  theme: null,
}

test('an empty address says nothing, and nothing is an empty address', () => {
  expect(parseAddress('')).toEqual(NOTHING)
  expect(formatAddress(NOTHING)).toBe('')
})

const EVERYTHING: Address = {
  model: 'gpt2',
  text: 'CBABBC',
  tokens: [2, 1, 0],
  step: 3,
  tour: { chapter: '04-self-attention', step: 2, position: 0.42 },
  view: 'explore',
  beside: ['gpt2', 'gpt3'],
  cell: 'blocks.0.attn.q:2,3,7',
  fan: ['blocks.0.attn.scores', 'blocks.0.attn.pattern'],
  pin: 'blocks.0.attn.q:0,3,7',
  change: 'blocks.1.attn.z[h=2];blocks.0.attn.q~mean(2,1,0|0,1,2)',
  against: 'text:BACCAB',
  seen: 'other',
  camera: { target: [0, -80, 0.5], distance: 200, azimuth: 30, elevation: 15, parallel: true },
  language: 'ja',
  theme: 'dark',
}

test('what is written into an address is read from it again', () => {
  expect(parseAddress(formatAddress(EVERYTHING))).toEqual(EVERYTHING)
})

test('an address reads as docs/page.md shows it', () => {
  expect(formatAddress(EVERYTHING)).toBe(
    '?model=gpt2&text=CBABBC&tokens=2,1,0&step=3&tour=04-self-attention:3:0.42&view=explore&beside=gpt2,gpt3' +
      '&cell=blocks.0.attn.q:2,3,7&fan=blocks.0.attn.scores,blocks.0.attn.pattern&pin=blocks.0.attn.q:0,3,7' +
      '&change=blocks.1.attn.z%5Bh=2%5D;blocks.0.attn.q~mean(2,1,0%7C0,1,2)&against=text:BACCAB&seen=other&camera=0,-80,0.5,200,30,15,parallel&lang=ja&theme=dark',
  )
})

test('a text keeps its signs', () => {
  const text = 'a & b = c? 100 % #1, "日本語"'
  expect(parseAddress(formatAddress({ ...NOTHING, text })).text).toBe(text)
})

test.each([
  ['?step=-4', { step: 0 }],
  ['?step=2.9', { step: 2 }],
  ['?step=x', { step: 0 }],
  ['?tokens=1,,2', { tokens: null }],
  ['?fan=none', { fan: [] }],
  ['?camera=1,2,3', { camera: null }],
  ['?camera=1,2,3,4,5,x', { camera: null }],
  ['?camera=1,2,3,4,5,6,flat', { camera: null }],
  ['?tour=../etc', { tour: null }],
  ['?view=elsewhere', { view: 'chapter' }],
  ['?lang=fr', { language: null }],
  ['?theme=red', { theme: null }],
  ['?change=', { change: null }],
])('%s says nothing that makes no sense', (search, expected) => {
  expect(parseAddress(search)).toMatchObject(expected)
})

test('changes are gathered, under their older name too', () => {
  expect(parseAddress('?off=a[h=0]&change=b~scale(2);c&change=d').change).toBe('b~scale(2);c;d;a[h=0]')
})

test('what no address of the page has is told from what it writes', () => {
  expect(unknownEntries(formatAddress(EVERYTHING) + '&off=a')).toEqual([])
  expect(unknownEntries('?chnage=a&text=A&chnage=b&utm=1')).toEqual(['chnage', 'utm'])
})

test.each([
  'camera=1,2',
  'step=x',
  'step=-1',
  'lang=fr',
  'theme=blue',
  'view=zzz',
  'tokens=a',
  'tour=?',
  'against=x',
  'seen=x',
])('the value in %s is told to mean nothing', (entry) => {
  expect(unknownEntries(`?text=A&${entry}`)).toEqual([entry])
})

test('an entry without a value, and what the page shows anyway, are no mistakes', () => {
  expect(unknownEntries('?step=&lang=&view=chapter&camera=&theme=')).toEqual([])
})
