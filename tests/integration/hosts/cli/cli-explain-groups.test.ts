import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import { modelId } from '#shared/contract/base.contract.ts'
import { groupMaps } from '#shared/contract/group-maps.contract.ts'
import { callCommand } from '../../../fixtures/call-command.ts'
import { openEngine } from '../../../fixtures/engine.ts'
import { makeTemporaryFolder } from '../../../fixtures/folders.ts'
import { finishWell } from '../../../fixtures/jobs.ts'
import { copyTrainedProject } from '../../../fixtures/trained-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let project = ''
let sealedImage = 0
afterAll(() => folder[Symbol.dispose]())

beforeAll(async () => {
  const copied = await copyTrainedProject(folder.path)
  project = copied.project
  await using opened = openEngine(home)
  const { client } = opened
  await client.project.open({ folder: project })
  await finishWell(client, (await client.evaluation.create({ modelId: modelId.parse(1) })).jobId)
  const { items } = await client.image.query({
    filter: { split: { splitId: copied.splitId, parts: ['test'] } },
    limit: 1,
  })
  sealedImage = Number(items[0]?.id)
}, 120_000)

const run = (...flags: string[]) =>
  callCommand(['explain', ...flags, '--project', project, '--json'], {
    userDataFolder: home,
    workingFolder: folder.path,
  })

it('writes the maps and their pictures, with the seed that was asked for', async () => {
  const flags = ['groups', '--draws', '100', '--seed', '7', '--out', 'maps.json', '--figures', 'figures']
  const { code, stdout } = await run(...flags)
  expect(code).toBe(0)
  const told = groupMaps.parse(JSON.parse(stdout))
  expect(told.choices).toEqual({ perGroup: null, draws: 100, seed: 7 })
  // Blocks on noise: none has a face.
  expect(told).toMatchObject({ images: 0, known: { dataset: 0, inferred: 0, unknown: 0 } })
  expect(told.withoutFace).toBeGreaterThan(0)
  expect(JSON.parse(readFileSync(join(folder.path, 'maps.json'), 'utf8'))).toEqual(told)
  const names = readdirSync(join(folder.path, 'figures')).toSorted()
  expect(names).toHaveLength(told.tasks.length)
  expect(names).toContain(`group-maps-${told.jobId}-race-outcome.svg`)
  for (const name of names)
    expect(readFileSync(join(folder.path, 'figures', name), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/)

  const again = await run(...flags)
  expect(again.code).not.toBe(0)
  expect(again.stderr).toContain('maps.json')
  const older = await run('groups', '--job', String(told.jobId), '--out', 'older.json')
  expect(older.code).toBe(0)
  expect(readFileSync(join(folder.path, 'older.json'))).toEqual(readFileSync(join(folder.path, 'maps.json')))
  writeFileSync(join(folder.path, 'taken'), 'a file')
  for (const [flag, place] of [
    ['--figures', 'taken'],
    ['--out', 'taken/maps.json'],
  ] as const) {
    const refused = await run('groups', '--draws', '100', flag, place)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain(`Cannot make the folder ${join(folder.path, 'taken')}`)
  }
  expect(readFileSync(join(folder.path, 'taken'), 'utf8')).toBe('a file')
  const jobs = await callCommand(['jobs', '--project', project, '--json'], {
    userDataFolder: home,
    workingFolder: folder.path,
  })
  const kinds = z.array(z.object({ kind: z.string() })).parse(JSON.parse(jobs.stdout))
  // A place that was taken was refused before the work, and the older maps were not made anew.
  expect(kinds.filter(({ kind }) => kind === 'group-maps')).toHaveLength(1)
})

it.each([
  [['groups', '--evaluation', 'x'], '--evaluation: must be a whole number. '],
  [['groups', '--seed', '99999999999999999999'], '--seed: '],
  [['groups', '--job', '1', '--seed', '2'], '--job names maps that are made already'],
  [['groups', '--job', '999'], 'There are no maps by group of job 999'],
  [['--samples', '16'], 'or the number of an image of the project. "--help"'],
])('says plainly what is wrong with %j', async (flags, words) => {
  const { code, stderr } = await run(...flags)
  expect(code).not.toBe(0)
  expect(stderr).toContain(words)
})

it('explains no picture of a sealed test part, by number or as a file', async () => {
  expect(sealedImage).toBeGreaterThan(0)
  const { code, stderr } = await run('--image', String(sealedImage), '--method', 'cam', '--out', 'sealed')
  expect(code).not.toBe(0)
  expect(stderr).toContain('sealed test part')
  expect(existsSync(join(folder.path, 'sealed'))).toBe(false)
})
