/**
 * What flows where: one ribbon per operand of an op, all in one draw call.
 * Corners are rounded, an arrow's head shows the end, and ribbons can be lit one by one.
 */
import { BufferAttribute, BufferGeometry, GLSL3, Mesh, RawShaderMaterial, Vector3 } from 'three'
import type { Bounds, Ribbon, Scene, Vector } from '../protocol/types'
import type { Obstacles } from './obstacles'
import { corners, dot, project, subtract, type View } from './projection'
import { PALETTES } from './palette'
import type { Theme } from '../session/preferences.svelte'
import fragmentShader from './ribbon.frag.glsl?raw'
import vertexShader from './ribbon.vert.glsl?raw'
import type { ViewUniforms } from './uniforms'

const CORNER_RADIUS = 4
const CORNER_STEPS = 6
/** Narrower ribbons than twice this, in pixels, may be written over. */
const NOTICEABLE = 1

export type RibbonLight = 'quiet' | 'lit' | 'way' | 'receding'
const LIGHT: Record<RibbonLight, number> = { quiet: 0, lit: 1, way: 0.15, receding: -1 }
/** How much it matters that it can be seen: see Obstacles. */
const WEIGHT: Record<RibbonLight, number> = { quiet: 1, lit: 10, way: 1, receding: 0.2 }

/** Where corners are rounded by less, in pixels, that cannot be seen. */
const LEAST_RADIUS = 1.5

/** Between two pauses while ribbons are made. */
const RIBBONS_AT_ONCE = 300

export class Ribbons {
  readonly mesh: Mesh
  private readonly material: RawShaderMaterial
  private readonly lit: BufferAttribute
  private lights: RibbonLight[] = []
  private isAnyLit = false
  private readonly widest: number

  /** The triangles of all, and those without what rounds the corners. */
  private readonly indices: { fine: BufferAttribute; straight: BufferAttribute }

  private constructor(
    private readonly ribbons: readonly Ribbon[],
    private readonly bounds: Bounds,
    private readonly geometry: BufferGeometry,
    /** Where each ribbon's vertices begin; one more entry for the end. */
    private readonly starts: readonly number[],
    theme: Theme,
    view: ViewUniforms,
  ) {
    this.widest = ribbons.reduce((most, { width }) => Math.max(most, width), 0)
    this.lit = geometry.getAttribute('lit') as BufferAttribute
    this.indices = { fine: geometry.getIndex() as BufferAttribute, straight: straightIndices(ribbons, starts) }
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader,
      fragmentShader,
      transparent: true,
      depthWrite: false,
      side: 2,
      uniforms: { ...view, ...themeUniforms(theme) },
    })
    this.mesh = new Mesh(geometry, this.material)
    this.mesh.frustumCulled = false
  }

  static *build({ ribbons, bounds }: Scene, theme: Theme, view: ViewUniforms): Generator<void, Ribbons> {
    const starts = [0]
    for (const { points } of ribbons) starts.push((starts.at(-1) as number) + 2 * lineLength(points))
    const count = starts.at(-1) as number
    const positions = new Float32Array(3 * count)
    const tangents = new Float32Array(3 * count)
    const places = new Float32Array(4 * count)
    const indices = new Uint32Array(3 * (count - 2 * ribbons.length))
    let triangle = 0
    for (let index = 0; index < ribbons.length; index++) {
      const { points, width } = ribbons[index] as Ribbon
      const line = rounded(points)
      const lengths = lengthsAlong(line)
      const whole = lengths.at(-1) as number
      let vertex = starts[index] as number
      for (let at = 0; at < line.length; at++) {
        const tangent = directionAt(line, at)
        if (at > 0) {
          indices.set([vertex - 2, vertex - 1, vertex, vertex, vertex - 1, vertex + 1], 3 * triangle)
          triangle += 2
        }
        for (const side of [-1, 1]) {
          positions.set(line[at] as Vector, 3 * vertex)
          tangents.set(tangent, 3 * vertex)
          places.set([side, lengths[at] as number, whole, width / 2], 4 * vertex)
          vertex++
        }
      }
      if (index % RIBBONS_AT_ONCE === RIBBONS_AT_ONCE - 1) yield
    }
    const geometry = new BufferGeometry()
    geometry.setIndex(new BufferAttribute(indices, 1))
    geometry.setAttribute('position', new BufferAttribute(positions, 3))
    geometry.setAttribute('tangent', new BufferAttribute(tangents, 3))
    geometry.setAttribute('place', new BufferAttribute(places, 4))
    geometry.setAttribute('lit', new BufferAttribute(new Float32Array(count), 1))
    return new Ribbons(ribbons, bounds, geometry, starts, theme, view)
  }

  /** To be called before they are drawn. `scale`: how many pixels a unit has at most. */
  prepare(scale: number): void {
    const { fine, straight } = this.indices
    this.mesh.geometry.setIndex(scale * CORNER_RADIUS < LEAST_RADIUS ? straight : fine)
  }

  setLights(lightOf: (ribbon: Ribbon) => RibbonLight): void {
    this.lights = this.ribbons.map(lightOf)
    this.isAnyLit = this.lights.includes('lit')
    this.lights.forEach((light, index) => {
      ;(this.lit.array as Float32Array).fill(LIGHT[light], this.starts[index], this.starts[index + 1])
    })
    this.lit.needsUpdate = true
  }

  /** Whether even the widest is too narrow to matter where it is nearest. */
  private isHairThin(view: View): boolean {
    const nearest = Math.min(...corners(this.bounds).map((corner) => project(view, corner).depth))
    return nearest > 0 && (this.widest / 2) * (view.focal / nearest) <= NOTICEABLE
  }

  /** Adds what the ribbons cover of the screen, as far as they are wide enough to matter. */
  locate(view: View, obstacles: Obstacles): void {
    if (!this.isAnyLit && this.isHairThin(view)) return
    for (const [index, { points, width }] of this.ribbons.entries()) {
      const light = this.lights[index] ?? 'quiet'
      let before = project(view, points[0] as Vector)
      for (const point of points.slice(1)) {
        const here = project(view, point)
        const half = (width / 2) * (view.focal / Math.max(here.depth, before.depth))
        if (here.depth > 0 && before.depth > 0 && (half > NOTICEABLE || light === 'lit')) {
          obstacles.add(
            {
              left: Math.min(here.x, before.x) - half,
              right: Math.max(here.x, before.x) + half,
              top: Math.min(here.y, before.y) - half,
              bottom: Math.max(here.y, before.y) + half,
            },
            'ribbon',
            '',
            WEIGHT[light],
          )
        }
        before = here
      }
    }
  }

  setTheme(theme: Theme): void {
    Object.assign(this.material.uniforms, themeUniforms(theme))
  }

  dispose(): void {
    this.geometry.dispose()
    this.material.dispose()
  }
}

function themeUniforms(theme: Theme) {
  const { ribbon, accent } = PALETTES[theme]
  return {
    ribbon: { value: new Vector3(...ribbon) },
    accent: { value: new Vector3(...accent) },
  }
}

/** Of each rounded corner only the middle, and both ends. */
function straightIndices(ribbons: readonly Ribbon[], starts: readonly number[]): BufferAttribute {
  const indices: number[] = []
  for (const [index, { points }] of ribbons.entries()) {
    const start = starts[index] as number
    const turns = points.slice(2).map((_, turn) => 1 + turn * (CORNER_STEPS + 1) + CORNER_STEPS / 2)
    const line = [0, ...turns, lineLength(points) - 1].map((place) => start + 2 * place)
    for (let at = 1; at < line.length; at++) {
      const [before, here] = [line[at - 1] as number, line[at] as number]
      indices.push(before, before + 1, here, here, before + 1, here + 1)
    }
  }
  return new BufferAttribute(Uint32Array.from(indices), 1)
}

/** How many points `rounded` makes. */
function lineLength(points: readonly Vector[]): number {
  return points.length < 3 ? points.length : 2 + (points.length - 2) * (CORNER_STEPS + 1)
}

/** The line with each corner replaced by a curve that touches both of its sides. */
function rounded(points: readonly Vector[]): Vector[] {
  const line: Vector[] = []
  points.forEach((corner, index) => {
    const before = points[index - 1]
    const after = points[index + 1]
    if (before === undefined || after === undefined) {
      line.push(corner)
      return
    }
    const start = towards(corner, before, CORNER_RADIUS)
    const end = towards(corner, after, CORNER_RADIUS)
    for (let step = 0; step <= CORNER_STEPS; step++) line.push(curve(start, corner, end, step / CORNER_STEPS))
  })
  return line
}

/** From a corner so far towards a neighbour, at most half the way. */
function towards(corner: Vector, neighbour: Vector, radius: number): Vector {
  const way = subtract(neighbour, corner)
  const length = Math.hypot(...way)
  const share = length === 0 ? 0 : Math.min(radius / length, 0.5)
  return corner.map((value, axis) => value + (way[axis] as number) * share) as Vector
}

function curve(start: Vector, control: Vector, end: Vector, share: number): Vector {
  const rest = 1 - share
  return start.map(
    (value, axis) =>
      rest * rest * value + 2 * rest * share * (control[axis] as number) + share * share * (end[axis] as number),
  ) as Vector
}

function lengthsAlong(line: readonly Vector[]): number[] {
  let length = 0
  return line.map((point, index) => {
    if (index > 0) length += Math.hypot(...subtract(point, line[index - 1] as Vector))
    return length
  })
}

function directionAt(line: readonly Vector[], index: number): Vector {
  const before = line[Math.max(0, index - 1)] as Vector
  const after = line[Math.min(line.length - 1, index + 1)] as Vector
  const way = subtract(after, before)
  const length = Math.sqrt(dot(way, way)) || 1
  return way.map((value) => value / length) as Vector
}
