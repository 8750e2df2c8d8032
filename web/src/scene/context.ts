/**
 * A canvas's drawing context that nothing shines through, so that the browser needs not blend it with the page, and which smooths no
 * edges by itself (see screen.ts). Null: the browser has none. It is asked for before the stage is there, because the browser takes a
 * while to make one, on the side.
 */
export function drawingContext(canvas: HTMLCanvasElement): WebGL2RenderingContext | null {
  return canvas.getContext('webgl2', { alpha: false, antialias: false, powerPreference: 'high-performance' })
}
