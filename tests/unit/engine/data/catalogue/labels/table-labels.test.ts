import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TableLabels } from '#engine/data/catalogue/labels/table-labels.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

it('a table whose rows all name one image is read in the time of any other', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'labels.csv')
  const rows = 100_000
  writeFileSync(file, `file,race\na.png,White\n${'a.png,Black\n'.repeat(rows)}`)
  const table = await TableLabels.open({ source: folder.path, files: [file], scheme: 'fairface7' })
  const { labels, repairs } = table.read('a.png')
  expect([labels.race, repairs.length]).toEqual(['White', rows])
})
