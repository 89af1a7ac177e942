import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFailure } from '#shared/contract/errors.ts'
import { createRandom, type Random } from '#engine/base/kernel/random.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { dumpTrial } from '#tests/fixtures/job-trials.ts'
import { importFolder } from '#tests/fixtures/imports.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'
import { testSeed } from '#tests/fixtures/seed.ts'

/** How many damaged catalogues are opened; `EVENHAND_DAMAGES=40` is the full trial. */
const damages = Number(process.env['EVENHAND_DAMAGES'] ?? 12)

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
/** Closed in order, and left by a process that was killed while it imported. */
const stages = { closed: join(folder.path, 'closed'), killed: join(folder.path, 'killed') } as const
type Stage = keyof typeof stages
const pictures = join(folder.path, 'pictures')

beforeAll(async () => {
  await drawLabelledPictures(pictures, 130)
  await drawLabelledPictures(join(folder.path, 'more'), 130, 500)
  await using opened = openEngine(home)
  const { client } = opened
  await client.project.create({ folder: stages.closed })
  await importFolder(client, { source: pictures, format: 'utkface' })
  await client.project.backUp({})
  await client.project.close()
  cpSync(stages.closed, stages.killed, { recursive: true })
  await using killed = startFixture('trial-process.ts', [
    home,
    stages.killed,
    'import',
    join(folder.path, 'more'),
    '4',
    '0',
  ])
  await killed.readLine(() => false).catch(() => undefined)
}, 120_000)
afterAll(() => folder[Symbol.dispose]())

/** Changes some bytes of a file in one of the ways in which disks do. */
function damage(file: string, random: Random): string {
  const bytes = readFileSync(file)
  const at = random.int(0, bytes.length - 1)
  const page = at - (at % 4096)
  switch (random.int(0, 4)) {
    case 0:
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.int(0, 7)), at)
      writeFileSync(file, bytes)
      return `one bit at ${at}`
    case 1:
      for (let place = page; place < Math.min(page + 4096, bytes.length); place++)
        bytes.writeUInt8(random.int(0, 255), place)
      writeFileSync(file, bytes)
      return `the page at ${page}`
    case 2:
      writeFileSync(file, bytes.subarray(0, at))
      return `cut to ${at}`
    case 3:
      writeFileSync(file, bytes.fill(0, page, page + 512))
      return `zeros at ${page}`
    default: {
      // What no check of SQLite's sees: a letter inside a value.
      const place = bytes.indexOf('.png', at)
      if (place === -1) bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      else bytes.write('.pnq', place)
      writeFileSync(file, bytes)
      return `a letter near ${at}`
    }
  }
}

const opening = /^Cannot use .* is damaged|is a SQLite database, but not|it is not a database|is empty/

describe('a damaged catalogue', () => {
  const seen: string[] = []
  afterAll(() => void process.stdout.write(`Seed ${testSeed}:\n${seen.join('\n')}\n`))

  it.each(Object.keys(stages) as Stage[])(
    'is refused with the copy that can take its place, or all of its rows are there (%s)',
    { timeout: 60_000 + damages * 5000 },
    async (name) => {
      const stage = stages[name]
      await using opened = openEngine(home)
      const { client } = opened
      const whole = `${stage}-whole`
      cpSync(stage, whole, { recursive: true })
      await client.project.open({ folder: whole })
      await client.project.close()
      const expected = dumpTrial(whole)
      const random = createRandom(testSeed, ['damages', name])
      for (let count = 0; count < damages / 2; count++) {
        const project = `${stage}-${count}`
        cpSync(stage, project, { recursive: true })
        const files = name === 'closed' ? [''] : ['-wal', '', '-wal', '-shm']
        const file = `catalogue.sqlite${files[count % files.length] ?? ''}`
        const what = `${name}, ${file}: ${damage(join(project, file), random)}`
        const refusal = await client.project.open({ folder: project }).then(
          () => null,
          (error: unknown) => readFailure(error),
        )
        if (refusal === null) await client.project.close()
        seen.push(`${what}: ${refusal === null ? 'opened' : 'refused'}`)
        const outcome =
          refusal === null
            ? { rows: dumpTrial(project) }
            : {
                code: refusal.code,
                isNamed: opening.test(refusal.message),
                isAdvised: refusal.message.includes(
                  `Bring it back with: evenhand restore ${join(project, 'backups')}`,
                ),
              }
        const wanted =
          refusal === null ? { rows: expected } : { code: 'PRECONDITION', isNamed: true, isAdvised: true }
        expect({ what, ...outcome }).toEqual({ what, ...wanted })
      }
    },
  )
})
