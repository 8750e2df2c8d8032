import { expect, test } from 'vitest'
import type { Animation, Scenery } from '../scene/scenery'
import { inSequence } from './performance'
import { Timeline } from './timeline'

function played(seconds: number, beats: number[], tensor: string): Animation {
  return {
    seconds,
    beats,
    at: (position) => ({ progress: new Map([[tensor, position]]) }) as unknown as Scenery,
  }
}

const first = played(2, [0.5, 1], 'first')
const second = played(4, [0.25, 1], 'second')
const timeline = new Timeline([
  { animation: first, seconds: 2 },
  { animation: second, seconds: 8 },
])

test('a time shows one clip, as far as it has come', () => {
  expect(timeline.seconds).toBe(10)
  expect(timeline.at(0)).toMatchObject({ clip: { animation: first }, position: 0 })
  expect(timeline.at(1.5)).toMatchObject({ clip: { animation: first }, position: 0.75 })
  expect(timeline.at(2)).toMatchObject({ clip: { animation: second }, position: 0 })
  expect(timeline.at(4)).toMatchObject({ clip: { animation: second }, position: 0.25 })
})

test('before the beginning is the beginning, and after the end the end', () => {
  expect(timeline.at(-3)).toMatchObject({ clip: { animation: first }, position: 0 })
  expect(timeline.at(99)).toMatchObject({ clip: { animation: second }, position: 1 })
})

test('from beat to beat, forwards and back', () => {
  const forwards: number[] = []
  for (let time = 0; time < timeline.seconds; forwards.push(time)) time = timeline.beatAfter(time)
  expect(forwards).toEqual([1, 2, 4, 10])
  const back: number[] = []
  for (let time = 10; time > 0; back.push(time)) time = timeline.beatBefore(time)
  expect(back).toEqual([4, 2, 1, 0])
})

test('animations in a sequence are one, in which what comes later has not begun', () => {
  const whole = inSequence([first, second]) as Animation
  expect(whole.seconds).toBe(6)
  expect(whole.beats.map((beat) => beat * 6)).toEqual([1, 2, 3, 6])
  expect([...whole.at(1 / 6).progress]).toEqual([
    ['second', 0],
    ['first', 0.5],
  ])
  expect([...whole.at(1).progress]).toEqual([['second', 1]])
  expect(inSequence([])).toBeNull()
  expect(inSequence([first])).toBe(first)
})
