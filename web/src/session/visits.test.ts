import { expect, test } from 'vitest'
import { OwnVisits } from './visits'

test('a guest goes back and forward in a list of its own', () => {
  const visits = new OwnVisits('?text=A')
  let arrivals = 0
  const end = visits.watch(() => arrivals++)
  visits.replace('?text=B', 1)
  visits.push('?text=C', 2)
  expect([visits.search, visits.mark]).toEqual(['?text=C', 2])
  visits.go(-1)
  expect([visits.search, visits.mark]).toEqual(['?text=B', 1])
  visits.go(1)
  visits.go(1)
  expect(visits.search).toBe('?text=C')
  expect(arrivals).toBe(2)
  end()
  visits.go(-1)
  expect(arrivals).toBe(2)
})

test('a new place takes the place of those that were gone back from', () => {
  const visits = new OwnVisits('')
  visits.push('?a', null)
  visits.push('?b', null)
  visits.go(-2)
  visits.push('?c', null)
  visits.go(1)
  expect(visits.search).toBe('?c')
  visits.go(-1)
  expect(visits.search).toBe('')
})
