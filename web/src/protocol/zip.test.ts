import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { crc32, zipOf } from './zip'

const bytes = (text: string) => new TextEncoder().encode(text)

test('the sum is that of the standard', () => {
  expect(crc32(bytes('123456789'))).toBe(0xcbf43926)
  expect(crc32(bytes(''))).toBe(0)
})

test('Python opens the archive and finds every file whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zip-'))
  const path = join(folder, 'archive.zip')
  const content = Uint8Array.from({ length: 1000 }, (_, place) => (place * 37) % 256)
  writeFileSync(
    path,
    zipOf(
      new Map([
        ['nano/設定.json', bytes('{}')],
        ['nano/weights', content],
        ['empty', bytes('')],
      ]),
    ),
  )
  const program = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
print([(name, len(archive.read(name)), sum(archive.read(name))) for name in archive.namelist()])`
  const said = execFileSync('python3', ['-c', program, path], { encoding: 'utf8', env: { PYTHONIOENCODING: 'utf8' } })
  const sum = content.reduce((total, byte) => total + byte, 0)
  expect(said.trim()).toBe(`[('nano/設定.json', 2, 248), ('nano/weights', 1000, ${sum}), ('empty', 0, 0)]`)
  rmSync(folder, { recursive: true })
})
