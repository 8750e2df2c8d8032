import { describe, expect, test } from 'vitest'
import type { CameraState } from '../session/camera'
import { eased, flightPath } from './flight'

const here: CameraState = { target: [0, 0, 0], distance: 50, azimuth: 10, elevation: 5, parallel: false }
const far: CameraState = { target: [400, -300, 20], distance: 80, azimuth: 350, elevation: 20, parallel: false }
const deeper: CameraState = { ...here, distance: 5 }

function expectSame(one: CameraState, other: CameraState): void {
  one.target.forEach((value, axis) => expect(value).toBeCloseTo(other.target[axis] as number, 6))
  expect(one.distance).toBeCloseTo(other.distance, 6)
  expect(Math.cos(((one.azimuth - other.azimuth) * Math.PI) / 180)).toBeCloseTo(1, 9)
  expect(one.elevation).toBeCloseTo(other.elevation, 6)
}

describe.each([
  ['to another place', far],
  ['straight in', deeper],
])('a flight %s', (_, goal) => {
  test('begins and ends where it should', () => {
    const { at } = flightPath(here, goal)
    expectSame(at(0), here)
    expectSame(at(1), goal)
  })

  test('is as long backwards', () => {
    expect(flightPath(here, goal).length).toBeCloseTo(flightPath(goal, here).length, 6)
    expect(flightPath(here, goal).length).toBeGreaterThan(0)
  })
})

test('a flight far away rises, so that one sees where one goes', () => {
  const { at } = flightPath(here, far)
  expect(at(0.5).distance).toBeGreaterThan(2 * far.distance)
})

test('a flight turns the shorter way round', () => {
  const { at } = flightPath(here, far)
  expect(at(0.5).azimuth).toBeCloseTo(0, 6)
  expect(at(1).azimuth).toBeCloseTo(-10, 6)
})

test('a flight that begins gently ends as gently', () => {
  expect(eased(0)).toBe(0)
  expect(eased(1)).toBe(1)
  for (const share of [0.1, 0.3, 0.5]) expect(eased(share) + eased(1 - share)).toBeCloseTo(1, 12)
  expect(eased(0.1)).toBeLessThan(0.1)
})
