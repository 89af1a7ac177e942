import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
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
