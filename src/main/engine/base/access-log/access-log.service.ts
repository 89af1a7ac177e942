import type { AccessFilter, AccessKind, AccessLine, AccessVerdict } from '#shared/contract/access.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { HostKind } from '#engine/base/features/lent.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { repeatInTurns } from '#engine/base/kernel/in-turns.ts'
import { namesAny } from '#engine/base/kernel/redact-texts.ts'
import type { ErasureWork } from '#engine/base/holders/image-holder.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import { createSalt } from '#engine/base/ledger/create-salt.ts'
import {
  ChainVerifier,
  type ChainFault,
  type ChainHead,
  type ChainLine,
} from '#engine/base/ledger/domain/chain.ts'
import type { Ledger } from '#engine/base/ledger/ledger.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import type { AccessLineRepo, AccessRow, OpenPart } from './access-line.repo.ts'

interface AccessLogDeps {
  readonly db: Pick<Db, 'transact'>
  readonly lines: AccessLineRepo
  readonly ledger: Ledger
  readonly settings: Pick<UserSettingsStore, 'nameReviewer'>
  readonly host: HostKind
  readonly now: Clock
}

/** One act to be written down. */
export interface AccessEntry {
  readonly kind: AccessKind
  /** Numbers, counts and SHA-256 sums; never a picture, a label or a secret. It stays for good. */
  readonly subject: Readonly<Record<string, unknown>>
  /** Names and paths, which an erasure may blank. */
  readonly named?: Readonly<Record<string, unknown>>
  /** Who did it; the reviewer of the settings where left out. */
  readonly actor?: string
}

const pageLines = 500

/** Who saw, took or changed what of a project: lines that are only added, each chained to the one before. */
export class AccessLog {
  readonly #deps: AccessLogDeps

  constructor(deps: AccessLogDeps) {
    this.#deps = deps
  }

  /** @param entry the act, or what tells it when it is its turn, with nothing written in between */
  async record(entry: AccessEntry | (() => AccessEntry)): Promise<void> {
    const reviewer = await this.#deps.settings.nameReviewer(undefined)
    const told = typeof entry === 'function' ? entry() : entry
    this.append({ ...told, actor: told.actor ?? reviewer })
  }

  /** The same at once; inside a transaction it is a part of it. */
  append({ kind, subject, named, actor }: AccessEntry & { readonly actor: string }): ChainHead {
    const { db, lines, ledger, host, now } = this.#deps
    const open: OpenPart = { at: formatTimestamp(now()), kind, actor, host, subject }
    const hidden = named === undefined ? null : { content: named, salt: createSalt() }
    return db.transact(() => {
      const line = ledger.append({ open, private: hidden })
      lines.add(line)
      return { lines: line.position, hash: line.hash }
    })
  }

  /** Where the log ends. */
  head(): ChainHead {
    return this.#deps.ledger.head()
  }

  /** Newest first. */
  list(filter: AccessFilter, page: { before?: number | undefined; limit: number }) {
    const before = page.before ?? Number.MAX_SAFE_INTEGER
    const { lines } = this.#deps
    return {
      lines: lines.page(filter, { before, limit: page.limit }).map(describeLine),
      total: lines.count(filter),
    }
  }

  /** The first lines of the chain, as they stand. @param upTo position of the last */
  readChain(upTo: number): { name: string; lines: ChainLine[] } {
    const { lines, ledger } = this.#deps
    const read: ChainLine[] = []
    while (read.length < upTo) {
      const page = lines.chain({
        after: read.at(-1)?.position ?? 0,
        limit: Math.min(pageLines, upTo - read.length),
      })
      if (page.length === 0) break
      read.push(...page)
    }
    return { name: ledger.name, lines: read }
  }

  /** All lines of some kinds, oldest first. */
  find(kinds: readonly AccessKind[]): AccessLine[] {
    return this.#deps.lines.ofKinds(kinds).map(describeLine)
  }

  /** @param onLine told of each line that is read, oldest first */
  async verify(onLine: (line: ChainLine) => void = () => undefined): Promise<AccessVerdict> {
    const { lines, ledger } = this.#deps
    const verifier = new ChainVerifier(ledger.name)
    const end = ledger.head()
    let after = 0
    await repeatInTurns(() => {
      const page = lines.chain({ after, limit: pageLines })
      // What is written meanwhile lies behind the end that was asked for.
      for (const line of page) {
        if (line.position > end.lines) continue
        verifier.add(line)
        onLine(line)
      }
      after = page.at(-1)?.position ?? after
      return page.length === pageLines
    })
    const { lines: count, blanked, head, fault } = verifier.finish(end)
    return {
      lines: count,
      blanked,
      head: head.hash,
      holds: fault === null,
      problems: fault === null ? [] : [{ line: fault.position, what: describeFault(fault) }],
    }
  }

  /** Blanks lines that name what is being erased; the chain holds as before. */
  async forget({ names, signal }: Pick<ErasureWork, 'names' | 'signal'>): Promise<void> {
    if (names.length === 0) return
    const { db, lines } = this.#deps
    let after = 0
    await repeatInTurns(() => {
      const page = lines.named({ after, limit: pageLines })
      db.transact(() => {
        for (const { position, private: named } of page) if (namesAny(named, names)) lines.blank(position)
      })
      after = page.at(-1)?.position ?? after
      return page.length === pageLines
    }, signal)
  }

  /** One row a line, newest first. */
  async exportCsv(filter: AccessFilter, file: string) {
    const { lines } = this.#deps
    let rows = 0
    async function* listRows() {
      let before = Number.MAX_SAFE_INTEGER
      for (;;) {
        const page = lines.page(filter, { before, limit: pageLines })
        const last = page.at(-1)
        if (last === undefined) return
        before = last.position
        rows += page.length
        yield page.map(toCsvRow)
      }
    }
    const columns = ['position', 'at', 'kind', 'actor', 'host', 'subject', 'named', 'previous', 'hash']
    const written = await writeNewFile(file, csvChunks(columns, listRows()))
    return { file, rows, sha256: written.sha256 }
  }
}

const describeLine = ({ position, open, private: hidden, hash }: AccessRow): AccessLine => ({
  position,
  ...open,
  named: hidden === null ? null : { ...hidden.content },
  hash,
})

const toCsvRow = ({ position, previous, open, private: hidden, hash }: AccessRow) => [
  position,
  open.at,
  open.kind,
  open.actor,
  open.host,
  JSON.stringify(open.subject),
  hidden === null ? '' : JSON.stringify(hidden.content),
  previous,
  hash,
]

function describeFault({ kind, expected, found }: ChainFault): string {
  switch (kind) {
    case 'missing-line':
      return `A line is missing: ${expected} should stand here, and ${found} does.`
    case 'not-following':
      return 'It does not follow the line before it.'
    case 'changed':
      return `It was changed: its hash is recorded as ${expected}, and its content gives ${found}.`
    case 'changed-private':
      return 'Its names were changed.'
    case 'cut-off':
      return `Lines are missing at the end: the log should have ${expected}, and has ${found}.`
    default:
      return kind satisfies never
  }
}
