import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { scanResult } from '#shared/contract/check.contract.ts'
import { evaluationResult } from '#shared/contract/evaluation.contract.ts'
import { exportResult } from '#shared/contract/model.contract.ts'
import { imagePrediction } from '#shared/contract/prediction.contract.ts'
import { trainResult } from '#shared/contract/run.contract.ts'
import { labelSchemes } from '#shared/domain/label-schemes.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { listOpenFiles } from '#tests/fixtures/open-files.ts'
import { runCommand } from '#tests/fixtures/run-command.ts'

const report = z.object({
  folder: z.string(),
  images: z.int(),
  scan: scanResult,
  seconds: z.record(z.string(), z.number()),
  train: trainResult,
  evaluation: evaluationResult,
  export: exportResult,
  prediction: imagePrediction.extend({ labelled: z.record(z.string(), z.string().nullable()) }),
})

const listFiles = (at: string): string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(at, join(parentPath, name)).split(sep).join('/'))

/** The first column of the table in docs/security.md that says what lies where. */
const listedPaths = (() => {
  const text = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8')
  const [, table = ''] = text.split('## What lies where, and who can read it')
  return [...table.matchAll(/^\| (user: )?`([^`]+)`/gm)].map(([, user = '', path = '']) => `${user}${path}`)
})()

const isListed = (file: string): boolean =>
  listedPaths.some((path) => file === path || file.startsWith(path.endsWith('/') ? path : `${path}/`))

it('the demo and init refuse a second place for the one project', async () => {
  using home = makeTemporaryFolder()
  const [one, other] = [join(home.path, 'one'), join(home.path, 'other')]
  for (const argv of [
    ['demo', '--folder', one, '--project', other],
    ['init', one, '--project', other],
  ]) {
    const { code, stderr } = await callCommand(argv, { userDataFolder: join(home.path, 'user') })
    expect({ code, isNamed: stderr.includes('--project') }).toEqual({ code: 2, isNamed: true })
    expect(existsSync(one) || existsSync(other)).toBe(false)
  }
})

it('the demo walks the whole loop and its report names what it made', async () => {
  using home = makeTemporaryFolder()
  const folder = join(home.path, 'demo')
  const argv = ['demo', '--no-open', '--project', folder, '--images', '100', '--epochs', '1', '--json']
  const { code, stdout, stderr } = await runCommand(argv, { userDataFolder: join(home.path, 'user') })
  expect({ code, steps: stderr.match(/^\d\/7 /gm) }).toEqual({
    code: 0,
    steps: ['1/7 ', '2/7 ', '3/7 ', '4/7 ', '5/7 ', '6/7 ', '7/7 '],
  })
  const demo = report.parse(JSON.parse(stdout))
  expect(demo).toMatchObject({ folder, images: 100 })
  expect(demo.scan.checks.find(({ check }) => check === 'greyscale')?.flagged).toBeGreaterThan(0)
  expect(demo.evaluation.tasks.race?.confusion.labels).toEqual([...labelSchemes.sample.race])
  expect(demo.evaluation.tasks.gender?.accuracy.n).toBe(demo.train.validation.gender?.n)
  expect(demo.export.parity.maxAbsDifference).toBeLessThan(1e-4)
  expect(hashBytes(readFileSync(demo.export.file))).toBe(demo.export.sha256)
  expect(demo.prediction.faces[0]?.race?.probabilities).toBeDefined()
  expect(existsSync(join(folder, 'sample', demo.prediction.file))).toBe(true)

  const left = [...listFiles(folder), ...listFiles(join(home.path, 'user')).map((file) => `user: ${file}`)]
  expect(left.filter((file) => !isListed(file))).toEqual([])
  expect([folder, join(home.path, 'user')].flatMap(listOpenFiles)).toEqual([])

  // An answer beside its label is a result: it may not come from the sealed part.
  const out = join(home.path, 'split.csv')
  await callCommand(['split', 'export', '1', '--out', out, '--project', folder], {
    userDataFolder: join(home.path, 'user'),
  })
  const rows = z
    .array(z.object({ image: z.string(), part: z.string() }))
    .parse(parse(readFileSync(out), { columns: true }))
  expect(rows.find(({ image }) => image.endsWith(`/${demo.prediction.file}`))?.part).toBe('val')
}, 240_000)

it('the demo says which option is wrong before it draws anything', async () => {
  using home = makeTemporaryFolder()
  const folder = join(home.path, 'demo')
  const argv = ['demo', '--no-open', '--folder', folder, '--images', '5']
  const { code, stderr } = await callCommand(argv, { userDataFolder: join(home.path, 'user') })
  expect(code).toBe(2)
  expect(stderr).toContain('--images')
  expect(existsSync(folder)).toBe(false)
})
