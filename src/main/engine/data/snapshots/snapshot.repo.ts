import * as z from 'zod'
import { snapshotId, type SnapshotId } from '#shared/contract/base.contract.ts'
import { snapshotSummary, type SnapshotSummary } from '#shared/contract/snapshot.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import type { ImageUse } from '#engine/base/holders/image-holder.ts'
import { SealedRows } from '#engine/base/db/sealed-rows.ts'
import type { MemberLabels } from '#engine/data/members/domain/label-columns.ts'

const { reviewer: _reviewer, ...stored } = snapshotSummary.shape
const decodeSnapshot = createRowDecoder({ ...stored, actor: z.string() })
const decodeId = createRowDecoder({ id: snapshotId })
const decodeUse = createRowDecoder({ id: z.int(), name: z.string(), images: z.int(), hash: z.string() })
const decodeName = createRowDecoder({ name: z.string() })

export interface NewSnapshot {
  readonly name: string
  readonly note: string
  readonly actor: string
  readonly hash: string
  readonly images: number
  readonly createdAt: string
}

export interface NewSnapshotMember extends MemberLabels {
  readonly identityId: number | null
}

const toSummary = ({ actor, ...row }: ReturnType<typeof decodeSnapshot>): SnapshotSummary => ({
  ...row,
  reviewer: actor,
})

const columns = 'id, name, note, actor, hash, images, created_at'

export class SnapshotRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #insert: Command
  readonly #members: SealedRows<NewSnapshotMember>
  readonly #complete: Command
  readonly #delete: Command
  readonly #all: Query<ReturnType<typeof decodeSnapshot>>
  readonly #one: Query<ReturnType<typeof decodeSnapshot>>
  readonly #unfinished: Query<{ id: SnapshotId }>
  readonly #names: Query<{ name: string }>
  readonly #uses: Query<ReturnType<typeof decodeUse>>
  readonly #restate: Command

  constructor(db: Db) {
    this.#db = db
    this.held = new HeldRows(db, [
      { table: 'snapshot_member', within: 'snapshot_id IN (SELECT id FROM snapshot)', isBuiltOn: true },
    ])
    this.#uses = db.prepareQuery(
      `SELECT s.id, s.name, s.hash, count(*) AS images
       FROM snapshot s
       JOIN snapshot_member m ON m.snapshot_id = s.id AND m.image_id IN (SELECT value FROM json_each(:ids))
       WHERE s.is_complete = 1
       GROUP BY s.id`,
      decodeUse,
    )
    this.#restate = db.prepareCommand(
      `UPDATE snapshot
       SET hash = :hash, images = (SELECT count(*) FROM snapshot_member WHERE snapshot_id = :snapshotId)
       WHERE id = :snapshotId`,
    )
    this.#insert = db.prepareCommand(
      `INSERT INTO snapshot (name, note, actor, hash, images, created_at)
       VALUES (:name, :note, :actor, :hash, :images, :createdAt)`,
    )
    this.#members = new SealedRows(db, {
      list: 'snapshot',
      rows: 'snapshot_member',
      by: 'imageId',
      columns: ['imageId', 'race', 'gender', 'ageBin', 'ageYears', 'identityId'],
    })
    this.#complete = db.prepareCommand('UPDATE snapshot SET is_complete = 1 WHERE id = :snapshotId')
    this.#delete = db.prepareCommand('DELETE FROM snapshot WHERE id = :snapshotId')
    this.#all = db.prepareQuery(
      `SELECT ${columns} FROM snapshot WHERE is_complete = 1 ORDER BY id DESC`,
      decodeSnapshot,
    )
    this.#one = db.prepareQuery(
      `SELECT ${columns} FROM snapshot WHERE id = :snapshotId AND is_complete = 1`,
      decodeSnapshot,
    )
    this.#unfinished = db.prepareQuery('SELECT id FROM snapshot WHERE is_complete = 0', decodeId)
    this.#names = db.prepareQuery('SELECT name FROM snapshot', decodeName)
  }

  /** Begins a snapshot that nobody sees until `complete`. */
  insert(snapshot: NewSnapshot): SnapshotId {
    return snapshotId.parse(this.#insert.run({ ...snapshot }).lastId)
  }

  insertMembers(id: SnapshotId, members: readonly NewSnapshotMember[]): void {
    this.#members.insert(id, members)
  }

  /** Seals a snapshot; throws when members are missing. */
  complete(id: SnapshotId, images: number): void {
    this.#members.seal(id, images, () => this.#complete.run({ snapshotId: id }))
  }

  list(): SnapshotSummary[] {
    return this.#all.all().map(toSummary)
  }

  find(id: SnapshotId): SnapshotSummary | undefined {
    const row = this.#one.get({ snapshotId: id })
    return row === undefined ? undefined : toSummary(row)
  }

  names(): Set<string> {
    return new Set(this.#names.all().map(({ name }) => name))
  }

  /** The snapshots that hold some of these images. */
  uses(imageIds: readonly number[]): ImageUse[] {
    return this.#uses.all({ ids: JSON.stringify(imageIds) }).map((use) => ({ kind: 'snapshot', ...use }))
  }

  /** What a snapshot is after an erasure that took some of its images. */
  restate(id: number, hash: string): void {
    this.#restate.run({ snapshotId: id, hash })
  }

  unfinished(): SnapshotId[] {
    return this.#unfinished.all().map(({ id }) => id)
  }

  /** Deletes up to `limit` members of an unfinished snapshot, then itself. @returns whether more is left */
  deleteUnfinished(id: SnapshotId, limit: number): boolean {
    return this.#db.transact(() => {
      if (this.#members.deleteSome(id, limit)) return true
      this.#delete.run({ snapshotId: id })
      return false
    })
  }
}
