import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { holdsHash } from '#engine/project/erase/find-hashes.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

it('a hash is found wherever it stands in a file, between other digits and across what is read at once too', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'bytes')
  const [hash, other] = [hashBytes('a'), hashBytes('b')]
  const chunk = 4 * 1024 * 1024
  for (const at of [0, 1, chunk - 64, chunk - 63, chunk - 1, chunk, 2 * chunk - 32]) {
    const bytes = Buffer.alloc(2 * chunk + 100)
    bytes.fill('f', Math.max(0, at - 70), at + 70)
    bytes.write(hash, at)
    writeFileSync(file, bytes)
    const find = (wanted: string) => holdsHash(file, new Set([wanted]), () => undefined)
    expect([at, await find(hash), await find(other)]).toEqual([at, true, false])
  }
})

it('a copy that was taken away meanwhile holds nothing', async () => {
  using folder = makeTemporaryFolder()
  expect(await holdsHash(join(folder.path, 'gone'), new Set([hashBytes('a')]), () => undefined)).toBe(false)
})
