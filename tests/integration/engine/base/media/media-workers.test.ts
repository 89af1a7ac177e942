import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { ingestOutcome, type IngestTask } from '#engine/data/catalogue/ingest-tasks.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { thumbnailPath } from '#engine/base/media/thumbnail-store.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg, makePng } from '#tests/fixtures/pictures.ts'

const workers = locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href)

async function ingest(folder: string, codec: ImageCodecName) {
  const thumbsFolder = join(folder, codec)
  mkdirSync(thumbsFolder)
  const task: IngestTask = {
    codec,
    thumbsFolder,
    erased: [],
    copiesFolder: null,
    files: ['a.jpg', 'b.png', 'c.jpg'].map((name) => ({
      file: join(folder, name),
      copyTo: null,
      known: null,
    })),
  }
  await using pool = createWorkerPool({ workers, name: 'ingest', threads: 1 })
  const { signal } = new AbortController()
  const outcomes = await pool.run(task, { name: 'ingestImages', result: z.array(ingestOutcome), signal })
  const thumbs = outcomes.map((outcome) =>
    outcome.kind === 'image' ? readFileSync(thumbnailPath(thumbsFolder, outcome.pixelSha256)) : null,
  )
  return { outcomes, thumbs }
}

test('worker threads measure images alike with the native and the WebAssembly codec', async () => {
  using folder = makeTemporaryFolder()
  writeFiles(folder.path, {
    'a.jpg': await makeJpeg(300, 200),
    'b.png': await makePng(90, 60),
    'c.jpg': 'text',
  })
  const native = await ingest(folder.path, 'sharp')
  const wasm = await ingest(folder.path, 'sharp-wasm')
  expect(native.outcomes.map(({ kind }) => kind)).toEqual(['image', 'image', 'refused'])
  expect(wasm.outcomes).toEqual(native.outcomes)
  expect(wasm.thumbs.map((bytes) => bytes?.subarray(0, 4).toString('latin1'))).toEqual([
    'RIFF',
    'RIFF',
    undefined,
  ])
})
