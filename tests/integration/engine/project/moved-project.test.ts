import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { finishJob, waitFor } from '#tests/fixtures/jobs.ts'
import { makePng } from '#tests/fixtures/pictures.ts'

const ways = {
  moved: (project: string) => renameSync(project, `${project}-moved`),
  deleted: (project: string) => rmSync(project, { recursive: true }),
  replaced: (project: string) => {
    renameSync(project, `${project}-moved`)
    mkdirSync(project)
  },
} as const

/** Windows keeps a folder with open files where it is. */
describe.skipIf(process.platform === 'win32')('a project that is away while it is open', () => {
  it.each(Object.entries(ways))(
    'refuses every call once it was %s, and writes nothing at its old place',
    async (_how, change) => {
      await using opened = await openProject()
      const { client, project, source } = opened
      writeFiles(source, { 'White/a.png': await makePng() })
      change(project)
      const refusal = {
        code: 'PRECONDITION',
        message: expect.stringMatching(`${project} is no longer the project that was opened: .* Put it back`),
      }
      const calls = [
        client.dataset.import({ source, format: 'folder', folderTask: 'race' }),
        client.dataset.list(),
        client.project.current(),
        client.project.backUp({}),
        client.settings.get(),
      ]
      const outcomes = await Promise.allSettled(calls)
      expect(outcomes.slice(0, -1)).toEqual(
        outcomes.slice(0, -1).map(() => ({ status: 'rejected', reason: expect.objectContaining(refusal) })),
      )
      expect(outcomes.at(-1)).toMatchObject({ status: 'fulfilled' })
      await client.project.close()
      expect(existsSync(project) ? readdirSync(project) : []).toEqual([])
    },
  )

  it.each(Object.entries(ways))(
    'ends its job with that reason once it was %s, and the job writes nothing at its old place',
    async (how, change) => {
      await using opened = await openProject()
      const { client, project, source, engine } = opened
      const pictures = Array.from(
        { length: 400 },
        async (_, at) => [`White/${at}.png`, await makePng(64, 64, at)] as const,
      )
      writeFiles(source, Object.fromEntries(await Promise.all(pictures)))
      const stop = new AbortController()
      const events = engine.subscribe(stop.signal)
      const { jobId } = await client.dataset.import({ source, format: 'folder', folderTask: 'race' })
      let end: unknown
      for await (const event of events) {
        if (event.type !== 'jobChanged' || event.job.id !== jobId) continue
        end = event.job
        if (event.job.finishedAt !== null) break
        if (event.job.done > 0 && existsSync(join(project, 'catalogue.sqlite'))) change(project)
      }
      expect(end).toMatchObject({
        state: 'failed',
        error: { code: 'PRECONDITION', message: expect.stringContaining('is no longer the project') },
      })
      await client.project.close()
      expect(existsSync(project) ? readdirSync(project) : []).toEqual([])
      if (how === 'deleted') return
      await client.project.open({ folder: `${project}-moved` })
      expect(await client.job.get({ jobId })).toMatchObject({ state: 'failed' })
      await client.job.resume({ jobId })
      expect(await finishJob(client, jobId)).toMatchObject({ state: 'succeeded', result: { seen: 400 } })
    },
  )

  it('opens where it is now, with all that was in it', async () => {
    await using opened = await openProject()
    const { client, project, source } = opened
    writeFiles(source, { 'White/a.png': await makePng() })
    await importFolder(client, { source, format: 'folder', folderTask: 'race' })
    const { uuid } = (await client.project.current()) ?? { uuid: null }
    renameSync(project, `${project}-moved`)
    expect(await client.project.open({ folder: `${project}-moved` })).toMatchObject({
      uuid,
      counts: { images: 1 },
    })
    await client.project.close()
    expect(await client.project.open({ folder: `${project}-moved` })).toMatchObject({ counts: { images: 1 } })
  })

  it('makes room for another one in its place, which keeps all of its own', async () => {
    await using opened = await openProject()
    const { client, project, source } = opened
    writeFiles(source, { 'White/a.png': await makePng() })
    await importFolder(client, { source, format: 'folder', folderTask: 'race' })
    renameSync(project, `${project}-moved`)
    await client.project.create({ folder: project, name: 'Another' })
    const names = () => readdirSync(project).sort()
    await waitFor(() => (names().includes('project.lock.json') ? true : null))
    await client.project.close()
    expect(await client.project.open({ folder: project })).toMatchObject({
      name: 'Another',
      counts: { images: 0 },
    })
    expect(await client.project.open({ folder: `${project}-moved` })).toMatchObject({ counts: { images: 1 } })
  })
})
