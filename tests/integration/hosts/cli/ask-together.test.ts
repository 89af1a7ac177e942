import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { Engine } from '#engine/engine.ts'
import { createRouter } from '#engine/base/procedures/router.ts'
import { imageId } from '#shared/contract/base.contract.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { importFolder, writeFiles } from '#tests/fixtures/imports.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'
import { runCli } from '../../../../src/main/hosts/cli/run-cli.ts'

const folder = makeTemporaryFolder()
const userDataFolder = join(folder.path, 'user')
const project = join(folder.path, 'project')
const copies = 12
let asked = 0

/** The real engine, which counts how often one image by itself is asked for. */
function openCountedEngine(): Engine {
  const { engine, client } = openEngine(userDataFolder)
  const count = (input: unknown) => {
    asked += 1
    return client.image.get(z.object({ imageId }).parse(input))
  }
  const { image: counted } = createRouter({ logger: createMemoryLogger(), find: () => count })
  const image: Engine['router']['image'] = { ...engine.router.image, get: counted.get }
  return { ...engine, router: { ...engine.router, image } }
}

async function runWith(signal: AbortSignal, argv: readonly string[]) {
  asked = 0
  const written = { stdout: '', stderr: '' }
  const code = await runCli({
    argv: [...argv, '--project', project, '--json'],
    io: {
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      workingFolder: folder.path,
      env: {},
    },
    signal,
    version: '0.0.0',
    windowFolder: folder.path,
    openEngine: () => Promise.resolve(openCountedEngine()),
    keepServing: (work) => work(),
  })
  return { code, ...written }
}

async function run(...argv: string[]): Promise<unknown> {
  const written = await runWith(new AbortController().signal, argv)
  expect(written).toMatchObject({ code: 0 })
  return JSON.parse(written.stdout)
}

beforeAll(async () => {
  await using opened = openEngine(userDataFolder)
  const source = join(folder.path, 'faces')
  const picture = await makeJpeg(64, 64, 7)
  writeFiles(
    source,
    Object.fromEntries(Array.from({ length: copies }, (_, at) => [`${at + 10}.jpg`, picture])),
  )
  await opened.client.project.create({ folder: project })
  await importFolder(opened.client, { source, format: 'folder', folderTask: 'identity' })
  const { jobId } = await opened.client.scan.start({ checks: ['exact-duplicate'] })
  await finishWell(opened.client, jobId)
})
afterAll(() => folder[Symbol.dispose]())

const listed = z.array(z.object({ imageId: z.int(), dataset: z.string(), file: z.string() }))

describe('a command that tells of many images', () => {
  it('asks for their files together (findings)', async () => {
    const found = listed.parse(await run('findings', '--kind', 'exact-duplicate'))
    expect(found).toHaveLength(copies)
    expect(found[0]).toEqual({ imageId: 1, dataset: 'faces', file: '10.jpg' })
    expect(asked).toBe(0)
  })

  it('asks for their revisions together (decide)', async () => {
    const numbers = Array.from({ length: copies }, (_, at) => at + 1).join(',')
    expect(await run('decide', numbers, 'keep')).toMatchObject({ changed: copies, conflictCount: 0 })
    expect(asked).toBe(0)
  })

  it('stops between two pages when it is interrupted (findings)', async () => {
    const { code } = await runWith(AbortSignal.abort(), ['findings', '--kind', 'exact-duplicate'])
    expect(code).toBe(130)
  })
})
