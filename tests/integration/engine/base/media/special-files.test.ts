import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it, describe } from 'vitest'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'
import { readImageFile } from '#engine/base/media/read-image-file.ts'
import { readDecisionFile } from '#engine/curation/decisions/exchange/read-decision-file.ts'
import { readLabelTable } from '#engine/data/catalogue/labels/read-label-table.ts'
import { loadWeightBytes } from '#engine/networks/weights/read-weight-file.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const signal = new AbortController().signal
const readers = {
  'a file': readRegularFile,
  'a picture': (path: string) => readImageFile(path),
  'a list of decisions': (path: string) => readDecisionFile(path, { format: undefined, signal }),
  'a table of decisions': (path: string) => readDecisionFile(path, { format: 'csv', signal }),
  'decisions of FiftyOne': (path: string) => readDecisionFile(path, { format: 'fiftyone', signal }),
  'a table of labels': (path: string) => readLabelTable(path),
  weights: loadWeightBytes,
} as const

describe.each(Object.entries(readers))('reading %s', (_what, read) => {
  it.skipIf(process.platform === 'win32')('refuses a named pipe at once, by name', async () => {
    using folder = makeTemporaryFolder()
    const pipe = join(folder.path, 'pipe.csv')
    execFileSync('mkfifo', [pipe])
    await expect(read(pipe)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/file/),
    })
  })

  it.skipIf(process.platform === 'win32')('refuses a device that never ends', async () => {
    await expect(read('/dev/zero')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})
