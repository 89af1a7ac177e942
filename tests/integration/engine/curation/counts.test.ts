import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { datasetId } from '#shared/contract/base.contract.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import { checkIds, type CheckId } from '#shared/domain/checks.ts'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { makePng } from '#tests/fixtures/pictures.ts'
import { listFlagged, scanProject } from '#tests/fixtures/scans.ts'
import sharp from 'sharp'

const scanned = ['greyscale', 'dark', 'blurry', 'low-information'] as const satisfies readonly CheckId[]
const shade = (level: number) =>
  sharp({ create: { width: 48, height: 48, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer()

// One project: 8 grey pictures and 4 in colour, scanned; then some decided, some removed, and 3 imported and not scanned.
describe('counts on a project with removed, decided and unscanned images', () => {
  let opened: Awaited<ReturnType<typeof openProject>>
  beforeAll(async () => {
    opened = await openProject()
    const { client, source } = opened
    const grey = await Promise.all([2, 4, 6, 8, 90, 120, 150, 180].map(shade))
    const colour = await Promise.all([1, 2, 3, 4].map((seed) => makePng(48, 48, seed)))
    const files = [...grey, ...colour].map((bytes, place) => [`Ann/${place + 10}.png`, bytes] as const)
    writeFiles(source, Object.fromEntries(files))
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    await scanProject(client, { checks: [...scanned] })
    const [kept, reviewed, removed] = await listFlagged(client, 'greyscale')
    const decide = async (
      image: number | undefined,
      rest: Partial<Parameters<typeof client.decision.decide>[0]>,
    ) => {
      const [tile] = await client.image.tiles({ images: [image ?? 0] })
      if (tile === undefined) throw new Error('The scan flags at least three images')
      await client.decision.decide({
        action: 'keep',
        target: { images: [{ imageId: tile.id, revision: tile.revision }] },
        ...rest,
      })
    }
    // In all queues, in one queue alone, out of the data, and kept in another queue than the one that is counted.
    await decide(kept, {})
    await decide(reviewed, { check: 'greyscale' })
    await decide(removed, { action: 'remove', check: 'dark' })
    const [, , , , elsewhere] = await listFlagged(client, 'greyscale')
    await decide(elsewhere, { check: 'blurry' })
    writeFiles(`${source}-later`, {
      'Ben/1.png': await makePng(40, 40, 7),
      'Ben/2.png': await shade(30),
      'Ben/3.png': await makePng(44, 44, 9),
    })
    await importFolder(client, { source: `${source}-later`, format: 'folder', folderTask: 'identity' })
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  const total = async (filter: ImageFilter) => (await opened.client.image.facets({ filter })).total

  it('are the same in the list of queues, the queue itself, its progress, the catalogue and a decision about all', async () => {
    const { client } = opened
    const list = await client.check.list()
    for (const check of scanned) {
      const summary = list.find(({ id }) => id === check)
      const queue = await client.finding.queue({ check, limit: 100 })
      const progress = await client.decision.progress({ check })
      const counts = {
        list: summary?.open,
        queue: queue.items.length,
        progress: progress.total - progress.decided,
        catalogue: await total({ search: `open:${check}` }),
        window: (await client.image.window({ filter: { search: `open:${check}` } })).total,
      }
      expect([check, counts]).toEqual([
        check,
        {
          list: queue.items.length,
          queue: queue.items.length,
          progress: queue.items.length,
          catalogue: queue.items.length,
          window: queue.items.length,
        },
      ])
      const all = await client.image.facets({ filter: { status: ['undecided', 'kept', 'removed'] } })
      expect(all.finding.find(({ value }) => value === check)?.count ?? 0).toBe(summary?.flagged)
    }
    const open = list.find(({ id }) => id === 'greyscale')?.open ?? 0
    expect(open).toBeGreaterThan(2)
    const outcome = await client.decision.decide({
      action: 'keep',
      check: 'greyscale',
      target: { query: { search: 'open:greyscale' }, expectedCount: open },
    })
    expect(outcome).toMatchObject({ changed: open, conflictCount: 0 })
    expect((await client.finding.queue({ check: 'greyscale', limit: 100 })).items).toEqual([])
    expect(await total({ search: 'open:greyscale' })).toBe(0)
    await client.decision.undo({ actId: outcome.actId ?? undefined })
    expect((await client.finding.queue({ check: 'greyscale', limit: 100 })).items).toHaveLength(open)
  })

  it('never take an image that no scan has come to for one without finding', async () => {
    const { client } = opened
    const { datasets } = { datasets: [datasetId.parse(2)] }
    expect(await total({ datasets, findings: [null] })).toBe(0)
    expect(await total({ datasets, findings: ['unchecked'] })).toBe(3)
    expect(await total({ search: 'finding:unchecked' })).toBe(3)
    expect(await total({ search: 'finding:any' })).toBe(await total({ findings: [...checkIds] }))
    const { finding, total: all } = await client.image.facets({ filter: {} })
    const countOf = (value: string | null) => finding.find((one) => one.value === value)
    expect(countOf('unchecked')).toEqual({ value: 'unchecked', label: 'Not checked', count: 3 })
    expect((countOf(null)?.count ?? 0) + 3 + (await total({ findings: [...checkIds] }))).toBe(all)
    await scanProject(client, { checks: [...scanned] })
    expect(await total({ search: 'finding:unchecked' })).toBe(0)
  })

  it('of the project tell how many are removed, and the rest is what the catalogue shows', async () => {
    const { client } = opened
    const project = await client.project.current()
    expect(project?.counts).toMatchObject({ images: 15, removed: 1 })
    expect(await total({})).toBe(14)
    expect(await total({ status: ['removed'] })).toBe(1)
  })
})
