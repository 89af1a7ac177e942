import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import type { DecodedImage, ImageCodec } from '#engine/base/media/image-codec.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { hashPixels } from '#engine/base/media/hash-pixels.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { makeTiff } from '#tests/fixtures/tiff.ts'
// The WebAssembly build cannot be loaded once the native one is in the process: it comes first.
import { createWasmCodec } from '#engine/base/media/adapters/sharp-wasm.ts'

const wasm = createWasmCodec()
const { createNativeCodec } = await import('#engine/base/media/adapters/sharp.ts')
const native = createNativeCodec()
const sharp = (await import('sharp')).default
const { breakJpeg, drawQuarters, fromRgb, makeBlankPng, makeJpeg, makePng, svgWithEntity } =
  await import('#tests/fixtures/pictures.ts')

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof AppError)) throw new Error(`expected an AppError, got ${String(error)}`)
  expect(error.code).toBe('INVALID_INPUT')
  return error.message
}

const pixelAt = ({ data, width }: DecodedImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
]

const largestDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? 256))), 0)

const orientTo = async (orientation: number): Promise<Buffer> =>
  fromRgb(48, 32).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).withMetadata({ orientation }).toBuffer()

/** Whatever a test decodes is decoded for its picture alone too, which is the same or is refused alike. */
const decodeBoth = (codec: ImageCodec): ImageCodec => ({
  ...codec,
  async decode(bytes) {
    const picture: unknown = await codec.decodePicture(bytes).catch(String)
    const { info, ...whole } = await codec.decode(bytes).catch((error: unknown) => {
      expect(picture).toBe(String(error))
      throw error
    })
    expect(picture).toEqual(whole)
    return { ...whole, info }
  },
})

describe.each([
  ['sharp', decodeBoth(native)],
  ['sharp-wasm', decodeBoth(wasm)],
] as const)('the %s codec', (name, codec: ImageCodec) => {
  test('says which it is', () => {
    expect(codec.name).toBe(name)
  })

  test('a sound TIFF in colours that are not read, or with channels that mean something else, is not called damaged', async () => {
    expect((await codec.decode(makeTiff({ photometric: 2, samples: 3 }))).width).toBe(16)
    expect((await codec.decode(makeTiff({ photometric: 2, samples: 4, extra: [2] }))).info.hasAlpha).toBe(
      true,
    )
    expect((await codec.decode(makeTiff({ photometric: 5, samples: 4 }))).info.colourSpace).toBe('cmyk')
    expect(await refusal(codec.decode(makeTiff({ photometric: 8, samples: 3 })))).toBe(
      'The picture is in CIE L*a*b*, which is not read. Save it as RGB.',
    )
    expect(await refusal(codec.decode(makeTiff({ photometric: 2, samples: 5, extra: [0, 0] })))).toBe(
      'The picture has 2 channels beside its colours, where one for transparency is read. Save it as RGB.',
    )
    expect(await refusal(codec.decode(makeTiff({ photometric: 2, samples: 3 }).subarray(0, 300)))).toMatch(
      /cut off or damaged/,
    )
  })

  test('corrupt JPEG data is decoded, told, and placed by its first row that is not clean', async () => {
    const sound = await fromRgb(64, 160).jpeg({ quality: 95 }).toBuffer()
    const turned = await fromRgb(64, 160).jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer()
    const progressive = await fromRgb(64, 160).jpeg({ quality: 95, progressive: true }).toBuffer()
    const tell = async (bytes: Uint8Array): Promise<{ isDamaged: boolean; share: number }> => ({
      isDamaged: (await codec.decode(bytes)).isDamaged,
      share: await codec.measureDamage(bytes),
    })
    for (const bytes of [sound, turned, progressive, await makePng(8, 8)])
      expect(await tell(bytes)).toEqual({ isDamaged: false, share: 0 })
    const late = await tell(breakJpeg(sound, 0.8))
    const early = await tell(breakJpeg(sound, 0.3))
    expect([late.isDamaged, early.isDamaged]).toEqual([true, true])
    expect(late.share).toBeGreaterThan(0)
    expect(early.share).toBeGreaterThan(late.share)
    expect(early.share).toBeLessThan(1)
    expect(await tell(breakJpeg(turned, 0.8))).toEqual(late)
    expect(await tell(breakJpeg(progressive, 0.8))).toEqual({ isDamaged: true, share: 1 })
  })

  test('a PNG decodes to exactly the pixels that were encoded', async () => {
    const { width, height, data, info } = await codec.decode(await makePng(48, 32))
    expect({ width, height, equal: Buffer.from(data).equals(drawQuarters(48, 32)) }).toEqual({
      width: 48,
      height: 32,
      equal: true,
    })
    expect(info).toEqual({
      format: 'png',
      width: 48,
      height: 32,
      exifOrientation: 1,
      pages: 1,
      channels: 3,
      bitDepth: 8,
      colourSpace: 'srgb',
      hasAlpha: false,
    })
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is honoured', async (orientation) => {
    const decoded = await codec.decode(await orientTo(orientation))
    const isTurned = orientation >= 5
    expect([decoded.width, decoded.height, decoded.info.exifOrientation]).toEqual(
      isTurned ? [32, 48, orientation] : [48, 32, orientation],
    )
    // Where the stored top left corner (red high, green high) lies in the upright image (EXIF 2.32, 0x0112).
    const isRight = [2, 3, 6, 7].includes(orientation)
    const isBottom = [3, 4, 7, 8].includes(orientation)
    const [red = 0, green = 0] = pixelAt(
      decoded,
      isRight ? decoded.width - 4 : 3,
      isBottom ? decoded.height - 4 : 3,
    )
    expect(red).toBeGreaterThan(180)
    expect(green).toBeGreaterThan(160)
  })

  test('transparency is laid on white', async () => {
    const transparent = await sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer()
    const decoded = await codec.decode(transparent)
    expect(decoded.info.hasAlpha).toBe(true)
    expect(pixelAt(decoded, 4, 4)).toEqual([255, 255, 255])
  })

  test('grey, 16-bit and CMYK images become 8-bit sRGB', async () => {
    const grey = await codec.decode(await fromRgb(16, 16).toColourspace('b-w').png().toBuffer())
    expect(grey.info.channels).toBe(1)
    expect(new Set(pixelAt(grey, 3, 3)).size).toBe(1)

    const deep = await codec.decode(await fromRgb(16, 16).toColourspace('rgb16').png().toBuffer())
    expect(deep.info.bitDepth).toBe(16)
    expect(largestDifference(deep.data, drawQuarters(16, 16))).toBeLessThanOrEqual(1)

    const cmyk = await codec.decode(
      await fromRgb(16, 16).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
    )
    expect(cmyk.info.colourSpace).toBe('cmyk')
    const [red = 0, green = 0] = pixelAt(cmyk, 2, 2)
    expect(red).toBeGreaterThan(150)
    expect(green).toBeGreaterThan(150)
  })

  test.each(['gif', 'webp'] as const)(
    'of an animated %s the first frame is taken, and the count said',
    async (kind) => {
      const frames = Buffer.concat([Buffer.alloc(16 * 16 * 3, 200), Buffer.alloc(16 * 16 * 3, 20)])
      const animation = sharp(frames, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } })
      const bytes = await (kind === 'gif' ? animation.gif() : animation.webp({ lossless: true })).toBuffer()
      const decoded = await codec.decode(bytes)
      expect([decoded.width, decoded.height, decoded.info.pages]).toEqual([16, 16, 2])
      expect(pixelAt(decoded, 8, 8)).toEqual([200, 200, 200])
    },
  )

  test('a thumbnail is WebP, at most 256 px, and never enlarged', async () => {
    const large = await codec.thumbnail(await codec.decode(await makePng(600, 300)))
    const small = await codec.thumbnail(await codec.decode(await makePng(40, 30)))
    const sizes = await Promise.all([large, small].map((bytes) => codec.probe(bytes)))
    expect(sizes.map(({ format, width, height }) => ({ format, width, height }))).toEqual([
      { format: 'webp', width: 256, height: 128 },
      { format: 'webp', width: 40, height: 30 },
    ])
  })

  test('a 30,000 x 30,000 image is refused undecoded with its size and the limit', async () => {
    expect(await refusal(codec.decode(makeBlankPng(30_000, 30_000)))).toBe(
      'The image has 30000 x 30000 pixels; the limit is 100 megapixels. Save it smaller.',
    )
  })

  test('an SVG with an external entity is refused unread, whatever its name', async () => {
    const message = await refusal(codec.decode(svgWithEntity('/etc/hostname')))
    expect(message).toBe('This is an SVG drawing, which is not read: convert it to JPEG or PNG.')
  })

  test('text, nothing, and a cut file are each refused with what to do', async () => {
    expect(await refusal(codec.decode(Buffer.from('just some words\n')))).toBe(
      'The content is not an image, whatever the name says. Images are jpeg, png, webp, gif, tiff, avif.',
    )
    expect(await refusal(codec.decode(new Uint8Array()))).toBe(
      'The file is empty (0 bytes). Get it again from its source.',
    )
    const jpeg = await makeJpeg(200, 200)
    expect(await refusal(codec.decode(jpeg.subarray(0, jpeg.length / 2)))).toMatch(
      /^The jpeg file is cut off or damaged\. Get it again from its source, or remove it\.$/,
    )
    const png = await makePng(200, 200)
    expect(await refusal(codec.decode(png.subarray(0, png.length / 2)))).toMatch(/^The png file is .*damaged/)
    expect(await refusal(codec.decode(jpeg.subarray(0, 30)))).toMatch(/^The jpeg file is .*damaged/)
  })

  test('a BMP, a PDF and a HEIC image are named and refused', async () => {
    const refusals = await Promise.all(
      ['BM\0\0', '%PDF-1.7', '\0\0\0\x18ftypheic'].map((head) =>
        refusal(codec.decode(Buffer.from(head.padEnd(64, '\0'), 'latin1'))),
      ),
    )
    expect(refusals).toEqual([
      'This is a BMP image, which is not read: convert it to JPEG or PNG.',
      'This is a PDF document, which is not read: export its pictures as JPEG or PNG.',
      'This is a HEIC image, which is not read: convert it to JPEG or PNG.',
    ])
  })

  test('the pixel hash is the same for the same pixels in another file', async () => {
    const plain = await fromRgb(32, 32).png({ compressionLevel: 0 }).toBuffer()
    const packed = await fromRgb(32, 32).webp({ lossless: true }).toBuffer()
    const hashes = await Promise.all(
      [plain, packed].map(async (bytes) => hashPixels(await codec.decode(bytes))),
    )
    expect(hashes[0]).toBe(hashes[1])
  })

  test('the pixel hash is over width and height in little-endian, then the pixels', async () => {
    const { width, height, data } = await codec.decode(await fromRgb(300, 20).png().toBuffer())
    const documented = Buffer.concat([Uint8Array.of(44, 1, 0, 0, 20, 0, 0, 0), data])
    expect(hashPixels({ width, height, data })).toBe(hashBytes(documented))
    expect(hashPixels({ width: height, height: width, data })).not.toBe(hashBytes(documented))
  })
})

test('the two codecs differ by at most 2 of 255 in any pixel of any format', async () => {
  const pictures = await Promise.all([
    makeJpeg(131, 97),
    fromRgb(131, 97).jpeg({ quality: 70, progressive: true }).toBuffer(),
    makePng(131, 97),
    fromRgb(64, 64).webp({ quality: 80 }).toBuffer(),
    fromRgb(64, 64).tiff({ compression: 'lzw' }).toBuffer(),
    fromRgb(64, 64).gif().toBuffer(),
    fromRgb(64, 64).avif({ quality: 80, effort: 0 }).toBuffer(),
    fromRgb(64, 64).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(),
  ])
  for (const bytes of pictures) {
    const [a, b] = await Promise.all([native.decode(bytes), wasm.decode(bytes)])
    expect([b.width, b.height, b.info]).toEqual([a.width, a.height, a.info])
    expect(largestDifference(a.data, b.data)).toBeLessThanOrEqual(2)
  }
})

test('a codec made while others decode disturbs none of them', async () => {
  // What a codec forbids libvips holds for the whole process, and every worker makes its own.
  const png = await makePng(48, 32)
  const work = { isDone: false }
  const decoding = Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let image = 0; image < 250; image++) await native.decode(png)
    }),
  ).finally(() => {
    work.isDone = true
  })
  let made = 0
  while (!work.isDone) {
    for (let codec = 0; codec < 50; codec++) createNativeCodec()
    made += 50
    await new Promise(setImmediate)
  }
  await decoding
  expect(made).toBeGreaterThan(50)
})

test('libvips itself reads no drawing, and nothing by its path', async () => {
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>',
  )
  await expect(sharp(svg).metadata()).rejects.toThrow(/unsupported image format/)
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'picture.png')
  writeFileSync(file, await makePng(8, 8))
  await expect(sharp(file).metadata()).rejects.toThrow(/unsupported image format/)
})
