import { describe, expect, it } from 'vitest'
import { loopOver, multiply, ofFour, product, type Extent, type Strides } from './kernels'
import { Single } from './single'

/** Letters as axes of an array, the last one lying closest. */
function packed(extents: readonly Extent[]): Strides {
  let stride = 1
  return new Map(
    extents.toReversed().map(([letter, length]): [string, number] => {
      const own = stride
      stride *= length
      return [letter, own]
    }),
  )
}

function numbers(extents: readonly Extent[], from: number): Float32Array {
  const size = extents.reduce((all, [, length]) => all * length, 1)
  return Float32Array.from({ length: size }, (_, place) => Math.sin(from + 1.7 * place))
}

const SHAPES: Record<string, [kept: Extent[], over: Extent[], left: Extent[], right: Extent[]]> = {
  'one number': [[], [['c', 5]], [['c', 5]], [['c', 5]]],
  'whole blocks': [
    [['t', 8], ['d', 16]],
    [['c', 12]],
    [['t', 8], ['c', 12]],
    [['c', 12], ['d', 16]],
  ],
  'rows and columns left over': [
    [['t', 7], ['d', 19]],
    [['c', 3]],
    [['c', 3], ['t', 7]],
    [['d', 19], ['c', 3]],
  ],
  'many beside one another, over two letters': [
    [['b', 3], ['h', 2], ['t', 5], ['s', 6]],
    [['e', 2], ['d', 4]],
    [['b', 3], ['t', 5], ['h', 2], ['e', 2], ['d', 4]],
    [['b', 3], ['h', 2], ['s', 6], ['d', 4], ['e', 2]],
  ],
  'more than the memory holds at first': [
    [['t', 300], ['d', 9]],
    [['c', 200]],
    [['t', 300], ['c', 200]],
    [['c', 200], ['d', 9]],
  ],
} // prettier-ignore

describe('products in single precision', () => {
  const single = Single.create()

  it.each(Object.entries(SHAPES))('are those in double precision, but for the last digits: %s', (_, given) => {
    const [kept, over, left, right] = given
    const arrays = [packed(kept), packed(left), packed(right)] as const
    const shape = product(kept, over, arrays, (_, size) => new Float64Array(size))
    const [one, other] = [numbers(left, 0), numbers(right, 5)]
    const [exact, quick] = [numbers(kept, 9), numbers(kept, 11)]
    multiply(shape, exact, one, other)
    single!.multiply(shape, quick, one, other)
    const depth = over.reduce((all, [, length]) => all * length, 1)
    for (const [place, number] of exact.entries())
      expect(Math.abs(quick[place]! - number)).toBeLessThanOrEqual(1e-6 * depth)
  })
})

describe('the four operations in single precision', () => {
  const single = Single.create()!
  const cells: Extent[] = [
    ['t', 5],
    ['c', 11],
  ]

  it.each(['+', '-', '*', '/'] as const)('are exact, with arrays and with one number: %s', (sign) => {
    for (const [left, right] of [
      [cells, cells],
      [cells, []],
      [[], cells],
      [cells, [cells[0]!]],
      [[cells[1]!], cells],
    ] as const) {
      const loop = loopOver(cells, [packed(cells), packed(left), packed(right)])
      const made = [numbers(left, 1), numbers(right, 2)].map((from) => {
        const array = single.array(from.length)
        array.set(from)
        return array
      }) as [Float32Array, Float32Array]
      const [exact, quick] = [new Float32Array(55), single.array(55)]
      ofFour(sign)(loop, exact, ...made)
      single.ofFour(sign)(loop, quick, ...made)
      expect(quick).toEqual(exact)
    }
  })

  it('are done as well where arrays have no room any more', () => {
    const loop = loopOver(cells, [packed(cells), packed(cells), packed(cells)])
    const far = single.array(200_000_000 / 4)
    const [one, other] = [numbers(cells, 1), numbers(cells, 2)]
    single.ofFour('+')(loop, far, one, other)
    expect(far[54]).toBe(Math.fround(one[54]! + other[54]!))
  })
})
