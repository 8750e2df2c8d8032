import { expect, test } from 'vitest'
import { namesInRow, type Named } from './tower-names'

const at = (left: number, right: number, width: number): Named => ({
  screen: { left, top: 0, right, bottom: 300 },
  width,
})

test('names stand under their models, in order, apart from each other and within the view', () => {
  for (const room of [390, 793, 1280]) {
    const unit = room / 100
    const models = [
      at(8 * unit, 8 * unit, 60),
      at(8 * unit, 14 * unit, 84),
      at(16 * unit, 26 * unit, 96),
      at(30 * unit, 92 * unit, 110),
    ]
    const names = namesInRow(models, { width: room, height: 360 })
    for (const [index, name] of names.entries()) {
      expect(name.top).toBeGreaterThan(300)
      expect(name.bottom).toBeLessThanOrEqual(360)
      expect(name.left).toBeGreaterThanOrEqual(0)
      expect(name.right).toBeLessThanOrEqual(room)
      if (index > 0) expect(name.left).toBeGreaterThan((names[index - 1] as { right: number }).right)
    }
  }
})

test('a name with room enough stands in the middle under its model', () => {
  const [one, other] = namesInRow([at(100, 200, 60), at(500, 700, 60)], { width: 800, height: 400 })
  expect(one).toMatchObject({ left: 120, right: 180 })
  expect(other).toMatchObject({ left: 570, right: 630 })
})

test('seen from behind they stand the other way round', () => {
  const [one, other] = namesInRow([at(500, 700, 60), at(100, 200, 60)], { width: 800, height: 400 })
  expect((one as { left: number }).left).toBeGreaterThan((other as { left: number }).left)
})
