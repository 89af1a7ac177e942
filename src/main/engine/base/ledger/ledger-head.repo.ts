import * as z from 'zod'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import type { ChainHead } from '#engine/base/ledger/domain/chain.ts'

const decodeHead = createRowDecoder({ lines: z.int(), hash: z.string() })

/** Where each ledger ends. */
export class LedgerHeadRepo {
  readonly #find: Query<ChainHead>
  readonly #put: Command

  constructor(db: Db) {
    this.#find = db.prepareQuery('SELECT lines, hash FROM ledger_head WHERE ledger = :ledger', decodeHead)
    this.#put = db.prepareCommand(
      `INSERT INTO ledger_head (ledger, lines, hash) VALUES (:ledger, :lines, :hash)
       ON CONFLICT (ledger) DO UPDATE SET lines = excluded.lines, hash = excluded.hash`,
    )
  }

  find(ledger: string): ChainHead | undefined {
    return this.#find.get({ ledger })
  }

  put(ledger: string, { lines, hash }: ChainHead): void {
    this.#put.run({ ledger, lines, hash })
  }
}
