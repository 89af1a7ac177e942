import * as z from 'zod'
import { imageId, sha256 } from '#shared/contract/base.contract.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'

const decodeDescriptor = createRowDecoder({
  imageId,
  pixelSha256: sha256,
  /** Null where no face was found. */
  vector: z.instanceof(Uint8Array).nullable(),
})
export type DescriptorRow = ReturnType<typeof decodeDescriptor>

const decodeSource = createRowDecoder({ sourceSha256: z.string() })

/** Reads what a scan stored of faces. */
export class FaceDescriptorRepo {
  readonly #source: Query<{ sourceSha256: string }>
  readonly #page: Query<DescriptorRow>

  constructor(db: Db) {
    this.#source = db.prepareQuery(
      'SELECT source_sha256 FROM embedding_space WHERE name = :name',
      decodeSource,
    )
    this.#page = db.prepareQuery(
      `SELECT e.image_id, e.pixel_sha256, e.vector
       FROM embedding e JOIN embedding_space s ON s.id = e.space_id
       WHERE s.name = :name AND e.image_id > :after
       ORDER BY e.image_id LIMIT :limit`,
      decodeDescriptor,
    )
  }

  /** The hash of what made the descriptors; undefined before the first scan of faces. */
  findSource(): string | undefined {
    return this.#source.get({ name: faceSpace })?.sourceSha256
  }

  list(page: { readonly after: number; readonly limit: number }): DescriptorRow[] {
    return this.#page.all({ name: faceSpace, ...page })
  }
}
