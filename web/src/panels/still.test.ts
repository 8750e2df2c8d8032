import { describe, expect, it } from 'vitest'
import { slots } from './still'
import { drawTables, type Table } from './tables'

const TABLE: Table = {
  title: 'scores <of> "A&B"',
  detail: 'h 3 × t 2 × s 3 · h=1',
  kind: 'activation',
  rows: ['0 C', '1 \u0007'],
  columns: ['0', '1', '2'],
  numbers: [
    [0.125, -1.5, -Infinity],
    [0.25, null, 3],
  ],
  scale: 3,
  marked: [
    [
      [0, 1],
      [0, 3],
    ],
  ],
  chosen: [
    [1, 2],
    [2, 3],
  ],
}

const written = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, words]) => words)

describe('tables', () => {
  it.each(['light', 'dark'] as const)('say every number, and who would have a style sheet needs none: %s', (theme) => {
    const svg = drawTables('Attention', [TABLE], theme, 'en')
    expect(written(svg)).toEqual(expect.arrayContaining(['0.1250', '-1.5000', '-∞', '0.2500', '⋯', '3.0000']))
    expect(written(svg)).toContain('scores &lt;of&gt; &quot;A&amp;B&quot;')
    expect(svg).not.toMatch(/class=|style|rgb\(|NaN|undefined/)
    expect(svg).not.toContain('\u0007')
  })

  it('stand under one another where they are too wide', () => {
    const heights = [1, 9].map((count) => {
      const svg = drawTables('Attention', Array<Table>(count).fill(TABLE), 'light', 'en')
      return Number(/ height="([\d.]+)"/.exec(svg)?.[1])
    })
    expect(heights[1]).toBeGreaterThan(2 * heights[0]!)
  })
})

describe('slots', () => {
  it('are all where there are few, or nothing is spoken of', () => {
    expect(slots(16, [[3, 4]])).toHaveLength(16)
    expect(slots(48, [])).toHaveLength(48)
  })

  it('leave out what is far from the ends and from what is spoken of', () => {
    expect(slots(48, [[20, 21]])).toEqual([0, 1, 2, 3, 4, null, 19, 20, 21, null, 46, 47])
    expect(slots(48, [[0, 48]])).toEqual([0, 1, 2, 3, 4, null, 46, 47])
    expect(slots(17, [[7, 8]])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, null, 15, 16])
  })
})
