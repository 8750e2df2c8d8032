/**
 * How the picture comes to the canvas: with smooth edges, by way of a buffer that takes several samples of each pixel, or at once,
 * with edges as they fall. A canvas that smooths edges by itself cannot leave it for as long as things move.
 */
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  GLSL3,
  Mesh,
  RawShaderMaterial,
  Scene,
  Vector2,
  Vector4,
  WebGLRenderTarget,
  type Camera,
  type WebGLRenderer,
} from 'three'
import type { Colour } from './palette'
import type { Rectangle } from './rectangles'

const SAMPLES = 4

const COPY_VERTEX = 'in vec3 position; void main() { gl_Position = vec4(position, 1.0); }'
const COPY_FRAGMENT = `precision highp float;
uniform sampler2D picture;
out vec4 fragment;
void main() { fragment = texelFetch(picture, ivec2(gl_FragCoord.xy), 0); }`

export class Screen {
  private readonly target = new WebGLRenderTarget(1, 1, { samples: SAMPLES, resolveDepthBuffer: false })
  private readonly copying = new Scene()
  private readonly material: RawShaderMaterial
  private readonly geometry = new BufferGeometry()
  private readonly size = new Vector2()
  /** The colour behind everything, as three.js writes it to the canvas and, without a change of colour space, to the buffer. */
  private readonly ground = { canvas: new Color(), buffer: new Color() }

  constructor(private readonly renderer: WebGLRenderer) {
    // One triangle that covers the canvas; three.js, which measures it, takes a place of two numbers for a broken one.
    this.geometry.setAttribute('position', new BufferAttribute(Float32Array.of(-1, -1, 0, 3, -1, 0, -1, 3, 0), 3))
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: COPY_VERTEX,
      fragmentShader: COPY_FRAGMENT,
      uniforms: { picture: { value: this.target.texture } },
      depthTest: false,
      depthWrite: false,
    })
    const triangle = new Mesh(this.geometry, this.material)
    triangle.frustumCulled = false
    this.copying.add(triangle)
  }

  /** Its pixels to a CSS pixel. */
  get ratio(): number {
    return this.renderer.getPixelRatio()
  }

  setGround(colour: Colour): void {
    this.ground.canvas.setRGB(...colour, 'srgb')
    this.ground.buffer.setRGB(...colour)
  }

  /** Returns how many draw calls it took. */
  draw(world: Scene, camera: Camera, smooth: boolean): number {
    if (smooth) {
      this.renderer.getDrawingBufferSize(this.size)
      this.target.setSize(this.size.x, this.size.y)
    }
    return this.drawTo(world, camera, smooth)
  }

  /** Draws over a part of what is drawn. */
  drawPart(world: Scene, camera: Camera, smooth: boolean, { left, top, right, bottom }: Rectangle): void {
    const { renderer, target } = this
    const part = new Vector4(left, renderer.domElement.clientHeight - bottom, right - left, bottom - top)
    const whole = renderer.getViewport(new Vector4())
    renderer.setScissor(part)
    renderer.setScissorTest(true)
    if (smooth) {
      const pixels = part.clone().multiplyScalar(renderer.getPixelRatio()).round()
      target.scissor.copy(pixels)
      target.viewport.copy(pixels)
      target.scissorTest = true
    } else renderer.setViewport(part)
    this.drawTo(world, camera, smooth)
    target.scissorTest = false
    target.viewport.set(0, 0, target.width, target.height)
    renderer.setViewport(whole)
    renderer.setScissorTest(false)
  }

  private drawTo(world: Scene, camera: Camera, smooth: boolean): number {
    const { renderer, target, ground } = this
    renderer.setClearColor(smooth ? ground.buffer : ground.canvas)
    renderer.setRenderTarget(smooth ? target : null)
    renderer.render(world, camera)
    const { calls } = renderer.info.render
    if (!smooth) return calls
    renderer.setRenderTarget(null)
    renderer.render(this.copying, camera)
    return calls + renderer.info.render.calls
  }

  dispose(): void {
    this.target.dispose()
    this.geometry.dispose()
    this.material.dispose()
  }
}
