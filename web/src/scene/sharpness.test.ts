import { beforeEach, expect, test, vi } from 'vitest'
import { Sharpness } from './sharpness'

beforeEach(() => {
  vi.stubGlobal('window', { devicePixelRatio: 2 })
})

/** What is drawn after so many frames of a movement that each take so long. */
function moved(frames: number, frameMs: number, sharpness = new Sharpness()): Sharpness {
  for (let frame = 0; frame < frames; frame++) sharpness.adapt(frame * frameMs, true)
  return sharpness
}

const shown = ({ isSmooth, pixelRatio }: Sharpness) => ({ isSmooth, pixelRatio })

test('a machine that keeps up draws as sharply as the screen allows, at thirty frames a second too', () => {
  for (const frameMs of [1000 / 60, 1000 / 30])
    expect(shown(moved(300, frameMs))).toEqual({ isSmooth: true, pixelRatio: 2 })
})

test('a slower one gives up smooth edges first and then resolution', () => {
  const levels = [1, 10, 40].map((frames) => shown(moved(frames, 60)))
  expect(levels).toEqual([
    { isSmooth: true, pixelRatio: 2 },
    { isSmooth: false, pixelRatio: 2 },
    { isSmooth: false, pixelRatio: 1 },
  ])
})

test('what rests is sharp', () => {
  const sharpness = moved(40, 60)
  expect(sharpness.adapt(2400, false), 'the pixel ratio has changed').toBe(true)
  expect(shown(sharpness)).toEqual({ isSmooth: true, pixelRatio: 2 })
})

test('one long pause is no slow machine', () => {
  const sharpness = moved(60, 1000 / 60)
  sharpness.adapt(1500, true)
  expect(shown(sharpness)).toEqual({ isSmooth: true, pixelRatio: 2 })
})

test('after a slow movement the next one begins as the last one ended', () => {
  const sharpness = moved(40, 60)
  sharpness.adapt(2400, false)
  expect(shown(moved(1, 60, sharpness))).toEqual({ isSmooth: false, pixelRatio: 1 })
})

test('once frames come quickly again, each movement is sharper than the one before', () => {
  const sharpness = moved(40, 60)
  const begun = [1, 2, 3].map(() => {
    sharpness.adapt(0, false)
    return shown(moved(30, 1000 / 60, sharpness))
  })
  expect(begun).toEqual([
    { isSmooth: false, pixelRatio: 1 },
    { isSmooth: false, pixelRatio: 2 },
    { isSmooth: true, pixelRatio: 2 },
  ])
})
