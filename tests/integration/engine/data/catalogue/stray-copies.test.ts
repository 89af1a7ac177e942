import { linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeStrayCopies } from '#engine/data/catalogue/stray-copies.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

function prepare(projectFolder: string) {
  const [copies, source] = [join(projectFolder, 'originals', 'faces'), join(projectFolder, 'brought')]
  for (const folder of [copies, source]) mkdirSync(folder, { recursive: true })
  const remove = (from: string) =>
    removeStrayCopies({ copies, source: from, projectFolder, hasFile: () => false })
  return { copies, source, remove }
}

it('removes a copy whose original is there with the same bytes, and no other', async () => {
  using folder = makeTemporaryFolder()
  const { copies, source, remove } = prepare(folder.path)
  for (const name of ['same.jpg', 'changed.jpg', 'gone.jpg']) writeFileSync(join(copies, name), 'one')
  writeFileSync(join(source, 'same.jpg'), 'one')
  writeFileSync(join(source, 'changed.jpg'), 'two')
  await remove(source)
  expect(readdirSync(copies).toSorted((a, b) => a.localeCompare(b))).toEqual(['changed.jpg', 'gone.jpg'])
})

it('removes nothing where the folder that was imported is the folder of the copies, also under another name', async () => {
  using folder = makeTemporaryFolder()
  const { copies, source, remove } = prepare(folder.path)
  writeFileSync(join(copies, 'only.jpg'), 'one')
  linkSync(join(copies, 'only.jpg'), join(source, 'only.jpg'))
  symlinkSync(copies, join(folder.path, 'alias'))
  for (const from of [copies, join(folder.path, 'alias'), source]) await remove(from)
  expect(readdirSync(copies)).toEqual(['only.jpg'])
})
