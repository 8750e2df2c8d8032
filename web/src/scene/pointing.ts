/**
 * What lies under a pixel: which cell of which model, and where in space.
 */
import type { Vector } from '../protocol/types'
import type { ModelView } from './model-view'
import { rayThrough, type View } from './projection'
import { pickSlab, type SlabHit } from './slabs'

export interface Hit extends SlabHit {
  model: ModelView
}

/** How far a finger may miss, in CSS pixels. */
const FINGER = 14

/** The nearest cell that a ray meets, of any of the models. */
export function pickAlong(models: readonly ModelView[], eye: Vector, direction: Vector): Hit | null {
  let nearest: Hit | null = null
  for (const model of models) {
    const hit = pickSlab(model.slabs, (slab) => model.cells.lookOf(slab).style === 'hollow', eye, direction)
    if (hit !== null && hit.distance < (nearest?.distance ?? Infinity)) nearest = { ...hit, model }
  }
  return nearest
}

export function pickAt(models: readonly ModelView[], view: View, x: number, y: number): Hit | null {
  return pickAlong(models, view.eye, rayThrough(view, x, y))
}

/** What a finger meant: what lies under it, or else what lies nearest around it. */
export function pickNear(models: readonly ModelView[], view: View, x: number, y: number): Hit | null {
  for (const radius of [0, FINGER / 2, FINGER]) {
    for (let eighth = 0; eighth < (radius === 0 ? 1 : 8); eighth++) {
      const angle = (eighth * Math.PI) / 4
      const hit = pickAt(models, view, x + radius * Math.cos(angle), y + radius * Math.sin(angle))
      if (hit !== null) return hit
    }
  }
  return null
}
