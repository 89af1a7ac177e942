import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { catalogueCopy, restoredCatalogue } from '#shared/contract/project.contract.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { runCommand } from '#tests/fixtures/run-command.ts'

it('a project whose catalogue was emptied comes back by the command that its refusal names', async () => {
  using folder = makeTemporaryFolder()
  const project = join(folder.path, 'faces')
  const options = { userDataFolder: join(folder.path, 'home'), workingFolder: folder.path }
  const run = (line: string) => runCommand(line.split(' '), options)
  expect(await run('init faces')).toMatchObject({ code: 0 })
  const made = await run('backup --project faces --json')
  const copy = catalogueCopy.parse(JSON.parse(made.stdout))
  const catalogue = join(project, 'catalogue.sqlite')
  writeFileSync(catalogue, '')

  const refused = await run('datasets --project faces')
  const command = `restore ${copy.file} --project ${project}`
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining(`evenhand ${command}`)])
  rmSync(catalogue)
  const missing = await run('datasets --project faces')
  expect([missing.code, missing.stderr]).toEqual([5, expect.stringContaining(`evenhand ${command}`)])

  const restored = restoredCatalogue.parse(JSON.parse((await run(`${command} --json`)).stdout))
  expect(restored).toMatchObject({ folder: project, file: copy.file, replaced: null })
  expect(await run('datasets --project faces')).toMatchObject({ code: 0, stdout: 'None yet.\n' })
})
