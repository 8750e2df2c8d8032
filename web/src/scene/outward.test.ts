import { expect, test } from 'vitest'
import type { CameraState } from '../session/camera'
import { wayOut, type Station } from './outward'

const from = (distance: number, x: number): CameraState => ({
  target: [x, 0, 0],
  distance,
  azimuth: 14,
  elevation: 7,
  parallel: false,
})
const STATIONS: Station[] = [
  { camera: from(10, 3), parameters: 1 },
  { camera: from(1500, 20), parameters: 85_728 },
  { camera: from(120_000, 28_000), parameters: 124_439_808 },
  { camera: from(1_500_000, 400_000), parameters: 174_604_259_328 },
]

test('it begins at the number and ends with the largest model, in 8 to 12 seconds', () => {
  const way = wayOut(STATIONS)
  expect(way.seconds).toBeGreaterThanOrEqual(8)
  expect(way.seconds).toBeLessThanOrEqual(12)
  for (const [share, station, passed] of [
    [0, STATIONS[0], 1],
    [1, STATIONS[3], 4],
  ] as const) {
    const { camera, parameters, passed: seen } = way.at(share)
    expect(camera.distance).toBeCloseTo(station?.camera.distance ?? NaN, 6)
    expect(camera.target[0]).toBeCloseTo(station?.camera.target[0] ?? NaN, 6)
    expect([parameters, seen]).toEqual([station?.parameters, passed])
  }
})

test('the eye only draws back, at one felt speed, and the count only goes up', () => {
  const way = wayOut(STATIONS)
  const moments = Array.from({ length: 401 }, (_, index) => way.at(index / 400))
  const steps = moments.slice(1).map((moment, index) => {
    const before = moments[index] as (typeof moments)[number]
    expect(moment.parameters).toBeGreaterThanOrEqual(before.parameters)
    expect(moment.passed).toBeGreaterThanOrEqual(before.passed)
    return Math.log(moment.camera.distance / before.camera.distance)
  })
  expect(Math.min(...steps)).toBeGreaterThan(0)
  const cruising = steps.slice(60, 340)
  expect(Math.max(...cruising) / Math.min(...cruising)).toBeLessThan(1.01)
})

test('each model is seen whole from its own station, with its own number of parameters', () => {
  const way = wayOut(STATIONS)
  for (const [index, { camera, parameters }] of STATIONS.entries()) {
    const moments = Array.from({ length: 2001 }, (_, step) => way.at(step / 2000))
    const nearest = moments.reduce((best, moment) =>
      Math.abs(Math.log(moment.camera.distance / camera.distance)) <
      Math.abs(Math.log(best.camera.distance / camera.distance))
        ? moment
        : best,
    )
    expect(nearest.parameters / parameters).toBeGreaterThan(0.9)
    expect(nearest.parameters / parameters).toBeLessThan(1.1)
    expect(Math.abs(nearest.camera.target[0] - camera.target[0])).toBeLessThan(0.02 * camera.distance)
    expect(nearest.passed).toBeGreaterThanOrEqual(index)
  }
})

test('where a model fills the picture, the count is its own, not that of one which is still to come', () => {
  const way = wayOut(STATIONS)
  const moments = Array.from({ length: 2001 }, (_, step) => way.at(step / 2000))
  const whole = moments.find(({ camera }) => camera.distance > 1.3 * (STATIONS[1] as Station).camera.distance)
  expect(whole?.parameters).toBeGreaterThanOrEqual(85_728)
  expect(whole?.parameters).toBeLessThan(1.05 * 85_728)
})
