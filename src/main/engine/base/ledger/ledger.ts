import type { Db } from '#engine/base/db/db.ts'
import { chainLine, emptyChain, type ChainHead, type ChainLine } from '#engine/base/ledger/domain/chain.ts'
import { LedgerHeadRepo } from './ledger-head.repo.ts'

/** One ledger of the catalogue. Its lines stand in a table of the room that writes them; here stands where it ends. */
export class Ledger {
  readonly name: string
  readonly #heads: LedgerHeadRepo

  constructor(db: Db, name: string) {
    this.name = name
    this.#heads = new LedgerHeadRepo(db)
  }

  /** The next line. It must be stored in the transaction that this is called in. */
  append(content: Parameters<typeof chainLine>[2]): ChainLine {
    const line = chainLine(this.name, this.head(), content)
    this.#heads.put(this.name, { lines: line.position, hash: line.hash })
    return line
  }

  /** What `verifyChain` wants, so that lines missing at the end are noticed. */
  head(): ChainHead {
    return this.#heads.find(this.name) ?? emptyChain
  }
}
