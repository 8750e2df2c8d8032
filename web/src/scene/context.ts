/** Of a screen with finer pixels, several are drawn as one. */
export const MAX_PIXEL_RATIO = 2

/**
 * A canvas's drawing context that nothing shines through, so that the browser needs not blend it with the page, and which smooths no
 * edges by itself (see screen.ts). Null: the browser has none. It is asked for before the stage is there, because the browser takes a
 * while to make one, on the side. It is made as large as it will be drawn: to make it anew, the browser would wait for all that it has
 * begun to draw.
 */
export function drawingContext(canvas: HTMLCanvasElement): WebGL2RenderingContext | null {
  const ratio = Math.min(window.devicePixelRatio, MAX_PIXEL_RATIO)
  canvas.width = Math.floor(canvas.clientWidth * ratio)
  canvas.height = Math.floor(canvas.clientHeight * ratio)
  return canvas.getContext('webgl2', { alpha: false, antialias: false, powerPreference: 'high-performance' })
}
