import type { Sharp, SharpConstructor, Metadata } from 'sharp'
import type { AppError } from '#shared/contract/errors.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { rasterFormats, sniffFormat, type RasterFormat } from '#engine/base/media/domain/sniff-format.ts'
import { findUnreadColours } from '#engine/base/media/domain/tiff-colours.ts'
import {
  alphaBackground,
  imageLimits,
  refuseImage,
  thumbnailSide,
  type DecodedPicture,
  type ImageCodec,
  type ImageCodecName,
  type ImageInfo,
  type ImageLimits,
} from '#engine/base/media/image-codec.ts'

/**
 * What libvips must not read: drawings, documents, tables, its own formats, and anything by path. They are named one
 * by one, since the list holds for the whole process: forbidding all and allowing some again would let another
 * worker's decoding fail in between. `requireRaster` decides by content before libvips sees a byte.
 */
const forbiddenFormats =
  'Analyze Csv DcRaw Fits Jp2k Jxl Magick Magick7 Mat Matrix Nifti Openexr Openslide Pdf Ppm Rad Raw Svg Uhdr Vips'
const readFormats = 'Heif Jpeg Nsgif Png Tiff Webp'
const forbiddenLoaders = [
  ...forbiddenFormats.split(' ').flatMap((name) => [name, `${name}Buffer`, `${name}File`, `${name}Source`]),
  ...readFormats.split(' ').flatMap((name) => [`${name}File`, `${name}Source`]),
].map((name) => `VipsForeignLoad${name}`)

const advice = 'Get it again from its source, or remove it.'

/** Channels of the colours alone, by libvips' word for them. */
const countColours = (space: string): number =>
  space === 'b-w' || space === 'grey16' ? 1 : space === 'cmyk' ? 4 : 3

const requireRaster = (bytes: Uint8Array): RasterFormat => {
  const sniffed = sniffFormat(bytes)
  switch (sniffed.kind) {
    case 'raster':
      return sniffed.format
    case 'refused':
      return refuse(`This is ${sniffed.name}, which is not read: ${sniffed.advice}.`)
    case 'unknown':
      return refuse(
        bytes.length === 0
          ? 'The file is empty (0 bytes). Get it again from its source.'
          : `The content is not an image, whatever the name says. Images are ${rasterFormats.join(', ')}.`,
      )
    default:
      return sniffed satisfies never
  }
}

function refuse(message: string): never {
  throw refuseImage(message)
}

const bitsOf = (depth: Metadata['depth']): number => {
  switch (depth) {
    case 'ushort':
    case 'short':
      return 16
    case 'uint':
    case 'int':
    case 'float':
      return 32
    case 'double':
      return 64
    default:
      return 8
  }
}

const describeInfo = (format: RasterFormat, metadata: Metadata): ImageInfo => {
  const exifOrientation = metadata.orientation ?? 1
  // Orientations 5-8 turn the image by a quarter (EXIF 2.32, tag 0x0112).
  const isTurned = exifOrientation >= 5
  return {
    format,
    width: isTurned ? metadata.height : metadata.width,
    height: isTurned ? metadata.width : metadata.height,
    exifOrientation,
    pages: metadata.pages ?? 1,
    channels: metadata.channels,
    bitDepth: bitsOf(metadata.depth),
    colourSpace: metadata.space,
    hasAlpha: metadata.hasAlpha,
  }
}

/** Without libvips' own words: it collects them for all threads together, so they may be about another file. */
function explainDecodeError(error: unknown, format: RasterFormat, bytes: Uint8Array): AppError {
  const colours = format === 'tiff' ? findUnreadColours(bytes) : null
  return colours === null
    ? refuseImage(`The ${format} file is cut off or damaged. ${advice}`, error)
    : refuseImage(`The picture is in ${colours}, which is not read. Save it as RGB.`, error)
}

const toBytes = async (image: Sharp): Promise<Uint8Array> => new Uint8Array(await image.toBuffer())

export interface SharpCodecOptions {
  readonly name: ImageCodecName
  readonly sharp: SharpConstructor
  readonly limits?: ImageLimits
}

/** The codec both adapters share; they differ only in the libvips build that stands behind `sharp`. */
export function createSharpCodec({ name, sharp, limits = imageLimits }: SharpCodecOptions): ImageCodec {
  // Files are decoded once each, so a cache would only hold memory; parallelism comes from several images.
  sharp.cache(false)
  sharp.concurrency(1)
  sharp.block({ operation: forbiddenLoaders })

  // 'error' refuses cut files but not what a JPEG decoder only warns of.
  const openImage = (
    bytes: Uint8Array,
    { limitPixels, failOn = 'error' }: { limitPixels: boolean; failOn?: 'error' | 'warning' },
  ): Sharp => sharp(bytes, { failOn, limitInputPixels: limitPixels ? limits.pixels : false, pages: 1 })

  const probe = async (bytes: Uint8Array): Promise<ImageInfo> => {
    const format = requireRaster(bytes)
    if (bytes.length > limits.fileBytes)
      refuse(`The file has more than ${limits.fileBytes} bytes. Save it smaller.`)
    const info = await openImage(bytes, { limitPixels: false })
      .metadata()
      .then(
        (metadata) => describeInfo(format, metadata),
        (error: unknown) => {
          throw explainDecodeError(error, format, bytes)
        },
      )
    if (info.width * info.height > limits.pixels) {
      const megapixels = limits.pixels / 1_000_000
      refuse(
        `The image has ${info.width} x ${info.height} pixels; the limit is ${megapixels} megapixels. Save it smaller.`,
      )
    }
    return info
  }

  const openRaw = ({ width, height, data }: RgbImage): Sharp =>
    sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: limits.pixels })

  const toRgb = async (
    bytes: Uint8Array,
    { hasAlpha }: Pick<ImageInfo, 'hasAlpha'>,
    failOn: 'error' | 'warning',
  ): Promise<RgbImage> => {
    const upright = openImage(bytes, { limitPixels: true, failOn }).autoOrient()
    const opaque = hasAlpha ? upright.flatten({ background: alphaBackground }) : upright
    const raw = await opaque
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = raw.info
    if (channels !== 3) throw new Error(`decoded to ${channels} channels`)
    return { width, height, data: raw.data }
  }

  /** Null where a JPEG is not sound, or is none within the limits. */
  const tryCleanJpeg = (bytes: Uint8Array): Promise<RgbImage | null> =>
    toRgb(bytes, { hasAlpha: false }, 'warning').then(
      (image) => image,
      () => null,
    )

  const decodeAs = async (bytes: Uint8Array, info: ImageInfo): Promise<DecodedPicture> => {
    const extra = info.channels - countColours(info.colourSpace)
    if (extra > 1) {
      refuse(
        `The picture has ${extra} channels beside its colours, where one for transparency is read. Save it as RGB.`,
      )
    }
    // Sound pictures, nearly all, are decoded once: only what gives a warning is decoded again without minding it.
    const clean = info.format === 'jpeg' ? await tryCleanJpeg(bytes) : null
    if (clean !== null) return { ...clean, isDamaged: false }
    try {
      return { ...(await toRgb(bytes, info, 'error')), isDamaged: info.format === 'jpeg' }
    } catch (error) {
      throw explainDecodeError(error, info.format, bytes)
    }
  }

  return {
    name,
    probe,
    async decode(bytes) {
      const info = await probe(bytes)
      return { ...(await decodeAs(bytes, info)), info }
    },
    async decodePicture(bytes) {
      // A JPEG has no transparency to be told of beforehand.
      const isPlain = requireRaster(bytes) === 'jpeg' && bytes.length <= limits.fileBytes
      const clean = isPlain ? await tryCleanJpeg(bytes) : null
      return clean === null ? decodeAs(bytes, await probe(bytes)) : { ...clean, isDamaged: false }
    },
    async measureDamage(bytes) {
      if (requireRaster(bytes) !== 'jpeg') return 0
      // As stored: rows are decoded from the top of the file, whatever way up the picture is shown.
      const { width, height } = await openImage(bytes, { limitPixels: false }).metadata()
      const isClean = (rows: number): Promise<boolean> =>
        openImage(bytes, { limitPixels: true, failOn: 'warning' })
          .extract({ left: 0, top: 0, width, height: rows })
          .raw()
          .toBuffer()
          .then(
            () => true,
            () => false,
          )
      if (await isClean(height)) return 0
      let [cleanRows, damagedRows] = [0, height]
      while (damagedRows - cleanRows > 1) {
        const middle = Math.floor((cleanRows + damagedRows) / 2)
        if (await isClean(middle)) cleanRows = middle
        else damagedRows = middle
      }
      return 1 - cleanRows / height
    },
    thumbnail: (image) =>
      toBytes(
        openRaw(image)
          .resize(thumbnailSide, thumbnailSide, { fit: 'inside', withoutEnlargement: true })
          .webp({ quality: 80, effort: 2 }),
      ),
    encodePng: (image) => toBytes(openRaw(image).png({ compressionLevel: 6 })),
  }
}
