import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'

const folder = makeTemporaryFolder()
const run = (...argv: string[]) =>
  callCommand([...argv, '--project', join(folder.path, 'project')], {
    userDataFolder: join(folder.path, 'user'),
    workingFolder: folder.path,
  })

beforeAll(async () => {
  writeFiles(join(folder.path, 'faces'), {
    '34_1_2_20170116174525125.jpg': await makeJpeg(40, 30, 1),
    '7_0_3_20170116174525125.jpg': await makeJpeg(30, 30, 2),
    '70_1_3_20170116174525125.jpg': await makeJpeg(20, 30, 3),
  })
  await callCommand(['init', join(folder.path, 'project')], { userDataFolder: join(folder.path, 'user') })
  await run('import', join(folder.path, 'faces'), '--format', 'utkface')
})

afterAll(() => folder[Symbol.dispose]())

test('lists what a search finds, in the order and with the columns asked for', async () => {
  const { code, stdout } = await run(
    ...'images list --search indian --sort age --descending --columns race,age_years --json'.split(' '),
  )
  expect({ code, json: JSON.parse(stdout) }).toEqual({
    code: 0,
    json: {
      total: 2,
      images: [
        { race: 'Indian', age_years: 70 },
        { race: 'Indian', age_years: 7 },
      ],
    },
  })
})

test('a search that cannot be read ends with 2 and names the place', async () => {
  const { code, stderr } = await run('images', 'list', '--search', 'indian finding:blury')
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'The search cannot be read at character 16: “blury” is no finding. Did you mean blurry?\n',
  })
})

test('counts facets, keeps a query under a name, and exports by it without overwriting', async () => {
  const facets = await run('images', 'facets', '--search', 'age<60', '--json')
  expect(JSON.parse(facets.stdout)).toMatchObject({
    total: 2,
    gender: [
      { value: 'Male', count: 1 },
      { value: 'Female', count: 1 },
    ],
  })
  expect((await run('images', 'save', 'Adults', '--search', 'age>=18')).code).toBe(0)
  const out = join(folder.path, 'adults.csv')
  const first = await run('images', 'export', '--saved', 'Adults', '--columns', 'path', '--out', 'adults.csv')
  expect(first.stdout).toBe(`Wrote 2 rows to ${out}\n`)
  expect(parse(readFileSync(out))).toEqual([
    ['path'],
    ['34_1_2_20170116174525125.jpg'],
    ['70_1_3_20170116174525125.jpg'],
  ])
  const second = await run('images', 'export', '--columns', 'path', '--out', 'adults.csv')
  expect(second.code).toBe(4)
  expect((await run('images', 'forget', 'Adults')).stdout).toBe('Forgot Adults\n')
  expect(existsSync(out)).toBe(true)
})
