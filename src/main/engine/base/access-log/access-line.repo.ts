import * as z from 'zod'
import { accessKind, type AccessFilter } from '#shared/contract/access.contract.ts'
import { timestamp } from '#shared/contract/base.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import type { ChainLine } from '#engine/base/ledger/domain/chain.ts'

/** What a line says openly; it is never blanked. */
const open = z.strictObject({
  at: timestamp,
  kind: accessKind,
  actor: z.string(),
  host: z.enum(['electron', 'server', 'cli']),
  subject: z.record(z.string(), z.unknown()),
})
export type OpenPart = z.infer<typeof open>

const row = {
  position: z.int(),
  previous: z.string(),
  open: jsonColumn(open),
  sealed: z.string().nullable(),
  private: jsonColumn(z.record(z.string(), z.unknown())).nullable(),
  salt: z.string().nullable(),
  hash: z.string(),
}
const decodeRow = createRowDecoder(row)

/** As it stands, whatever it has become: verifying must be able to read a line that somebody changed. */
const decodeStored = createRowDecoder({ ...row, open: jsonColumn(z.record(z.string(), z.unknown())) })

const toLine = <Open>({
  private: content,
  salt,
  ...line
}: { private: Record<string, unknown> | null; salt: string | null } & Open) => ({
  ...line,
  private: content === null || salt === null ? null : { content, salt },
})

export type AccessRow = Omit<ChainLine, 'open'> & { readonly open: OpenPart }

const matches = `(:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds))) AND (:actor IS NULL OR actor = :actor)`

const bind = ({ kinds, actor }: AccessFilter) => ({
  kinds: kinds === undefined ? null : JSON.stringify(kinds),
  actor: actor ?? null,
})

export class AccessLineRepo {
  readonly #insert: Command
  readonly #page: Query<AccessRow>
  readonly #ofKinds: Query<AccessRow>
  readonly #count: Query<number>
  readonly #all: Query<ChainLine>
  readonly #named: Query<{ position: number; private: Record<string, unknown> }>
  readonly #blank: Command

  constructor(db: Db) {
    this.#insert = db.prepareCommand(
      `INSERT INTO access_line (position, previous, open, sealed, private, salt, hash)
       VALUES (:position, :previous, :open, :sealed, :private, :salt, :hash)`,
    )
    this.#page = db.prepareQuery(
      `SELECT * FROM access_line
       WHERE position < :before AND ${matches} ORDER BY position DESC LIMIT :limit`,
      (found) => toLine(decodeRow(found)),
    )
    this.#ofKinds = db.prepareQuery(
      `SELECT * FROM access_line WHERE kind IN (SELECT value FROM json_each(:kinds)) ORDER BY position`,
      (found) => toLine(decodeRow(found)),
    )
    this.#count = db.prepareQuery(`SELECT count(*) AS count FROM access_line WHERE ${matches}`, decodeCount)
    this.#named = db.prepareQuery(
      'SELECT position, private FROM access_line WHERE position > :after AND private IS NOT NULL ORDER BY position LIMIT :limit',
      createRowDecoder({ position: z.int(), private: jsonColumn(z.record(z.string(), z.unknown())) }),
    )
    this.#blank = db.prepareCommand(
      'UPDATE access_line SET private = NULL, salt = NULL WHERE position = :position',
    )
    this.#all = db.prepareQuery(
      'SELECT * FROM access_line WHERE position > :after ORDER BY position LIMIT :limit',
      (found) => toLine(decodeStored(found)),
    )
  }

  add({ position, previous, open: said, sealed, private: hidden, hash }: ChainLine): void {
    this.#insert.run({
      position,
      previous,
      open: toCanonicalJson(said),
      sealed,
      private: hidden === null ? null : toCanonicalJson(hidden.content),
      salt: hidden?.salt ?? null,
      hash,
    })
  }

  /** Newest first. */
  page(filter: AccessFilter, { before, limit }: { before: number; limit: number }): AccessRow[] {
    return this.#page.all({ ...bind(filter), before, limit })
  }

  /** Oldest first. */
  ofKinds(kinds: readonly OpenPart['kind'][]): AccessRow[] {
    return this.#ofKinds.all({ kinds: JSON.stringify(kinds) })
  }

  count(filter: AccessFilter): number {
    return this.#count.get(bind(filter)) ?? 0
  }

  /** What lines name that were not blanked, oldest first, in portions. */
  named(page: { after: number; limit: number }) {
    return this.#named.all(page)
  }

  /** The line stays, and its hash; what it names goes, with the salt that it was hashed with. */
  blank(position: number): void {
    this.#blank.run({ position })
  }

  /** Oldest first, in portions. */
  chain({ after, limit }: { after: number; limit: number }): ChainLine[] {
    return this.#all.all({ after, limit })
  }
}
