import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { openSettings as openRealSettings } from '#engine/base/settings/feature.ts'
import type { openIntegrity as openRealIntegrity } from '#engine/project/integrity/feature.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

/** What the features below forget. */
const fault = vi.hoisted(() => ({ job: false, answer: false, setting: false }))

vi.mock('#engine/project/integrity/feature.ts', async (load) => {
  const { openIntegrity } = await load<{ openIntegrity: typeof openRealIntegrity }>()
  return {
    openIntegrity: (...lent: Parameters<typeof openIntegrity>) => {
      const feature = openIntegrity(...lent)
      return {
        ...feature,
        jobs: fault.job ? [] : feature.jobs,
        handlers: fault.answer ? {} : feature.handlers,
      }
    },
  }
})

vi.mock('#engine/base/settings/feature.ts', async (load) => {
  const { openSettings } = await load<{ openSettings: typeof openRealSettings }>()
  return {
    openSettings: (...lent: Parameters<typeof openSettings>) => {
      const feature = openSettings(...lent)
      return { ...feature, handlers: fault.setting ? {} : feature.handlers }
    },
  }
})

afterEach(() => Object.assign(fault, { job: false, answer: false, setting: false }))

async function createProject() {
  using folder = makeTemporaryFolder()
  await using opened = openEngine(join(folder.path, 'home'))
  return opened.client.project.create({ folder: join(folder.path, 'project') })
}

describe('features that forget something', () => {
  it('open as long as they forget nothing', async () => {
    expect(await createProject()).toMatchObject({ name: 'project' })
  })

  it('keep a project shut whose job nobody runs', async () => {
    fault.job = true
    await expect(createProject()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('no feature runs the job integrity.'),
    })
  })

  it('keep a project shut whose procedure nobody answers', async () => {
    fault.answer = true
    await expect(createProject()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('no feature answers integrity.check'),
    })
  })

  it('keep the engine from starting where it has no answer of its own', async () => {
    fault.setting = true
    await expect(createProject()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('no feature answers settings.'),
    })
  })
})
