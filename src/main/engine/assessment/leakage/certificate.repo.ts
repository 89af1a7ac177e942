import * as z from 'zod'
import { jobId, sha256, splitId, timestamp, type SplitId } from '#shared/contract/base.contract.ts'
import { certificateId, certificateState, leakFindings } from '#shared/contract/leakage.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import type { ChainLine } from '#engine/base/ledger/domain/chain.ts'

/** What a certificate says, sealed by its place in the chain. */
const content = z.strictObject({
  splitId,
  splitHash: sha256,
  splitName: z.string(),
  createdAt: timestamp,
  by: z.string(),
  state: certificateState,
  findings: leakFindings,
})
export type CertificateContent = z.infer<typeof content>

const decodeCertificate = createRowDecoder({
  position: certificateId,
  hash: sha256,
  jobId,
  open: jsonColumn(content),
})
export type StoredCertificate = ReturnType<typeof decodeCertificate>

/** As it stands, whatever it has become: verifying must be able to read a line that somebody changed. */
const decodeLine = createRowDecoder({
  position: z.int(),
  previous: z.string(),
  open: jsonColumn(z.record(z.string(), z.unknown())),
  hash: z.string(),
})

/** Certificates as a chain that only grows. */
export class CertificateRepo {
  readonly #insert: Command
  readonly #newest: Query<StoredCertificate>
  readonly #newestOf: Query<StoredCertificate>
  readonly #byJob: Query<StoredCertificate>
  readonly #lines: Query<ChainLine>

  constructor(db: Db) {
    this.#insert = db.prepareCommand(
      `INSERT INTO leak_certificate (position, previous, open, hash, split_id, job_id)
       VALUES (:position, :previous, :open, :hash, :splitId, :jobId)`,
    )
    const columns = 'position, hash, job_id, open'
    this.#newest = db.prepareQuery(
      `SELECT ${columns} FROM leak_certificate
       WHERE position IN (SELECT max(position) FROM leak_certificate GROUP BY split_id) ORDER BY position`,
      decodeCertificate,
    )
    this.#newestOf = db.prepareQuery(
      `SELECT ${columns} FROM leak_certificate WHERE split_id = :splitId ORDER BY position DESC LIMIT 1`,
      decodeCertificate,
    )
    this.#byJob = db.prepareQuery(
      `SELECT ${columns} FROM leak_certificate WHERE job_id = :jobId`,
      decodeCertificate,
    )
    this.#lines = db.prepareQuery(
      `SELECT position, previous, open, hash FROM leak_certificate
       WHERE position > :after ORDER BY position LIMIT :limit`,
      (row) => ({ ...decodeLine(row), sealed: null, private: null }),
    )
  }

  insert(
    { position, previous, hash, open }: ChainLine,
    of: { readonly splitId: number; readonly jobId: number },
  ): void {
    this.#insert.run({ position, previous, hash, open: toCanonicalJson(open), ...of })
  }

  /** The newest of each split. */
  listNewest(): StoredCertificate[] {
    return this.#newest.all()
  }

  findNewest(id: SplitId): StoredCertificate | undefined {
    return this.#newestOf.get({ splitId: id })
  }

  findByJob(id: number): StoredCertificate | undefined {
    return this.#byJob.get({ jobId: id })
  }

  readLines(page: { readonly after: number; readonly limit: number }): ChainLine[] {
    return this.#lines.all({ ...page })
  }
}
