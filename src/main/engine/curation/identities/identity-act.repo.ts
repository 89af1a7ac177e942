import * as z from 'zod'
import { imageId, timestamp } from '#shared/contract/base.contract.ts'
import { identityActId, identityActKind } from '#shared/contract/identity.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import type { ChainLine } from '#engine/base/ledger/domain/chain.ts'

/** What a line says. Numbers of images tell nothing of a person once the image is erased, so that nothing here is private. */
const open = z.strictObject({
  kind: identityActKind,
  images: z.array(imageId),
  others: z.array(imageId),
  origin: identityActId.nullable(),
  actor: z.string(),
  at: timestamp,
})
export type ActContent = z.infer<typeof open>

const decodeAct = createRowDecoder({ position: identityActId, open: jsonColumn(open) })
export type ActRow = ActContent & { readonly position: z.infer<typeof identityActId> }

/** As it stands, whatever it has become: verifying must be able to read a line that somebody changed. */
const decodeLine = createRowDecoder({
  position: z.int(),
  previous: z.string(),
  open: jsonColumn(z.record(z.string(), z.unknown())),
  hash: z.string(),
})

const readAct = (row: unknown): ActRow => {
  const { position, open: content } = decodeAct(row)
  return { position, ...content }
}

/** What people said of who is the same person, as a chain that only grows. */
export class IdentityActRepo {
  readonly #insert: Command
  readonly #insertImage: Command
  readonly #all: Query<ActRow>
  readonly #find: Query<ActRow>
  readonly #lines: Query<ChainLine>
  readonly #speaking: Query<number>

  constructor(db: Db) {
    this.#insert = db.prepareCommand(
      'INSERT INTO identity_act (position, previous, open, hash) VALUES (:position, :previous, :open, :hash)',
    )
    this.#insertImage = db.prepareCommand(
      'INSERT OR IGNORE INTO identity_act_image (image_id, position) VALUES (:imageId, :position)',
    )
    this.#all = db.prepareQuery('SELECT position, open FROM identity_act ORDER BY position', readAct)
    this.#find = db.prepareQuery(
      'SELECT position, open FROM identity_act WHERE position = :position',
      readAct,
    )
    this.#lines = db.prepareQuery(
      'SELECT * FROM identity_act WHERE position > :after ORDER BY position LIMIT :limit',
      (row) => ({ ...decodeLine(row), sealed: null, private: null }),
    )
    this.#speaking = db.prepareQuery(
      `SELECT DISTINCT position AS count FROM identity_act_image
       WHERE image_id IN (SELECT value FROM json_each(:ids)) ORDER BY position`,
      decodeCount,
    )
  }

  /** @param images those of the catalogue that it speaks of */
  insert({ position, previous, hash, open: content }: ChainLine, images: readonly number[]): void {
    this.#insert.run({ position, previous, hash, open: toCanonicalJson(content) })
    for (const image of images) this.#insertImage.run({ imageId: image, position })
  }

  /** Oldest first. */
  list(): ActRow[] {
    return this.#all.all()
  }

  find(position: number): ActRow | undefined {
    return this.#find.get({ position })
  }

  readLines(page: { readonly after: number; readonly limit: number }): ChainLine[] {
    return this.#lines.all({ ...page })
  }

  /** Acts that speak of any of these images. */
  listSpeaking(imageIds: readonly number[]): number[] {
    return this.#speaking.all({ ids: JSON.stringify(imageIds) })
  }
}
