import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { refuseTelemetry } from '#engine/base/kernel/refuse-telemetry.ts'
import { ExportedModel } from '#engine/networks/inference/exported-model.ts'
import { countPixels, predictImages } from '#engine/networks/inference/predict-images.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { fromRgb, makeBlankPng, makeJpeg } from '#tests/fixtures/pictures.ts'
import { writeUntrainedModel } from '#tests/fixtures/untrained-model.ts'

const folder = makeTemporaryFolder()
const cropper = () => Promise.reject(new Error('A network of whole pictures asks for no faces'))
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
  await expect(
    predictImages(images, { model, codec: counting, cropper, faces: 'picture', isCancelled }),
  ).rejects.toMatchObject({
    code: 'CANCELLED',
  })
  expect(decoded).toBe(2)
})

it('what is transparent is answered as if it stood on white, not by the colours that nobody sees', async () => {
  const { data } = await fromRgb(64, 64).raw().toBuffer({ resolveWithObject: true })
  const seen = Buffer.from(data)
  // The lower half is transparent.
  const withAlpha = Buffer.alloc(64 * 64 * 4, 255)
  for (let at = 0; at < 64 * 64; at++) {
    withAlpha.set(data.subarray(3 * at, 3 * at + 3), 4 * at)
    if (at < 64 * 32) continue
    withAlpha[4 * at + 3] = 0
    seen.fill(255, 3 * at, 3 * at + 3)
  }
  const codec = await openImageCodec('sharp')
  const toPng = (pixels: Buffer, channels: 3 | 4) =>
    sharp(pixels, { raw: { width: 64, height: 64, channels } })
      .png()
      .toBuffer()
  const answer = async (bytes: Uint8Array) => {
    const images = [{ file: 'one.png', bytes }]
    return (
      await predictImages(images, { model, codec, cropper, faces: 'picture', isCancelled: () => false })
    ).predictions
  }
  const transparent = await answer(await toPng(withAlpha, 4))
  expect(transparent).toEqual(await answer(await toPng(seen, 3)))
  expect(transparent).not.toEqual(await answer(await toPng(data, 3)))
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
