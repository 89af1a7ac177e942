import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '#engine/engine.ts'
import { AppError } from '#shared/contract/errors.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { runCli } from '../../../../src/main/hosts/cli/run-cli.ts'

let folder: ReturnType<typeof makeTemporaryFolder>

beforeEach(() => {
  folder = makeTemporaryFolder()
})
afterEach(() => folder[Symbol.dispose]())

async function run(argv: readonly string[], open: () => Promise<Engine>) {
  const written = { stdout: '', stderr: '' }
  const code = await runCli({
    argv,
    io: {
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      workingFolder: folder.path,
      env: {},
    },
    signal: new AbortController().signal,
    version: '0.0.0',
    windowFolder: folder.path,
    openEngine: open,
    keepServing: (work) => work(),
  })
  return { code, ...written }
}

/** An engine that closes, and then says that it could not. */
function openFailingEngine(): Promise<Engine> {
  const opened = openEngine(join(folder.path, 'user'))
  const dispose = async () => {
    await opened.engine.dispose()
    throw new AppError('UNAVAILABLE', 'The catalogue could not be closed: the disk is full.')
  }
  return Promise.resolve({ ...opened.engine, dispose })
}

describe('an engine that cannot be closed', () => {
  it('is told beside why the command failed, whose exit code it leaves', async () => {
    const { code, stderr } = await run(
      ['datasets', '--project', join(folder.path, 'none')],
      openFailingEngine,
    )
    expect(code).toBe(3)
    expect(stderr).toContain('could not be closed')
    expect(stderr).toContain(join(folder.path, 'none'))
  })

  it('is the one thing that is said of a command that went well', async () => {
    const { code, stdout } = await run(['init', join(folder.path, 'project'), '--json'], openFailingEngine)
    expect(code).toBe(69)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'UNAVAILABLE' } })
  })
})

describe('an engine that cannot be opened', () => {
  it('is said once', async () => {
    const { code, stderr } = await run(['init', join(folder.path, 'project')], () =>
      Promise.reject(new AppError('PRECONDITION', 'The settings folder cannot be made.')),
    )
    expect({ code, stderr }).toEqual({ code: 5, stderr: 'The settings folder cannot be made.\n' })
  })
})

describe('a reader that has gone', () => {
  it.each(['stdout', 'stderr'] as const)('is no failure of the command (%s)', async (stream) => {
    const entry = resolve(import.meta.dirname, '../../../../src/main/cli.ts')
    const argv = stream === 'stdout' ? ['--help'] : ['datasets']
    const child = spawn(process.execPath, [entry, ...argv], {
      cwd: folder.path,
      env: { ...process.env, EVENHAND_HOME: join(folder.path, 'user') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child[stream].destroy()
    const [code] = await once(child, 'exit')
    expect(code).toBe(stream === 'stdout' ? 0 : 2)
  })
})
