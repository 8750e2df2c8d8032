/**
 * A picture of what the stage shows, to be kept: what is drawn in 3D, and over it the names, figures and lines that are elements of the
 * page.
 */

/** Paints the texts and lines of a layer, and of what is in it, where they are on the screen; `ratio`: pixels to a CSS pixel. */
export function paintLayer(context: CanvasRenderingContext2D, layer: HTMLElement, ratio: number): void {
  const origin = layer.getBoundingClientRect()
  for (const element of layer.querySelectorAll<HTMLElement>('*')) {
    const style = getComputedStyle(element)
    const opacity = opacityWithin(element, layer)
    if (style.visibility === 'hidden' || opacity === 0 || element.getClientRects().length === 0) continue
    context.save()
    context.globalAlpha = opacity
    context.scale(ratio, ratio)
    paintBox(context, element, style, origin)
    for (const node of element.childNodes) if (node instanceof Text) paintText(context, node, style, origin)
    context.restore()
  }
}

function opacityWithin(element: HTMLElement, layer: HTMLElement): number {
  let opacity = 1
  for (let part: HTMLElement | null = element; part !== null && part !== layer; part = part.parentElement) {
    opacity *= Number(getComputedStyle(part).opacity)
  }
  return opacity
}

/** Its ground, turned as the element is: lines are flat boxes that are turned. */
function paintBox(
  context: CanvasRenderingContext2D,
  element: HTMLElement,
  { backgroundColor, transform, borderTopLeftRadius }: CSSStyleDeclaration,
  origin: DOMRect,
): void {
  if (/^(transparent|rgba\(.*, 0\))$/.test(backgroundColor)) return
  context.save()
  context.fillStyle = backgroundColor
  context.beginPath()
  const { a, b, c, d } = new DOMMatrix(transform)
  const box = element.getBoundingClientRect()
  const [left, top] = [box.left - origin.left, box.top - origin.top]
  if (Math.abs(b) + Math.abs(c) < 1e-6) {
    context.roundRect(left, top, box.width, box.height, parseFloat(borderTopLeftRadius) || 0)
  } else {
    // Turned around its corner, which is at one side of the box around it or at the other.
    const [x, y] = [left + Math.max(0, -a) * element.offsetWidth, top + Math.max(0, -b) * element.offsetWidth]
    context.transform(a, b, c, d, x, y)
    context.rect(0, 0, element.offsetWidth, element.offsetHeight)
  }
  context.fill()
  context.restore()
}

function paintText(context: CanvasRenderingContext2D, text: Text, style: CSSStyleDeclaration, origin: DOMRect): void {
  const range = document.createRange()
  range.selectNodeContents(text)
  const box = range.getBoundingClientRect()
  if (box.width === 0 || text.data.trim() === '') return
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`
  context.fillStyle = style.color
  context.textBaseline = 'middle'
  context.fillText(text.data.trim(), box.left - origin.left, (box.top + box.bottom) / 2 - origin.top, box.width + 1)
}
