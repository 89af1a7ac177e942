import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { measureImages } from '#engine/curation/pixels/measure.worker.ts'
import { renderThumbnail } from '#engine/data/catalogue/ingest.worker.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { decodeImportedImage, tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { makeTensors } from '#engine/networks/tensors/tensor.worker.ts'
import { makeTemporaryFolder } from '../../../../fixtures/folders.ts'
import { makePng } from '../../../../fixtures/pictures.ts'

const codec = 'sharp'

it('a picture is read as it was imported, by its hash', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'face.png')
  const bytes = await makePng(20, 10)
  writeFileSync(file, bytes)
  const image = { file, fileSha256: hashBytes(bytes) }
  expect(await decodeImportedImage(image, codec)).toMatchObject({ width: 20, height: 10 })
  expect(await tryDecodeImportedImage(image, codec)).toMatchObject({ picture: { width: 20, height: 10 } })
})

it('whoever meets a file that is another by now says the same of it', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'face.png')
  writeFileSync(file, await makePng(20, 10, 2))
  const image = { file, fileSha256: hashBytes(await makePng(20, 10, 1)) }
  const sentence = 'The file has changed since it was imported. Put the imported version back.'
  expect({
    trained: await makeTensors({ codec, inputSize: 8, view: 'whole', images: [image] }),
    scanned: await measureImages({ codec, files: [image] }),
    shown: await renderThumbnail({
      codec,
      ...image,
      thumbnail: join(folder.path, 'thumb.webp'),
      thumbsFolder: folder.path,
      pixelSha256: hashBytes(''),
    }),
  }).toEqual({
    trained: { isOk: true, value: [{ tensor: null, reason: sentence }] },
    scanned: { isOk: true, value: [{ kind: 'unreadable', problem: sentence }] },
    shown: { isOk: false, error: { code: 'CONFLICT', message: sentence, details: {} } },
  })
})

it('a file that is not there is a refusal for whoever goes on without it, and an error for others', async () => {
  using folder = makeTemporaryFolder()
  const image = { file: join(folder.path, 'gone.png'), fileSha256: hashBytes('') }
  await expect(decodeImportedImage(image, codec)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await tryDecodeImportedImage(image, codec)).toEqual({
    refusal: 'The file is not there: moved, deleted, or a link that leads nowhere.',
  })
})
