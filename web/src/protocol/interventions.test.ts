import { expect, test } from 'vitest'
import { isOff, parseChange } from './interventions'

test('cells are crossed out where nothing is left of them, and else their numbers are to be read', () => {
  const off = ['zero', 'set(0)', 'scale(0)'].map(parseChange)
  const changed = ['set(2)', 'set(-inf)', 'scale(2)', 'add(0)', 'freeze', 'mean(t)', 'from(0,1)'].map(parseChange)
  expect(off.map((change) => change && isOff(change))).toEqual([true, true, true])
  expect(changed.map((change) => change && isOff(change))).toEqual(changed.map(() => false))
})
