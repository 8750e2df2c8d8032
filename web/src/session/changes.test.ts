import { expect, test } from 'vitest'
import { formatInterventions } from '../protocol/interventions'
import type { Description } from '../protocol/types'
import { Refusal } from '../source/refusal'
import { possibleAt } from './changes'
import { parseChanges } from './wanted-changes'

const MODEL = {
  graph: {
    axes: { h: { size: 3, grows: false }, t: { size: 11, grows: true }, d: { size: 16, grows: false } },
    tensors: [
      { name: 'blocks.0.attn.z', axes: ['h', 't', 'd'], shape: [3, 11, 16], kind: 'activation', aliases: ['hook_z'] },
      { name: 'embed.W_pos', axes: ['t', 'd'], shape: [11, 16], kind: 'weight', aliases: [] },
    ],
  },
} as unknown as Description

test.each([
  ['hook_z[0,0..2,3]~scale(2.0)', 'blocks.0.attn.z[h=0,t=0..2,d=3]~scale(2)'],
  ['blocks.0.attn.z~zero;embed.W_pos:10,0~add(1)', 'blocks.0.attn.z;embed.W_pos[t=10,d=0]~add(1)'],
])('%s is read and written in the one spelling', (text, spelling) => {
  expect(formatInterventions(parseChanges(text, MODEL))).toBe(spelling)
})

test.each([
  ['blocks.0.attn.z[h=3]', 'blocks.0.attn.z is h 3 × t 11 × d 16'],
  ['blocks.0.attn.z[t=9..11]', 'blocks.0.attn.z is h 3 × t 11 × d 16'],
  ['blocks.0.attn.z;nothing[h=0]', "'nothing[h=0]' cannot be"],
  ['nothing[h=0]', 'no such tensor; write a change as blocks.0.attn.z[h=0]~scale(2)'],
  ['grad.hook_z[t=0]', 'gradients and the loss cannot be changed'],
  [
    'hook_z[t=last]',
    'these are no cells of blocks.0.attn.z: write whole numbers, such as blocks.0.attn.z[h=0,t=0,d=0]',
  ],
  ['blocks.0.attn.z~twice', '~twice is no change: write zero, freeze, set(0.5), scale(2)'],
  ['blocks.0.attn.z~sacle(2)', '~sacle(2) is no change'],
  ['blocks.0.attn.z~from(CBA)', 'from(2,1,0) with numbers of tokens'],
  ['x'.repeat(5000), 'xxx…'],
])('%.40s is refused in one short sentence', (text, part) => {
  const refused = () => parseChanges(text, MODEL)
  expect(refused).toThrow(Refusal)
  expect(refused).toThrow(part)
  expect(refused).toThrow(/^.{20,260}$/)
})

test('a change lasts as far as a text has its cells', () => {
  const changes = parseChanges('blocks.0.attn.z[t=4..8];blocks.0.attn.z[h=1];embed.W_pos[t=8]', MODEL)
  const spelled = (tokens: number) => formatInterventions(possibleAt(changes, MODEL, tokens))
  expect(spelled(4)).toBe('blocks.0.attn.z[h=1];embed.W_pos[t=8]')
  expect(spelled(6)).toBe('blocks.0.attn.z[t=4..5];blocks.0.attn.z[h=1];embed.W_pos[t=8]')
  expect(spelled(9)).toBe(formatInterventions(changes))
})
