import * as z from 'zod'
import { jobId, sha256, splitId, timestamp, type SplitId } from '#shared/contract/base.contract.ts'
import { certificateId, certificateState, leakFindings } from '#shared/contract/leakage.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { hashLine, type ChainLine } from '#engine/base/ledger/domain/chain.ts'

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

export const certificateLedger = 'leak-certificates'

/** All by itself: what somebody changed must be told of, and must not keep anybody from the other certificates. */
const decodeRow = createRowDecoder({
  position: certificateId,
  previous: z.string(),
  hash: z.string(),
  splitId,
  jobId,
  open: z.string(),
})

export interface CertificateRow extends Pick<ReturnType<typeof decodeRow>, 'position' | 'hash' | 'splitId'> {
  /** Null where it cannot be read any more. */
  readonly open: CertificateContent | null
  /** Whether it is other than what was hashed. */
  readonly isChanged: boolean
}
export interface StoredCertificate extends CertificateRow {
  readonly open: CertificateContent
}
export const isReadable = (row: CertificateRow): row is StoredCertificate => row.open !== null

const anything = z.record(z.string(), z.unknown())

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Holds the line against its own hash; that the chain holds is `verifyChain`'s to say. */
function readCertificate(row: unknown): CertificateRow {
  const { position, previous, hash, splitId: split, open: text } = decodeRow(row)
  const line = anything.safeParse(parseJson(text))
  const open = content.safeParse(line.data)
  const isHeld =
    line.success &&
    hashLine(certificateLedger, { position, previous, open: line.data, sealed: null }) === hash &&
    open.data?.splitId === split
  const isRead = open.success && sha256.safeParse(hash).success
  return { position, hash, splitId: split, open: isRead ? open.data : null, isChanged: !isHeld }
}

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
  readonly #newest: Query<CertificateRow>
  readonly #newestOf: Query<CertificateRow>
  readonly #byJob: Query<CertificateRow>
  readonly #lines: Query<ChainLine>

  constructor(db: Db) {
    this.#insert = db.prepareCommand(
      `INSERT INTO leak_certificate (position, previous, open, hash, split_id, job_id)
       VALUES (:position, :previous, :open, :hash, :splitId, :jobId)`,
    )
    const columns = 'position, previous, hash, split_id, job_id, open'
    this.#newest = db.prepareQuery(
      `SELECT ${columns} FROM leak_certificate
       WHERE position IN (SELECT max(position) FROM leak_certificate GROUP BY split_id) ORDER BY position`,
      readCertificate,
    )
    this.#newestOf = db.prepareQuery(
      `SELECT ${columns} FROM leak_certificate WHERE split_id = :splitId ORDER BY position DESC LIMIT 1`,
      readCertificate,
    )
    this.#byJob = db.prepareQuery(
      `SELECT ${columns} FROM leak_certificate WHERE job_id = :jobId`,
      readCertificate,
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
  listNewest(): CertificateRow[] {
    return this.#newest.all()
  }

  findNewest(id: SplitId): CertificateRow | undefined {
    return this.#newestOf.get({ splitId: id })
  }

  findByJob(id: number): CertificateRow | undefined {
    return this.#byJob.get({ jobId: id })
  }

  readLines(page: { readonly after: number; readonly limit: number }): ChainLine[] {
    return this.#lines.all({ ...page })
  }
}
