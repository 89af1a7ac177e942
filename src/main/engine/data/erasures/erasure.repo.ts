import * as z from 'zod'
import { jobId, sha256, timestamp, type JobId } from '#shared/contract/base.contract.ts'
import { erasureEffectKind, erasureId, type ErasureId } from '#shared/contract/erasure.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'
import type { ErasingImage, ImageUse } from '#engine/base/holders/image-holder.ts'

const decodeErasure = createRowDecoder({
  id: erasureId,
  jobId,
  actor: z.string(),
  reason: z.string(),
  at: timestamp,
  images: z.int(),
  isComplete: booleanColumn,
})
export type ErasureRow = ReturnType<typeof decodeErasure>

const decodeTombstone = createRowDecoder({
  imageId: z.int(),
  erasureId,
  fileSha256: sha256,
  pixelSha256: sha256,
})
export type TombstoneRow = ReturnType<typeof decodeTombstone>

const decodeEffect = createRowDecoder({
  erasureId,
  kind: erasureEffectKind,
  subjectId: z.int(),
  images: z.int(),
  hashBefore: sha256.nullable(),
})
export type EffectRow = ReturnType<typeof decodeEffect>

const decodeErasing = createRowDecoder({
  imageId: z.int(),
  datasetId: z.int(),
  path: z.string(),
  file: z.string(),
  isInsideProject: booleanColumn,
  pixelSha256: sha256,
  identityId: z.int().nullable(),
  identity: z.string().nullable(),
})

export interface NewErasure {
  readonly jobId: JobId
  readonly actor: string
  readonly reason: string
  readonly at: string
  readonly images: readonly (ErasingImage & { readonly fileSha256: string })[]
  readonly uses: readonly ImageUse[]
}

/** Erasures, the tombstones of their images and what had counted them. */
export class ErasureRepo {
  readonly #db: Db
  readonly #insert: Command
  readonly #insertTombstone: Command
  readonly #insertEffect: Command
  readonly #insertErasing: Command
  readonly #clearErasing: Command
  readonly #complete: Command
  readonly #byJob: Query<ErasureRow>
  readonly #all: Query<ErasureRow>
  readonly #tombstones: Query<TombstoneRow>
  readonly #countTombstones: Query<number>
  readonly #effects: Query<EffectRow>
  readonly #erasing: Query<ErasingImage>

  constructor(db: Db) {
    this.#db = db
    this.#insert = db.prepareCommand(
      `INSERT INTO erasure (job_id, actor, reason, at, images) VALUES (:jobId, :actor, :reason, :at, :images)`,
    )
    this.#insertTombstone = db.prepareCommand(
      `INSERT INTO erased_image (image_id, erasure_id, file_sha256, pixel_sha256)
       VALUES (:imageId, :erasureId, unhex(:fileSha256), unhex(:pixelSha256))`,
    )
    this.#insertEffect = db.prepareCommand(
      `INSERT INTO erasure_effect (erasure_id, kind, subject_id, images, hash_before)
       VALUES (:erasureId, :kind, :subjectId, :images, :hashBefore)`,
    )
    this.#insertErasing = db.prepareCommand(
      `INSERT INTO erasing (image_id, dataset_id, path, file, is_inside_project, pixel_sha256, identity_id, identity)
       VALUES (:imageId, :datasetId, :path, :file, :isInsideProject, :pixelSha256, :identityId, :identity)`,
    )
    this.#clearErasing = db.prepareCommand(
      `DELETE FROM erasing WHERE image_id IN (SELECT image_id FROM erased_image WHERE erasure_id = :erasureId)`,
    )
    this.#complete = db.prepareCommand('UPDATE erasure SET is_complete = 1 WHERE id = :erasureId')
    this.#byJob = db.prepareQuery('SELECT * FROM erasure WHERE job_id = :jobId', decodeErasure)
    this.#all = db.prepareQuery('SELECT * FROM erasure ORDER BY id DESC', decodeErasure)
    this.#tombstones = db.prepareQuery(
      `SELECT image_id, erasure_id, lower(hex(file_sha256)) AS file_sha256, lower(hex(pixel_sha256)) AS pixel_sha256
       FROM erased_image ORDER BY image_id`,
      decodeTombstone,
    )
    this.#countTombstones = db.prepareQuery('SELECT count(*) AS count FROM erased_image', decodeCount)
    this.#effects = db.prepareQuery('SELECT * FROM erasure_effect', decodeEffect)
    this.#erasing = db.prepareQuery(
      `SELECT erasing.* FROM erasing JOIN erased_image USING (image_id)
       WHERE erased_image.erasure_id = :erasureId ORDER BY image_id`,
      decodeErasing,
    )
  }

  /** Tombstones first: from here on nothing holds the rows back, and the erasure can only be brought to its end. */
  insert({ images, uses, ...erasure }: NewErasure): ErasureRow {
    return this.#db.transact(() => {
      const { lastId } = this.#insert.run({ ...erasure, images: images.length })
      const id = erasureId.parse(lastId)
      for (const { fileSha256, isInsideProject, ...image } of images) {
        const { imageId, pixelSha256 } = image
        this.#insertTombstone.run({ erasureId: id, imageId, fileSha256, pixelSha256 })
        this.#insertErasing.run({ ...image, isInsideProject: isInsideProject ? 1 : 0 })
      }
      for (const { kind, id: subjectId, images: count, hash } of uses)
        this.#insertEffect.run({ erasureId: id, kind, subjectId, images: count, hashBefore: hash ?? null })
      const made = this.findByJob(erasure.jobId)
      if (made === undefined) throw new Error('The erasure was not stored')
      return made
    })
  }

  findByJob(id: JobId): ErasureRow | undefined {
    return this.#byJob.get({ jobId: id })
  }

  /** Newest first. */
  list(): ErasureRow[] {
    return this.#all.all()
  }

  tombstones(): TombstoneRow[] {
    return this.#tombstones.all()
  }

  countTombstones(): number {
    return this.#countTombstones.get() ?? 0
  }

  effects(): EffectRow[] {
    return this.#effects.all()
  }

  erasing(id: ErasureId): ErasingImage[] {
    return this.#erasing.all({ erasureId: id })
  }

  clearErasing(id: ErasureId): void {
    this.#clearErasing.run({ erasureId: id })
  }

  complete(id: ErasureId): void {
    this.#complete.run({ erasureId: id })
  }
}
