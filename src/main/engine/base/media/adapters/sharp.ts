import sharp from 'sharp'
import type { ImageCodec, ImageLimits } from '#engine/base/media/image-codec.ts'
import { createSharpCodec } from './sharp-pipeline.ts'

/** libvips as a native library. Importing this file loads it: see `open-image-codec.ts` for when not to. */
export const createNativeCodec = (limits?: ImageLimits): ImageCodec =>
  createSharpCodec({ name: 'sharp', sharp, ...(limits && { limits }) })
