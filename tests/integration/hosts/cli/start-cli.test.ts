import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

it('compiled code is kept for the next command, for its user alone', () => {
  using folder = makeTemporaryFolder()
  const home = join(folder.path, 'home')
  const { NODE_COMPILE_CACHE: _cache, ...env } = process.env
  const cli = fileURLToPath(new URL('../../../../src/main/cli.ts', import.meta.url))
  execFileSync(process.execPath, [cli, '--version'], { env: { ...env, EVENHAND_HOME: home } })
  const made = readdirSync(home, { recursive: true, withFileTypes: true })
  expect(made.filter((entry) => entry.isFile()).length).toBeGreaterThan(50)
  const isOpen = (path: string): boolean =>
    process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0
  expect([home, ...made.map(({ parentPath, name }) => join(parentPath, name))].filter(isOpen)).toEqual([])
})
