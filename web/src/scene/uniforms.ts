/**
 * What both shaders need of the camera, kept in one set of uniforms that is refreshed once per frame.
 *
 * Space is measured from the eye: the eye's position is split into a part that single precision holds exactly and a rest, and
 * the shaders subtract both in turn, so that places far from the origin stay as sharp as those near it.
 */
import { Matrix4, Vector3 } from 'three'
import type { View } from './projection'

export interface ViewUniforms {
  viewProjection: { value: Matrix4 }
  eyeHigh: { value: Vector3 }
  eyeLow: { value: Vector3 }
  forward: { value: Vector3 }
  /** In device pixels. */
  focalPixels: { value: number }
  pixelRatio: { value: number }
  [name: string]: { value: unknown }
}

export function viewUniforms(): ViewUniforms {
  return {
    viewProjection: { value: new Matrix4() },
    eyeHigh: { value: new Vector3() },
    eyeLow: { value: new Vector3() },
    forward: { value: new Vector3() },
    focalPixels: { value: 1 },
    pixelRatio: { value: 1 },
  }
}

/** `near` and `far`: the range of depths in which there is something to draw. */
export function refresh(uniforms: ViewUniforms, view: View, pixelRatio: number, near: number, far: number): void {
  const { right, up, forward } = view
  const scaleX = (2 * view.focal) / view.width
  const scaleY = (2 * view.focal) / view.height
  const slope = (far + near) / (far - near)
  const shift = (-2 * far * near) / (far - near)
  uniforms.viewProjection.value.set(
    right[0] * scaleX,
    right[1] * scaleX,
    right[2] * scaleX,
    0,
    up[0] * scaleY,
    up[1] * scaleY,
    up[2] * scaleY,
    0,
    forward[0] * slope,
    forward[1] * slope,
    forward[2] * slope,
    shift,
    forward[0],
    forward[1],
    forward[2],
    0,
  )
  const [x, y, z] = view.eye
  uniforms.eyeHigh.value.set(Math.fround(x), Math.fround(y), Math.fround(z))
  uniforms.eyeLow.value.set(x - Math.fround(x), y - Math.fround(y), z - Math.fround(z))
  uniforms.forward.value.set(...forward)
  uniforms.focalPixels.value = view.focal * pixelRatio
  uniforms.pixelRatio.value = pixelRatio
}
