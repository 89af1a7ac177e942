import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { readPictures } from '#engine/curation/scan/pictures.worker.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'

const opened = vi.hoisted(() => ({ detectors: 0 }))
vi.mock(import('#engine/networks/faces/blaze-detector.ts'), async (importOriginal) => {
  const { openBlazeDetector } = await importOriginal()
  return {
    openBlazeDetector: (...given) => {
      opened.detectors += 1
      return openBlazeDetector(...given)
    },
  }
})

test('the tasks of one scan use the networks that the first of them opened', async () => {
  using folder = makeTemporaryFolder()
  const bytes = await makeJpeg()
  const file = join(folder.path, 'a.jpg')
  writeFileSync(file, bytes)
  const fileSha256 = createHash('sha256').update(bytes).digest('hex')
  for (const imageId of [1, 2, 3]) {
    // As the step of pixels sends it, which keeps the images of a batch beside what is asked of the worker.
    const task = {
      codec: 'sharp' as const,
      detector: { kind: 'blaze' as const },
      threads: 1,
      files: [{ file, fileSha256, isLookedAt: true }],
      lookedAt: [{ imageId }],
    }
    expect(await readPictures(task)).toMatchObject({ isOk: true })
  }
  expect(opened.detectors).toBe(1)
})
