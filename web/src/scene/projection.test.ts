import { expect, test } from 'vitest'
import type { Bounds, Vector } from '../protocol/types'
import type { CameraState } from '../session/camera'
import { corners, dot, project, rayThrough, screenBounds, subtract, union, viewOf } from './projection'

const state: CameraState = { target: [10, -20, 5], distance: 60, azimuth: 25, elevation: 12, parallel: false }
const view = viewOf(state, 800, 600, 0)

test('what is looked at is in the middle of the screen', () => {
  const { x, y, depth } = project(view, state.target)
  expect([x, y, depth].map((value) => Number(value.toFixed(6)))).toEqual([400, 300, 60])
})

test('the three directions of a view are at right angles to one another', () => {
  for (const [one, other] of [
    [view.right, view.up],
    [view.up, view.forward],
    [view.forward, view.right],
  ] as [Vector, Vector][]) {
    expect(dot(one, other)).toBeCloseTo(0, 12)
    expect(dot(one, one)).toBeCloseTo(1, 12)
  }
})

test('a ray through a pixel leads to what is seen there', () => {
  const point: Vector = [14, -17, 9]
  const { x, y, depth } = project(view, point)
  const ray = rayThrough(view, x, y)
  const reached = view.eye.map((value, axis) => value + depth * (ray[axis] as number))
  subtract(reached as Vector, point).forEach((difference) => expect(difference).toBeCloseTo(0, 9))
})

test('through the parallel lens what is at the target stays as large', () => {
  const flat = viewOf(state, 800, 600, 1)
  const beside = state.target.map((value, axis) => value + 3 * (view.right[axis] as number)) as Vector
  expect(project(flat, beside).x).toBeCloseTo(project(view, beside).x, 6)
  // ... and what is behind it hardly gets smaller.
  const behind = beside.map((value, axis) => value + 30 * (view.forward[axis] as number)) as Vector
  expect(project(flat, behind).x - 400).toBeGreaterThan(0.97 * (project(flat, beside).x - 400))
  expect(project(view, behind).x - 400).toBeLessThan(0.7 * (project(view, beside).x - 400))
})

test('the rectangle around bounds is the one around their eight corners', () => {
  const bounds: Bounds = { min: [8, -22, 3], size: [5, 3, 4] }
  const seen = corners(bounds).map((corner) => project(view, corner))
  const rectangle = screenBounds(view, bounds, 0)
  expect(rectangle?.left).toBeCloseTo(Math.min(...seen.map(({ x }) => x)), 9)
  expect(rectangle?.bottom).toBeCloseTo(Math.max(...seen.map(({ y }) => y)), 9)
})

test('what is out of view, behind the eye or too small has no rectangle', () => {
  const size: Vector = [1, 1, 1]
  const behind = view.eye.map((value, axis) => value - 5 * (view.forward[axis] as number)) as Vector
  const aside = state.target.map((value, axis) => value + 500 * (view.right[axis] as number)) as Vector
  expect(screenBounds(view, { min: behind, size }, 0)).toBeNull()
  expect(screenBounds(view, { min: aside, size }, 0)).toBeNull()
  expect(screenBounds(view, { min: state.target, size }, 200)).toBeNull()
  expect(screenBounds(view, { min: state.target, size }, 2)).not.toBeNull()
})

test('a union holds all of its parts, and no more', () => {
  const parts: Bounds[] = [
    { min: [0, 0, 0], size: [1, 2, 3] },
    { min: [-4, 1, 2], size: [1, 1, 5] },
  ]
  expect(union(parts)).toEqual({ min: [-4, 0, 0], size: [5, 2, 7] })
})
