import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TableLabels } from '#engine/data/catalogue/labels/table-labels.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

it('a table whose rows all name one image is read in the time of any other', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'labels.csv')
  const rows = 30_000
  writeFileSync(file, `file,race\na.png,White\n${'a.png,Black\n'.repeat(rows)}`)
  const table = await TableLabels.open({ source: folder.path, files: [file], scheme: 'fairface7' })
  const { labels, repairs } = table.read('a.png')
  expect(labels.race).toBeNull()
  expect(repairs).toMatchObject([{ field: 'race', to: null }])
  expect(repairs[0]?.from).toMatch(
    /^White \(labels\.csv, line 2\), Black \(labels\.csv, line 3\), .* and 29991 more$/,
  )
})

it.each(['img_path', 'image_id', 'img_name', 'filepath', 'face_name_align', 'Filename', 'IMAGE', 'path'])(
  'a column of pictures named %s is known without being named',
  async (column) => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'labels.csv')
    writeFileSync(file, `gender,${column}\nFemale,a.png\n`)
    const table = await TableLabels.open({ source: folder.path, files: [file], scheme: 'fairface7' })
    expect(table.read('a.png').labels.gender).toBe('Female')
  },
)

async function readAges(text: string) {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'labels.csv')
  writeFileSync(file, text)
  const table = await TableLabels.open({ source: folder.path, files: [file], scheme: 'fairface7' })
  return ['a.png', 'b.png', 'c.png'].map((name) => {
    const { labels, repairs } = table.read(name)
    return [labels.ageYears ?? labels.ageBin, repairs.some(({ field }) => field === 'age')]
  })
}

it('10.19 is a bin among bins, told, and years among years', async () => {
  expect(await readAges('file,age\na.png,10.19\nb.png,20-29\nc.png,3.9\n')).toEqual([
    ['10-19', true],
    ['20-29', false],
    ['3-9', true],
  ])
  expect(await readAges('file,age\na.png,10.19\nb.png,24.5\nc.png,3.9\n')).toEqual([
    [10.19, false],
    [24.5, false],
    [3.9, false],
  ])
})

it('few ages below 9 are codes where the other labels are codes too, and years where those are words', async () => {
  const missing = [null, true]
  expect(await readAges('file,age,gender,race\na.png,3,0,1\nb.png,4,1,2\nc.png,8,0,0\n')).toEqual([
    missing,
    missing,
    missing,
  ])
  expect(await readAges('file,age,gender,race\na.png,3,F,White\nb.png,4,M,Black\nc.png,8,F,\n')).toEqual([
    [3, false],
    [4, false],
    [8, false],
  ])
})
