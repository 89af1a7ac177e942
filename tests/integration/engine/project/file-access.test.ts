import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { createLogger } from '#engine/base/kernel/logger.ts'
import { keepFilesTo } from '#engine/base/kernel/file-modes.ts'
import { FileAccess } from '#engine/project/folder/file-access.ts'
import { findProjectFolder } from '#engine/project/folder/project-folder.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { listOpenFiles } from '#tests/fixtures/open-files.ts'

const logger = createLogger({ stderr: true })
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

afterEach(() => keepFilesTo('owner'))

/** As a version that left the modes to the usual mask wrote it. */
function openToOthers(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() ? 0o755 : 0o644)
  }
  chmodSync(folder, 0o755)
}

async function makeProject(home: string): Promise<string> {
  const project = join(home, 'project')
  await using opened = openEngine(join(home, 'user'))
  await opened.client.project.create({ folder: project })
  mkdirSync(join(project, 'thumbs', 'ab'), { recursive: true })
  for (let number = 0; number < 600; number++)
    writeFileSync(join(project, 'thumbs', 'ab', `${number}.webp`), 'x')
  writeFileSync(join(project, 'notes of mine.txt'), 'not Evenhand’s')
  return project
}

it('a project that others could read is closed when it is opened, and that is told once', async () => {
  using home = makeTemporaryFolder()
  const project = await makeProject(home.path)
  openToOthers(project)
  const outside = join(home.path, 'elsewhere.txt')
  writeFileSync(outside, 'linked to')
  chmodSync(outside, 0o644)
  symlinkSync(outside, join(project, 'thumbs', 'link'))
  {
    await using opened = openEngine(join(home.path, 'user'))
    const { files } = await opened.client.project.open({ folder: project })
    // At once, whatever lies in it: nobody else gets through the folder.
    expect([files.audience, files.notice, modeOf(project)]).toEqual([
      'owner',
      expect.stringMatching(/Other users of this machine could read this project until now/),
      '700',
    ])
    await expect.poll(() => modeOf(join(project, 'thumbs'))).toBe('700')
    await expect.poll(() => listOpenFiles(project)).toEqual(['notes of mine.txt'])
  }
  // What only lies in the folder is the user's own, and what a link leads to lies elsewhere.
  expect([modeOf(outside), lstatSync(join(project, 'thumbs', 'link')).isSymbolicLink()]).toEqual([
    '644',
    true,
  ])
  await using again = openEngine(join(home.path, 'user'))
  expect((await again.client.project.open({ folder: project })).files.notice).toBeNull()
})

it('closing that was cut short is taken up again at the next opening', async () => {
  using home = makeTemporaryFolder()
  const project = await makeProject(home.path)
  openToOthers(project)
  const folder = await findProjectFolder(project)
  const first = new FileAccess({ folder, logger, isNew: false })
  first.keepTo('owner')
  await first.dispose()
  expect(modeOf(project)).toBe('700')
  expect(listOpenFiles(project).length).toBeGreaterThan(100)
  const second = new FileAccess({ folder, logger, isNew: false })
  second.keepTo('owner')
  await second.settled()
  expect([listOpenFiles(project), second.notice]).toEqual([['notes of mine.txt'], null])
})

it('a project of a group is kept open to it and to nobody else, until it is closed again', async () => {
  using home = makeTemporaryFolder()
  const project = await makeProject(home.path)
  const catalogue = join(project, 'catalogue.sqlite')
  {
    await using opened = openEngine(join(home.path, 'user'))
    await opened.client.project.open({ folder: project })
    const { files } = await opened.client.project.setAudience({ audience: 'group' })
    expect(files.audience).toBe('group')
    await expect
      .poll(() => [modeOf(project), modeOf(catalogue), modeOf(`${catalogue}-wal`)])
      .toEqual(['770', '660', '660'])
    await expect.poll(() => modeOf(join(project, 'thumbs'))).toBe('770')
    const copy = await opened.client.project.backUp({})
    expect([modeOf(copy.file), modeOf(join(project, 'backups'))]).toEqual(['660', '770'])
  }
  await using again = openEngine(join(home.path, 'user'))
  expect((await again.client.project.open({ folder: project })).files).toEqual({
    audience: 'group',
    notice: null,
  })
  await again.client.project.setAudience({ audience: 'owner' })
  await expect.poll(() => listOpenFiles(project)).toEqual([])
})
