import * as z from 'zod'
import { sha256 as sha256Schema } from '#shared/contract/base.contract.ts'
import type { AccessLine } from '#shared/contract/access.contract.ts'
import type { LedgerHead, LedgerVerdict, LedgerView } from '#shared/contract/ledger.contract.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { ChainLine } from '#engine/base/ledger/domain/chain.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { EvaluationSeals } from '#engine/assessment/evaluation/evaluation-seals.ts'

interface LedgerServiceDeps {
  readonly accessLog: Pick<AccessLog, 'verify' | 'head' | 'list'>
  readonly openings: Pick<OpeningService, 'list' | 'listTestParts' | 'listEvaluated' | 'listElsewhere'>
  readonly seals: Pick<EvaluationSeals, 'list' | 'hashAsStored'>
  readonly now: Clock
}

type Remark = LedgerVerdict['problems'][number]
type StoredEvaluation = ReturnType<EvaluationSeals['list']>[number]

/** What a line of an evaluation binds; a line that was changed may say anything. */
const bound = z.object({
  evaluation: z.int(),
  opening: z.int(),
  sha256: sha256Schema,
  predictionsSha256: sha256Schema,
})
const timed = z.object({ at: z.string(), kind: z.string() })

/** The openings of test parts, and what hangs on them. */
export class LedgerService {
  readonly #deps: LedgerServiceDeps

  constructor(deps: LedgerServiceDeps) {
    this.#deps = deps
  }

  show(): LedgerView {
    const { openings } = this.#deps
    return { head: this.head(), openings: openings.list(), testParts: openings.listTestParts() }
  }

  head(): LedgerHead {
    const { lines, hash } = this.#deps.accessLog.head()
    const [last] = this.#deps.accessLog.list({}, { limit: 1 }).lines
    return { n: lines, sha256: hash, time: last?.at ?? null }
  }

  /**
   * Reads the whole chain, and holds every stored evaluation of a test part against its lines.
   * @param kept a head that was kept elsewhere: some line must still have this hash
   */
  async verify(kept: string | undefined, signal: AbortSignal): Promise<LedgerVerdict> {
    const reader = new ChainReader(formatTimestamp(this.#deps.now()), kept)
    const { lines, head, problems } = await this.#deps.accessLog.verify((line) => reader.read(line))
    // What lines say is trusted only where the chain holds.
    const found = problems.length > 0 ? { problems, remarks: [] } : await this.#checkEvaluations(signal)
    const { keptLine, remarks } = reader
    const missing: Remark[] =
      kept === undefined || keptLine !== null
        ? []
        : [
            {
              line: lines,
              what: `No line has the hash ${kept} that was kept: lines were taken away and others written in their place, or it is the head of another project.`,
            },
          ]
    const all = [...found.problems, ...missing]
    return {
      lines,
      head,
      openings: reader.openings,
      holds: all.length === 0,
      problems: all,
      remarks: [...remarks, ...found.remarks],
      keptHeadLine: keptLine,
    }
  }

  async #checkEvaluations(signal: AbortSignal): Promise<{ problems: Remark[]; remarks: Remark[] }> {
    const { openings, seals } = this.#deps
    const lines = openings.listEvaluated()
    const problems: Remark[] = []
    const remarks: Remark[] = []
    const stored = seals.list().filter(({ part }) => part === 'test')
    for (const evaluation of stored) {
      const line = lines.get(evaluation.id)
      if (line !== undefined) {
        const { id, opening } = evaluation
        problems.push(...describeMismatch(line, { opening, ...(await this.#hashAsStored(id, signal)) }))
      } else if (evaluation.opening === null) remarks.push(describeUnopened(evaluation))
      else problems.push(describeUnbound(evaluation))
    }
    for (const [id, { position }] of lines) {
      if (!stored.some((one) => one.id === id))
        problems.push({ line: position, what: `Evaluation ${id} was stored by this line, and is gone.` })
    }
    for (const { at, folder, line, hash } of openings.listElsewhere()) {
      problems.push({
        line,
        what: `This machine saw a test part of this project opened on ${at} in ${folder} (hash ${hash}), and no line here has that hash: it was opened in a copy of the project, or in a state of it that is gone.`,
      })
    }
    return { problems, remarks }
  }

  async #hashAsStored(id: number, signal: AbortSignal) {
    const hashes = await this.#deps.seals.hashAsStored(id, signal)
    return { id, ...(hashes ?? { sha256: 'none', predictionsSha256: 'none' }) }
  }
}

/** Of an evaluation without a line: either it is older than sealing, or it came in past Evenhand. */
const describeUnopened = ({ id, createdAt }: StoredEvaluation): Remark => ({
  line: 0,
  what: `Evaluation ${id} of a test part, dated ${createdAt}, stands on no line: it was opened before sealing existed, or put in past Evenhand.`,
})

/** Of one that names an opening: Evenhand writes its line in the same transaction. */
const describeUnbound = ({ id, opening }: StoredEvaluation): Remark => ({
  line: 0,
  what: `Evaluation ${id} says that line ${opening} opened its test part, and no line says that the evaluation was stored: the line was taken away, or the evaluation was put in past Evenhand.`,
})

function describeMismatch(
  { position, subject }: AccessLine,
  stored: { id: number; opening: number | null; sha256: string; predictionsSha256: string },
): Remark[] {
  const said = bound.parse(subject)
  const differ = [
    ...(said.predictionsSha256 === stored.predictionsSha256 ? [] : ['answers']),
    ...(said.sha256 === stored.sha256 ? [] : ['figures']),
  ]
  const mismatch = differ.map((what) => {
    const [expected, found] =
      what === 'answers' ? [said.predictionsSha256, stored.predictionsSha256] : [said.sha256, stored.sha256]
    return {
      line: position,
      what: `The ${what} of evaluation ${stored.id} are not those that were stored: recorded ${expected}, found ${found}.`,
    }
  })
  if (said.opening === stored.opening) return mismatch
  const goesBy = stored.opening === null ? 'no opening' : `the opening on line ${stored.opening}`
  const what = `Evaluation ${stored.id} goes by ${goesBy}, and was stored as one of the opening on line ${said.opening}.`
  return [...mismatch, { line: position, what }]
}

/** What one reading of the chain tells beside whether it holds. */
class ChainReader {
  readonly remarks: Remark[] = []
  openings = 0
  keptLine: number | null = null
  readonly #now: string
  readonly #kept: string | undefined
  #last = ''
  #isAhead = false

  constructor(now: string, kept: string | undefined) {
    this.#now = now
    this.#kept = kept
  }

  read({ position, open, hash }: ChainLine): void {
    if (hash === this.#kept) this.keptLine = position
    const said = timed.safeParse(open)
    if (!said.success) return
    const { at, kind } = said.data
    if (kind === 'unsealed') this.openings += 1
    if (at < this.#last) {
      this.remarks.push({
        line: position,
        what: `It is dated ${at}, before the line above it (${this.#last}): the clock was set back between them.`,
      })
    }
    if (at > this.#now && !this.#isAhead) {
      this.#isAhead = true
      this.remarks.push({
        line: position,
        what: `It is dated ${at}, which has not come yet: the clock was ahead when it was written, or is behind now.`,
      })
    }
    this.#last = at
  }
}
