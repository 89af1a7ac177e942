import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { makeOnce } from '#tests/fixtures/made-once.ts'

it('what tests share is made by the first that asks, and all are told what it came to', async () => {
  using folder = makeTemporaryFolder()
  const path = join(folder.path, 'shared')
  let times = 0
  const make = () => Promise.resolve({ times: ++times })
  expect(await Promise.all([makeOnce(path, make), makeOnce(path, make)])).toEqual([
    { times: 1 },
    { times: 1 },
  ])
  const broken = join(folder.path, 'broken')
  const fail = () => Promise.reject(new Error('no disk'))
  await expect(makeOnce(broken, fail)).rejects.toThrow('no disk')
  await expect(makeOnce(broken, make)).rejects.toThrow('no disk')
})

it('nobody waits for a maker that has ended without a word', async () => {
  using folder = makeTemporaryFolder()
  const path = join(folder.path, 'shared')
  const { pid } = spawnSync(process.execPath, ['--eval', ''])
  writeFileSync(`${path}.maker`, String(pid))
  await expect(makeOnce(path, () => Promise.resolve(null))).rejects.toThrow(/process \d+ .* has ended/)
})
