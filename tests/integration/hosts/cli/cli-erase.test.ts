import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { expect, it } from 'vitest'
import { erasure, erasurePreview, erasureResult, settledBackups } from '#shared/contract/erasure.contract.ts'
import { restoredCatalogue } from '#shared/contract/project.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { findBytes } from '#tests/fixtures/find-bytes.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { drawPicture } from '#tests/fixtures/labelled-project.ts'

const result = erasureResult.extend({ originals: z.array(z.string()), labelFiles: z.array(z.string()) })

it('a person withdraws by commands: what goes is said before, originals stay and are named, copies are looked after', async () => {
  using folder = makeTemporaryFolder()
  const options = { userDataFolder: join(folder.path, 'home'), workingFolder: join(folder.path, 'project') }
  const run = (line: readonly string[]) => callCommand(line, options)
  const person = join(folder.path, 'faces', 'Ada_Wedgwood')
  for (const [name, seed] of [
    ['Ada_Wedgwood', 1],
    ['Grace_Ashdown', 2],
  ] as const) {
    const home = join(folder.path, 'faces', name)
    mkdirSync(home, { recursive: true })
    for (const picture of [1, 2])
      await drawPicture(join(home, `${name}_000${picture}.png`), {
        race: 1,
        gender: 1,
        seed: seed * 10 + picture,
      })
  }
  mkdirSync(options.workingFolder)
  expect(await run(['init', '.'])).toMatchObject({ code: 0 })
  expect(await run(['import', join(folder.path, 'faces'), '--format', 'lfw'])).toMatchObject({ code: 0 })
  expect(await run(['backup'])).toMatchObject({ code: 0 })

  const dry = await run(['erase', '--identity', '1', '--dry-run', '--json'])
  const preview = erasurePreview.parse(JSON.parse(dry.stdout))
  expect(preview.images.map(({ because }) => because)).toEqual(['identity', 'identity'])
  expect(preview.originals).toEqual([1, 2].map((n) => join(person, `Ada_Wedgwood_000${n}.png`)))
  // That which was asked for, and that which a day makes by itself.
  expect(preview.backups).toHaveLength(2)
  const silent = await run(['erase', '--identity', '1'])
  expect([silent.code, silent.stderr]).toEqual([2, expect.stringContaining('--reason')])
  expect(findBytes(options.workingFolder, { name: 'Ada_Wedgwood' }).name).not.toEqual([])

  const erased = await run(['erase', '--identity', '1', '--reason', 'Consent withdrawn', '--json'])
  expect(erased.stderr).toContain('This cannot be undone')
  expect(result.parse(JSON.parse(erased.stdout))).toMatchObject({
    images: 2,
    originals: preview.originals,
    backupsKept: preview.backups,
  })
  expect(readdirSync(person)).toHaveLength(2)
  // A copy made before brings them back, which is told.
  const copy = preview.backups[0] ?? ''
  const restored = await run(['restore', copy, '--json'])
  expect(restoredCatalogue.parse(JSON.parse(restored.stdout)).erasedReturned).toEqual([1, 2])
  const again = await run(['erase', '--image', '1,2', '--reason', 'Consent withdrawn', '--json'])
  const { backupsKept } = result.parse(JSON.parse(again.stdout))
  const remade = await run(['erase', '--backups', 'remake', '--json'])
  expect(settledBackups.parse(JSON.parse(remade.stdout))).toMatchObject({
    kept: [],
    deleted: backupsKept,
    made: expect.stringContaining('requested'),
  })
  expect(findBytes(options.workingFolder, { name: 'Ada_Wedgwood', other: 'Grace_Ashdown' })).toEqual({
    name: [],
    other: expect.arrayContaining(['catalogue.sqlite']),
  })
  const listed = await run(['erase', 'list', '--json'])
  expect(z.array(erasure).parse(JSON.parse(listed.stdout))).toMatchObject([
    { reason: 'Consent withdrawn', images: 2, isComplete: true },
  ])
}, 120_000)
