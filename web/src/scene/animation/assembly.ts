/**
 * A value that is made of a few numbers, and not of a long sum: they come together before its cell, and the steps are done with them.
 * What an operand points at, as a token does at a row of a table, rises only when that has been there.
 */
import { ALOFT, around, FLY, flyer, NEAR, RESULT_SIZE, RISE, type Act, type Cast, type Part } from './act'
import { flown, gently, mix, raised, share } from './motion'
import { seat, stepping } from './steps'

const COME = 1.3

export function assembling(cast: Cast): Act[] {
  const {
    explanation: { terms, steps },
    op,
  } = cast
  const letters = Object.values(op.letters).flat()
  const isPointer = ({ role }: Part) => letters.includes(`@${role}`)
  const all = terms.flatMap(({ cells }) => cells).map((cell) => cast.part(cell))
  const [first, ...rest] = all.filter((part) => !isPointer(part)) as [Part, ...Part[]]
  // A step that leaves the only number as it is says nothing.
  const telling = rest.length > 0 ? steps : steps.filter(({ value }) => value !== first.value)
  return [
    ...all.filter(isPointer).map((part) => pointing(part, first)),
    coming(cast, first, rest),
    ...stepping(cast, first.value, telling, rest),
  ]
}

function pointing(pointer: Part, to: Part): Act {
  return {
    seconds: FLY,
    show: (time, picture) => {
      const part = gently(share(time, 0.15, 0.8))
      picture.flyers.push(
        flyer(pointer, flown(raised(pointer.home, ALOFT), raised(to.home, ALOFT), part), mix(1, 0.6, part)),
      )
      picture.focus = around([pointer.home, to.home], NEAR)
    },
  }
}

function coming(cast: Cast, first: Part, rest: readonly Part[]): Act {
  return {
    seconds: RISE + COME,
    show: (time, picture) => {
      const risen = ALOFT * gently(share(time, 0, RISE))
      const part = gently(share(time, RISE, RISE + COME))
      for (const one of rest)
        picture.flyers.push(flyer(one, flown(raised(one.home, risen), seat(cast, rest, one), part)))
      picture.flyers.push(flyer(first, flown(raised(first.home, risen), cast.hold, part), mix(1, RESULT_SIZE, part)))
      picture.focus =
        part < 0.6 ? around([cast.hold, ...[first, ...rest].map(({ home }) => home)], NEAR) : around([cast.hold], NEAR)
    },
  }
}
