import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { EngineClient } from '#tests/fixtures/engine.ts'
import { importFolder, openProject } from '#tests/fixtures/imports.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { drawPicture } from '#tests/fixtures/labelled-project.ts'

async function drawPeople(source: string, people: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, seed] of Object.entries(people)) {
    mkdirSync(join(source, name), { recursive: true })
    await drawPicture(join(source, name, `${name}_0001.png`), { race: 1, gender: 0, seed })
  }
}

const listImages = async (client: EngineClient) =>
  (await client.image.query({ limit: 10 })).items.toSorted((a, b) => a.id - b.id)

async function erase(client: EngineClient, images: readonly number[]): Promise<void> {
  await finishWell(client, (await client.erasure.start({ images: [...images], reason: 'Withdrawn' })).jobId)
}

it('the numbers of what was erased are not given to others', async () => {
  await using project = await openProject()
  const { client, source } = project
  const read = { source, format: 'lfw', name: 'people' } as const
  await drawPeople(source, { Ada_Wedgwood: 1, Grace_Ashdown: 2, Mary_Whitlock: 3 })
  await importFolder(client, read)
  const [ada, grace, mary] = await listImages(client)
  if (!ada || !grace || !mary) throw new Error('Three images were imported')
  const keep = (image: { id: number; revision: number }) =>
    client.decision.decide({
      action: 'keep',
      target: { images: [{ imageId: image.id, revision: image.revision }] },
    })
  await keep(mary)
  await erase(client, [mary.id])
  // The number of Mary's decision would be the next one; erasing Grace would then meet what is left of it.
  await keep(grace)
  await erase(client, [grace.id])

  await drawPeople(source, { Ada_Wedgwood: 1, Ruth_Penhallow: 4 })
  await importFolder(client, read)
  const [still, ruth] = await listImages(client)
  expect(still?.id).toBe(ada.id)
  expect(ruth?.id).toBeGreaterThan(mary.id)
  const identityOf = async (imageId: number) => (await client.image.get({ imageId })).identity
  expect(await identityOf(ruth?.id ?? 0)).toMatchObject({ id: 4, name: 'Ruth_Penhallow' })
})
