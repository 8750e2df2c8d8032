import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Asking } from './asking'

const WHOLE = 'x'.repeat(100_000)
let asked = 0

/** Dies in the middle of its first answer. */
const server = createServer((_request, response) => {
  asked++
  response.writeHead(200, { 'Content-Length': String(WHOLE.length) })
  if (asked > 1) response.end(WHOLE)
  else response.write(WHOLE.slice(0, 10), () => response.destroy())
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => server.close())

test('whose answer ends in the middle is asked again', async () => {
  const asking = new Asking()
  const told: boolean[] = []
  asking.watch((lost) => told.push(lost))
  const response = await asking.ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  expect(await response.text()).toBe(WHOLE)
  expect(asked).toBe(2)
  expect(told).toEqual([true, false])
})
