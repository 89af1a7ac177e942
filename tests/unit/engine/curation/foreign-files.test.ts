import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { indexPathEnds, matchImage } from '#engine/curation/decisions/exchange/match-image.ts'
import { readDecisionFile } from '#engine/curation/decisions/exchange/read-decision-file.ts'
import { findColumn, readLabelTable } from '#engine/data/catalogue/labels/read-label-table.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const { signal } = new AbortController()
const readers = {
  'decisions as CSV': (file: string) => readDecisionFile(file, { format: 'csv', signal }),
  'decisions as FiftyOne': (file: string) => readDecisionFile(file, { format: 'fiftyone', signal }),
  'decisions as Label Studio': (file: string) => readDecisionFile(file, { format: 'label-studio', signal }),
  'decisions of any kind': (file: string) => readDecisionFile(file, { format: undefined, signal }),
  labels: async (file: string) => findColumn(await readLabelTable(file), 'race'),
} as const

const contents = [
  'root:x:0:0:hunter2:/root:/bin/sh\nbin:x:1:1:hunter2',
  'password = hunter2',
  '{"token": "hunter2", hunter2',
  '[hunter2',
  'a,"hunter2" hunter2\n',
  'name,hunter2"x\n"',
]

it.each(Object.entries(readers))(
  'a file that holds no %s is refused without a word of it',
  async (_what, read) => {
    using folder = makeTemporaryFolder()
    for (const [index, content] of contents.entries()) {
      const file = join(folder.path, `${index}.txt`)
      writeFileSync(file, content)
      const refusal: unknown = await read(file).catch((error: unknown) => error)
      expect(refusal).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(file) })
      expect(String(refusal)).not.toContain('hunter2')
    }
  },
)

it.each(['fiftyone', 'label-studio', undefined] as const)(
  'a document that no memory should hold is refused before it is read, whatever it is called: %s',
  async (format) => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'large.json')
    writeFileSync(file, '[')
    truncateSync(file, 300 * 2 ** 20)
    await expect(readDecisionFile(file, { format, signal })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('larger than 256 MB'),
    })
  },
)

it('a line without an end is refused before it fills the memory', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'line.csv')
  writeFileSync(file, `image,action\n${'x'.repeat(2_000_000)}`)
  for (const read of [readers['decisions as CSV'], readers.labels])
    await expect(read(file)).rejects.toMatchObject({ message: expect.stringContaining('a line is too long') })
})

it('a path of a hundred thousand folders is looked for a hundred times, not a hundred thousand', () => {
  const asked: string[] = []
  const byPath = (path: string) => (asked.push(path), [])
  const images = { byHash: () => [], byPath, ends: () => indexPathEnds([]) }
  const decision = {
    place: 'line 1',
    sha256: null,
    action: 'keep',
    reason: null,
    note: null,
    task: null,
  } as const
  const path = '/folder'.repeat(100_000)
  const match = matchImage(images, { ...decision, path, from: null, to: null, reviewer: null, time: null })
  expect([match.kind, asked.length]).toEqual(['none', 100])
})

it('reading decisions can be given up at any moment, and is told as cancelled', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'decisions.csv')
  writeFileSync(file, `image,action\n${'a.png,keep\n'.repeat(300_000)}`)
  const giveUp = new AbortController()
  const reading = readDecisionFile(file, { format: 'csv', signal: giveUp.signal })
  setTimeout(() => giveUp.abort(), 20)
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
})

it('a table that is refused leaves its file closed', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'none.csv')
  writeFileSync(file, `a,b\n${'c,d\n'.repeat(200_000)}`)
  const countOpen = (): number => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0)
  const before = countOpen()
  for (let count = 0; count < 20; count++)
    await expect(readDecisionFile(file, { format: 'csv', signal })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  expect(countOpen() - before).toBeLessThan(5)
})
