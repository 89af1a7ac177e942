import { AppError } from '#shared/contract/errors.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import type { RasterFormat } from '#engine/base/media/domain/sniff-format.ts'

/** What stands in a file's header; nothing is decoded to learn it. */
export interface ImageInfo {
  readonly format: RasterFormat
  /** Pixels after the EXIF orientation is applied. */
  readonly width: number
  readonly height: number
  /** EXIF orientation 1-8 as stored; 1 where there is none. */
  readonly exifOrientation: number
  /** Frames or pages; only the first is ever decoded. */
  readonly pages: number
  readonly channels: number
  /** Bits a channel: 8, 16 or 32. */
  readonly bitDepth: number
  /** Colour space as stored, in libvips' words: srgb, b-w, cmyk, rgb16, grey16... */
  readonly colourSpace: string
  readonly hasAlpha: boolean
}

export interface DecodedPicture extends RgbImage {
  /** A JPEG whose data the decoder found corrupt and went on with, guessing. */
  readonly isDamaged: boolean
}

export interface DecodedImage extends DecodedPicture {
  readonly info: ImageInfo
}

/**
 * Decodes images. Takes bytes only, never paths, so that odd file names, symbolic links and files that change
 * between two reads do not concern it. Every method throws AppError INVALID_INPUT with a sentence for people
 * (which does not name the file) when the bytes are no image within `imageLimits`.
 */
export interface ImageCodec {
  readonly name: ImageCodecName
  probe(bytes: Uint8Array): Promise<ImageInfo>
  /**
   * Upright, sRGB, 8 bits: embedded profiles and CMYK are converted, 16 bits reduced, transparency laid on
   * white, the first frame taken of an animation.
   */
  decode(bytes: Uint8Array): Promise<DecodedImage>
  /** The same for whoever asks for nothing but the picture, which saves opening most files twice. */
  decodePicture(bytes: Uint8Array): Promise<DecodedPicture>
  /**
   * The share in [0, 1] of a damaged picture's rows from the first one that does not decode cleanly: what lies below depends on
   * it, and the damage may begin above, unnoticed. 1 for progressive files, which give each scan to the whole picture; 0 for a picture that is not damaged.
   */
  measureDamage(bytes: Uint8Array): Promise<number>
  /** WebP, at most `thumbnailSide` pixels on the longer side, never enlarged. */
  thumbnail(image: RgbImage): Promise<Uint8Array>
  /** Lossless PNG of the full image, for viewers that cannot show the source format. */
  encodePng(image: RgbImage): Promise<Uint8Array>
}

export type ImageCodecName = 'sharp' | 'sharp-wasm'

export const thumbnailSide = 256

/** Transparent pixels are laid on this colour. */
export const alphaBackground = { r: 255, g: 255, b: 255 } as const

export interface ImageLimits {
  /** Width x height, before anything is decoded. */
  readonly pixels: number
  readonly fileBytes: number
}

/** 100 megapixels decode to 300 MB; no camera portrait comes near. */
export const imageLimits: ImageLimits = { pixels: 100_000_000, fileBytes: 256 * 1024 * 1024 }

export const refuseImage = (message: string, cause?: unknown): AppError =>
  new AppError('INVALID_INPUT', message, cause === undefined ? {} : { cause })
