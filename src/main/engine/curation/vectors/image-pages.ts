import * as z from 'zod'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'

/** Small enough that no statement takes 20 ms on the engine's thread. */
const imagesPerPage = 500

/** Image numbers: after `after`, up to and with `upTo`. */
export interface ImagePage {
  readonly after: number
  readonly upTo: number
}

/** All image numbers up to the newest, page by page. */
export function* listPages(newest: number): Generator<ImagePage> {
  for (let after = 0; after < newest; after += imagesPerPage) {
    yield { after, upTo: Math.min(newest, after + imagesPerPage) }
  }
}

export const decodePendingImage = createRowDecoder({
  imageId: z.int(),
  path: z.string(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
  fileSha256: z.string(),
  pixelSha256: z.string(),
})
/** An image that something has still to be worked out of. */
export type PendingImage = ReturnType<typeof decodePendingImage>
