import sharp from 'sharp'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { sniffFormat } from '#engine/base/media/domain/sniff-format.ts'
import { makeBlankPng, svgWithEntity } from '../../fixtures/pictures.ts'
import { chance, pick } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate.ts'

async function drawAll(): Promise<Uint8Array[]> {
  const pixels = Uint8Array.from({ length: 24 * 16 * 3 }, (_, index) => (index * 7) % 256)
  const raw = () => sharp(pixels, { raw: { width: 24, height: 16, channels: 3 } })
  const images = [
    raw().jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    raw().png().toBuffer(),
    raw().png({ palette: true }).toBuffer(),
    raw().webp().toBuffer(),
    raw().gif().toBuffer(),
    raw().tiff({ compression: 'lzw' }).toBuffer(),
    raw().tiff({ compression: 'none', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
  ]
  return (await Promise.all(images)).map((bytes) => new Uint8Array(bytes))
}

const others: readonly Uint8Array[] = [svgWithEntity('/etc/passwd'), makeBlankPng(30_000, 30_000)]

export const imageTarget: FuzzTarget = {
  name: 'images',
  covers: ['main/engine/base/media/hash-pixels.ts', 'main/engine/base/media/domain/tiff-colours.ts'],
  good: drawAll,
  make: (random, good) =>
    mutateBytes(chance(random, 0.1) ? pick(random, others) : pick(random, good), random, good),
  async read(bytes) {
    promise(['raster', 'refused', 'unknown'].includes(sniffFormat(bytes).kind), 'a kind that is none')
    const codec = await openImageCodec('sharp')
    const { width, height } = await codec.probe(bytes)
    promise(Number.isSafeInteger(width * height) && width * height > 0, 'an image without a size')
    if (width * height > 4_000_000) return
    const image = await codec.decode(bytes)
    promise(image.data.length === image.width * image.height * 3, 'pixels that do not fill their image')
    promise((await codec.thumbnail(image)).length > 0, 'an empty thumbnail')
  },
}
