import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { refuseTelemetry } from '#engine/base/kernel/refuse-telemetry.ts'
import { ExportedModel } from '#engine/networks/inference/exported-model.ts'
import { countPixels, predictImages } from '#engine/networks/inference/predict-images.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { makeBlankPng, makeJpeg } from '#tests/fixtures/pictures.ts'
import { writeUntrainedModel } from '#tests/fixtures/untrained-model.ts'

const folder = makeTemporaryFolder()
let model: ExportedModel

beforeAll(async () => {
  refuseTelemetry()
  const file = join(folder.path, 'model.onnx')
  await writeUntrainedModel(file)
  model = await ExportedModel.open({ onnxFile: file, sha256: null }, createOrtRuntime(), 1)
})
afterAll(async () => {
  await model.dispose()
  folder[Symbol.dispose]()
})

it('a prediction that is not wanted any more stops before the next image', async () => {
  const codec = await openImageCodec('sharp')
  const bytes = await makeJpeg(64, 64)
  let decoded = 0
  const counting = {
    ...codec,
    decode: (content: Uint8Array) => {
      decoded++
      return codec.decode(content)
    },
  }
  const images = Array.from({ length: 5 }, (_, index) => ({ file: `${index}.jpg`, bytes }))
  const isCancelled = () => decoded === 2
  await expect(predictImages(images, { model, codec: counting, isCancelled })).rejects.toMatchObject({
    code: 'CANCELLED',
  })
  expect(decoded).toBe(2)
})

it('pixels are counted by the header alone; what cannot be decoded has none', async () => {
  const codec = await openImageCodec('sharp')
  const refuse = () => Promise.reject(new Error('nothing may be decoded'))
  const looking = { ...codec, decode: refuse }
  const count = (bytes: Uint8Array) => countPixels(bytes, looking)
  expect(await count(await makeJpeg(64, 48))).toBe(64 * 48)
  expect(await count(makeBlankPng(9_000, 9_000))).toBe(81_000_000)
  // More than one image may have: it is refused when its turn comes.
  expect(await count(makeBlankPng(20_000, 20_000))).toBe(0)
  expect(await count(Buffer.from('no image'))).toBe(0)
})
