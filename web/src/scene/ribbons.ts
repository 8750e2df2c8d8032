/**
 * What flows where: one ribbon per operand of an op, all in one draw call.
 * Corners are rounded, an arrow's head shows the end, and ribbons can be lit one by one.
 */
import { BufferAttribute, BufferGeometry, GLSL3, Mesh, RawShaderMaterial, Vector3 } from 'three'
import type { Ribbon, Vector } from '../model/types'
import type { Obstacles } from './obstacles'
import { dot, project, subtract, type View } from './projection'
import { PALETTES, type Theme } from './palette'
import fragmentShader from './ribbon.frag.glsl?raw'
import vertexShader from './ribbon.vert.glsl?raw'
import type { ViewUniforms } from './uniforms'

const CORNER_RADIUS = 4
const CORNER_STEPS = 6
/** Narrower ribbons than twice this, in pixels, may be written over. */
const NOTICEABLE = 1

export type RibbonLight = 'quiet' | 'lit' | 'receding'
const LIGHT: Record<RibbonLight, number> = { quiet: 0, lit: 1, receding: -1 }

export class Ribbons {
  readonly mesh: Mesh
  private readonly geometry = new BufferGeometry()
  private readonly material: RawShaderMaterial
  private readonly lit: BufferAttribute
  /** Where each ribbon's vertices begin; one more entry for the end. */
  private readonly starts: number[] = []

  constructor(private readonly ribbons: readonly Ribbon[], theme: Theme, view: ViewUniforms) {
    const lines = ribbons.map(({ points }) => rounded(points))
    const count = lines.reduce((sum, line) => sum + 2 * line.length, 0)
    const positions = new Float32Array(3 * count)
    const tangents = new Float32Array(3 * count)
    const places = new Float32Array(4 * count)
    const indices = new Uint32Array(3 * (count - 2 * lines.length))
    let vertex = 0
    let triangle = 0
    lines.forEach((line, index) => {
      this.starts.push(vertex)
      const lengths = lengthsAlong(line)
      const whole = lengths.at(-1) as number
      const halfWidth = (ribbons[index] as Ribbon).width / 2
      line.forEach((point, at) => {
        const tangent = directionAt(line, at)
        if (at > 0) {
          indices.set([vertex - 2, vertex - 1, vertex, vertex, vertex - 1, vertex + 1], 3 * triangle)
          triangle += 2
        }
        for (const side of [-1, 1]) {
          positions.set(point, 3 * vertex)
          tangents.set(tangent, 3 * vertex)
          places.set([side, lengths[at] as number, whole, halfWidth], 4 * vertex)
          vertex++
        }
      })
    })
    this.starts.push(vertex)
    this.lit = new BufferAttribute(new Float32Array(count), 1)
    this.geometry.setIndex(new BufferAttribute(indices, 1))
    this.geometry.setAttribute('position', new BufferAttribute(positions, 3))
    this.geometry.setAttribute('tangent', new BufferAttribute(tangents, 3))
    this.geometry.setAttribute('place', new BufferAttribute(places, 4))
    this.geometry.setAttribute('lit', this.lit)
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3, vertexShader, fragmentShader, transparent: true, depthWrite: false, side: 2,
      uniforms: { ...view, ...themeUniforms(theme) },
    })
    this.mesh = new Mesh(this.geometry, this.material)
    this.mesh.frustumCulled = false
  }

  setLights(lightOf: (ribbon: Ribbon) => RibbonLight): void {
    this.ribbons.forEach((ribbon, index) => {
      (this.lit.array as Float32Array).fill(LIGHT[lightOf(ribbon)], this.starts[index], this.starts[index + 1])
    })
    this.lit.needsUpdate = true
  }

  /** Adds what the ribbons cover of the screen, as far as they are wide enough to matter. */
  locate(view: View, obstacles: Obstacles): void {
    for (const { points, width } of this.ribbons) {
      let before = project(view, points[0] as Vector)
      for (const point of points.slice(1)) {
        const here = project(view, point)
        const half = (width / 2) * (view.focal / Math.max(here.depth, before.depth))
        if (here.depth > 0 && before.depth > 0 && half > NOTICEABLE) {
          obstacles.add({
            left: Math.min(here.x, before.x) - half, right: Math.max(here.x, before.x) + half,
            top: Math.min(here.y, before.y) - half, bottom: Math.max(here.y, before.y) + half,
          }, 'ribbon', '')
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
  const { ribbon, ground, accent } = PALETTES[theme]
  return {
    ribbon: { value: new Vector3(...ribbon) },
    ground: { value: new Vector3(...ground) },
    accent: { value: new Vector3(...accent) },
  }
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
  return start.map((value, axis) =>
    rest * rest * value + 2 * rest * share * (control[axis] as number) + share * share * (end[axis] as number)) as Vector
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
