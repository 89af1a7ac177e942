import * as z from 'zod'
import { datasetId, identityId, imageId, sha256 } from '#shared/contract/base.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeImage = createRowDecoder({
  imageId,
  datasetId,
  dataset: z.string(),
  path: z.string(),
  fileSha256: sha256,
  pixelSha256: sha256,
  identityId: identityId.nullable(),
  identity: z.string().nullable(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
  isNamed: booleanColumn,
})
export type NamedImage = ReturnType<typeof decodeImage>

const decodeSource = createRowDecoder({ source: z.string(), sourceFile: z.string() })
export type LabelFileRow = ReturnType<typeof decodeSource>
const decodeIdentity = createRowDecoder({ id: identityId })

/** What erasing images finds and takes in the catalogue itself. */
export class ErasedImageRepo {
  readonly rows: HeldRows
  readonly #named: Query<NamedImage>
  readonly #labelFiles: Query<LabelFileRow>
  readonly #emptyIdentities: Query<{ id: z.infer<typeof identityId> }>
  readonly #deleteIdentity: Command
  readonly #deleteIssue: Command

  constructor(db: Db) {
    this.rows = new HeldRows(db, [{ table: 'label_event' }, { table: 'image', column: 'id' }])
    this.#named = db.prepareQuery(
      `WITH named AS (
         SELECT id, file_sha256, pixel_sha256 FROM image
         WHERE id IN (SELECT value FROM json_each(:images))
            OR identity_id IN (SELECT value FROM json_each(:identities)))
       SELECT i.id AS image_id, i.dataset_id, d.name AS dataset, i.path, i.file_sha256, i.pixel_sha256, i.identity_id,
              identity.name AS identity, r.path AS root_path, r.is_inside_project, i.id IN (SELECT id FROM named) AS is_named
       FROM image i
       JOIN dataset d ON d.id = i.dataset_id
       JOIN root r ON r.id = d.root_id
       LEFT JOIN identity ON identity.id = i.identity_id
       WHERE i.id IN (SELECT id FROM named)
          OR i.pixel_sha256 IN (SELECT pixel_sha256 FROM named)
          OR i.file_sha256 IN (SELECT file_sha256 FROM named)
       ORDER BY i.id`,
      decodeImage,
    )
    this.#labelFiles = db.prepareQuery(
      `SELECT DISTINCT d.source, e.source_file
       FROM label_event e JOIN image i ON i.id = e.image_id JOIN dataset d ON d.id = i.dataset_id
       WHERE e.image_id IN (SELECT value FROM json_each(:ids)) AND e.source_file IS NOT NULL AND e.source_file <> i.path
       ORDER BY d.source, e.source_file`,
      decodeSource,
    )
    this.#emptyIdentities = db.prepareQuery(
      `SELECT asked.value AS id FROM json_each(:ids) asked
       WHERE NOT EXISTS (SELECT 1 FROM image WHERE image.identity_id = asked.value)`,
      decodeIdentity,
    )
    this.#deleteIdentity = db.prepareCommand('DELETE FROM identity WHERE id = :identityId')
    this.#deleteIssue = db.prepareCommand(
      // The kinds, since the index that finds a file names its kind before it.
      `DELETE FROM import_issue
       WHERE dataset_id = :datasetId AND kind IN ('skipped', 'repaired') AND file = :path`,
    )
  }

  /** The images named, by themselves or by a person, and all others that show the very same. */
  findNamed(images: readonly number[], identities: readonly number[]): NamedImage[] {
    return this.#named.all({ images: JSON.stringify(images), identities: JSON.stringify(identities) })
  }

  /** Files of labels, as their importer named them, with the folder that they were imported from. */
  labelFiles(imageIds: readonly number[]): LabelFileRow[] {
    return this.#labelFiles.all({ ids: JSON.stringify(imageIds) })
  }

  /** Of these identities, those that no image is of any more. */
  emptyIdentities(ids: readonly number[]): number[] {
    return this.#emptyIdentities.all({ ids: JSON.stringify(ids) }).map(({ id }) => id)
  }

  deleteIdentity(id: number): void {
    this.#deleteIdentity.run({ identityId: id })
  }

  deleteIssues({ datasetId: dataset, path }: { readonly datasetId: number; readonly path: string }): void {
    this.#deleteIssue.run({ datasetId: dataset, path })
  }
}
