import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFeatures } from '#engine/base/features/feature-list.ts'
import type { EngineLent } from '#engine/base/features/lent.ts'
import { createEventHub } from '#engine/base/kernel/event-hub.ts'
import { openSettings } from '#engine/base/settings/feature.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { openExplainer } from '#engine/assessment/explanations/feature.ts'
import { openServing } from '#engine/learning/serving/feature.ts'
import { openDevices } from '#engine/networks/devices/feature.ts'
import { findProjectFolder } from '#engine/project/folder/project-folder.ts'
import { lockProject } from '#engine/project/folder/project-lock.ts'
import { openProjects } from '#engine/project/session/feature.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

let folder: ReturnType<typeof makeTemporaryFolder>
let closers: AsyncDisposableStack

beforeEach(() => {
  folder = makeTemporaryFolder()
  closers = new AsyncDisposableStack()
})
afterEach(async () => {
  await closers.disposeAsync()
  folder[Symbol.dispose]()
})

function openService() {
  const lent: EngineLent = {
    host: 'cli',
    userDataFolder: join(folder.path, 'home'),
    now: () => Date.now(),
    logger: createMemoryLogger(),
    workers: locateWorkers(new URL('../../../../src/main/cli.ts', import.meta.url).href),
    cores: 1,
    events: createEventHub(),
    chooseCodec: () => Promise.resolve({ name: 'sharp', reason: 'Native, for a test.' }),
    publishJob: () => undefined,
    publishChange: () => undefined,
    closers,
  }
  return startFeatures(lent)
    .add(openSettings)
    .add(openDevices)
    .add(openServing)
    .add(openExplainer)
    .add(openProjects).lent.projects
}

describe('a project that cannot be closed when another is opened', () => {
  it('is told of, and neither stays open for nobody', async () => {
    const projects = openService()
    const [first, second] = [join(folder.path, 'first'), join(folder.path, 'second')]
    await projects.create({ folder: second })
    await projects.create({ folder: first })
    const { jobs } = projects.session().services
    const dispose = jobs.dispose.bind(jobs)
    jobs.dispose = async () => {
      await dispose()
      throw new Error('the disk is gone')
    }
    await expect(projects.open(second)).rejects.toThrow('the disk is gone')
    expect(projects.current()).toBeNull()
    await expect(projects.open(second)).resolves.toMatchObject({ folder: second })
    await expect(projects.open(first)).resolves.toMatchObject({ folder: first })
  })
})

describe('a call that is at work when its project is closed', () => {
  it('is told as cancelled, whatever it wanted next', async () => {
    const projects = openService()
    await projects.create({ folder: join(folder.path, 'first') })
    const { services, handlers } = projects.session()
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>()
    const prepare = services.imports.prepare.bind(services.imports)
    services.imports.prepare = async (request) => {
      await held
      return prepare(request)
    }
    const request = { source: folder.path, format: 'utkface' }
    const asked = handlers['dataset.import']?.(request, new AbortController().signal)
    await projects.close()
    goOn()
    await expect(asked).rejects.toMatchObject({
      code: 'CANCELLED',
      message: expect.stringContaining('was closed'),
    })
  })
})

describe('a lock', () => {
  it('is given back also when the note of who holds it cannot be removed', async () => {
    const projects = openService()
    await projects.create({ folder: join(folder.path, 'project') })
    await projects.close()
    const project = await findProjectFolder(join(folder.path, 'project'))
    const lock = lockProject(project, '2026-01-01T00:00:00.000Z')
    rmSync(project.lockHolder)
    mkdirSync(join(project.lockHolder, 'in the way'), { recursive: true })
    expect(() => lock.release()).toThrow(expect.objectContaining({ code: expect.any(String) }))
    rmSync(project.lockHolder, { recursive: true })
    lockProject(project, '2026-01-01T00:00:00.000Z').release()
  })
})
