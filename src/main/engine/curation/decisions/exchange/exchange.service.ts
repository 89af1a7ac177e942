import { resolve } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type {
  DecisionFormat,
  DecisionImportReport,
  DecisionOutcome,
} from '#shared/contract/decision.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { settleClaims, type PathClaim, type PathEnds } from '#shared/domain/path-ends.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import type { DecisionRepo } from '#engine/curation/decisions/decision.repo.ts'
import type { ActWriter, PlannedImage } from '#engine/curation/decisions/act-writer.ts'
import type { Caller } from '#engine/curation/decisions/decision.service.ts'
import { countImages } from '#engine/curation/decisions/domain/describe-act.ts'
import type { ImageState } from '#engine/curation/decisions/domain/plan-decision.ts'
import type { DecidedStateService } from '#engine/curation/decisions/decided-state.service.ts'
import { writeCsvHeader, writeCsvRows } from './csv-format.ts'
import type { ExchangeRepo, ImageCandidate } from './exchange.repo.ts'
import { writeFiftyone } from './fiftyone-format.ts'
import type { EffectiveDecision, FileDecision, FileProblem } from './file-decision.ts'
import { writeLabelStudio } from './label-studio-format.ts'
import { listEffective } from './list-effective.ts'
import { indexPathEnds, matchImage, type ImageMatch, type KnownImages } from './match-image.ts'
import { fieldOf, planFileDecision } from './plan-import.ts'
import { readDecisionFile } from './read-decision-file.ts'
import { settleContradictions } from './settle-contradictions.ts'

interface ExchangeServiceDeps {
  readonly exchange: ExchangeRepo
  readonly decisions: DecisionRepo
  readonly states: DecidedStateService
  readonly writer: ActWriter
  readonly publishChange: (topics: readonly Topic[]) => void
}

interface ImportOrder {
  readonly file: string
  readonly format?: DecisionFormat | undefined
  readonly isDryRun: boolean
  readonly replace: boolean
}

interface MatchedImage {
  readonly imageId: number
  readonly decisions: readonly FileDecision[]
}

/** A decision with the image that it was matched with. */
interface Claim extends PathClaim<number> {
  readonly kind: Exclude<ImageMatch['kind'], 'none'>
  readonly decision: FileDecision
}

const pageOfImages = 500
const decisionsBetweenYields = 500
const listedProblems = 500

/** Counts what becomes of the decisions of a file. */
class ImportTally {
  matchedByHash = 0
  matchedByPath = 0
  matchedByName = 0
  changed = 0
  unchanged = 0
  newer = 0
  repeated = 0
  problemCount = 0
  readonly problems: FileProblem[] = []

  counts() {
    const { problems, ...counts } = this
    return { ...counts, problems }
  }

  addMatch(kind: Claim['kind']): void {
    if (kind === 'hash') this.matchedByHash += 1
    else if (kind === 'path') this.matchedByPath += 1
    else this.matchedByName += 1
  }

  addProblem({ at, message }: FileProblem): void {
    this.problemCount += 1
    // Cells stand in it as the file has them, and may be as long as a line.
    if (this.problems.length < listedProblems) this.problems.push({ at, message: message.slice(0, 500) })
  }
}

/** Writes decisions to files that other tools read, and takes theirs in. */
export class ExchangeService {
  readonly #deps: ExchangeServiceDeps

  constructor(deps: ExchangeServiceDeps) {
    this.#deps = deps
  }

  /** Writes what holds now. Throws CONFLICT where another file lies there. */
  async export(
    { file: target, format }: { readonly file: string; readonly format: DecisionFormat },
    signal: AbortSignal,
  ): Promise<{ file: string; rows: number; sha256: string }> {
    const decisions = await this.#listEffective(signal)
    const file = resolve(target)
    const { sha256 } = await writeNewFile(file, [Buffer.from(writeDecisions(decisions, format))])
    return { file, rows: decisions.length, sha256 }
  }

  /** One act; a dry run tells what it would do. Throws INVALID_INPUT for a file that holds no decisions, or none about an image here. */
  async import(order: ImportOrder, caller: Caller): Promise<DecisionImportReport> {
    const file = resolve(order.file)
    const read = await readDecisionFile(file, { format: order.format, signal: caller.signal })
    const tally = new ImportTally()
    for (const problem of read.problems) tally.addProblem(problem)
    const images = await this.#match(read.decisions, tally, { file, signal: caller.signal })
    const plan = (batch: readonly MatchedImage[]): PlannedImage[] => this.#plan(batch, { order, tally })
    const actId = order.isDryRun
      ? await runDry(images, plan, caller.signal)
      : (await this.#write(images, plan, caller)).actId
    const { isDryRun } = order
    return { format: read.format, isDryRun, rows: read.decisions.length, ...tally.counts(), actId }
  }

  async #write(
    images: readonly MatchedImage[],
    plan: (batch: readonly MatchedImage[]) => PlannedImage[],
    caller: Caller,
  ): Promise<DecisionOutcome> {
    try {
      return await this.#deps.writer.write({
        act: { kind: 'import', actor: caller.actor, checkCode: null, originActId: null },
        describe: (count) => `Imported decisions about ${countImages(count)}`,
        items: images,
        plan,
        signal: caller.signal,
        copy: caller.copy,
      })
    } finally {
      this.#deps.publishChange(['images', 'decisions'])
    }
  }

  async #listEffective(signal: AbortSignal): Promise<EffectiveDecision[]> {
    const decisions: EffectiveDecision[] = []
    let after = 0
    for (;;) {
      const ids = this.#deps.exchange.decidedImages({ after, limit: pageOfImages })
      if (ids.length === 0) return decisions
      decisions.push(...listEffective(this.#deps.exchange.made(ids)))
      after = ids.at(-1) ?? after
      await yieldToEvents()
      signal.throwIfAborted()
    }
  }

  /**
   * Decisions by the image that they are about, in the order of the file, one for each field.
   * @throws AppError INVALID_INPUT where the file speaks of no image of the catalogue
   */
  async #match(
    decisions: readonly FileDecision[],
    tally: ImportTally,
    { file, signal }: { readonly file: string; readonly signal: AbortSignal },
  ): Promise<MatchedImage[]> {
    const claims: Claim[] = []
    const { exchange } = this.#deps
    let strange: string | null = null
    let ends: PathEnds<ImageCandidate> | undefined
    const known: KnownImages = {
      byHash: (sha256) => exchange.byHash(sha256),
      byPath: (path) => exchange.byPath(path),
      ends: () => (ends ??= indexPathEnds(exchange.listCandidates())),
    }
    for (const [index, decision] of decisions.entries()) {
      if (index % decisionsBetweenYields === 0) await yieldToEvents()
      signal.throwIfAborted()
      const match = matchImage(known, decision)
      if (match.kind === 'none') {
        strange ??= match.message
        tally.addProblem({ at: decision.place, message: match.message })
        continue
      }
      const { kind, image, isSure } = match
      const written = decision.path ?? ''
      claims.push({ kind, decision, written, isSure, file: image.imageId, folder: image.dataset })
    }
    const { held, refused } = settleClaims(claims)
    for (const { decision, written } of refused) {
      const message = `${written} may be meant, but so may paths of other folders in this file. Give the path as it is here, or the sha256.`
      strange ??= message
      tally.addProblem({ at: decision.place, message })
    }
    if (held.length === 0 && strange !== null) throw refuseStrange(file, strange)
    for (const { kind } of held) tally.addMatch(kind)
    const byImage = Map.groupBy(held, ({ file: imageId }) => imageId)
    return [...byImage].map(([imageId, said]) => {
      const settled = settleContradictions(said.map(({ decision }) => decision))
      for (const problem of settled.problems) tally.addProblem(problem)
      tally.repeated += settled.repeated
      return { imageId, decisions: settled.decisions }
    })
  }

  #plan(
    batch: readonly MatchedImage[],
    { order, tally }: { order: ImportOrder; tally: ImportTally },
  ): PlannedImage[] {
    const states = this.#deps.states.read(batch.map(({ imageId }) => imageId))
    return batch.map(({ imageId, decisions }) => {
      const state = states.get(imageId)
      if (state === undefined) throw new RangeError(`Image ${imageId} is gone`)
      const changes = decisions.flatMap((decision) => {
        const plan = planFileDecision(state, decision)
        if (plan.kind === 'refused') tally.addProblem({ at: decision.place, message: plan.message })
        else if (plan.kind === 'unchanged') tally.unchanged += 1
        else if (!order.replace && this.#isNewer(state, decision)) tally.newer += 1
        else {
          tally.changed += 1
          return plan.changes
        }
        return []
      })
      return changes.length === 0 ? { kind: 'unchanged' } : { kind: 'changes', changes }
    })
  }

  /** Whether somebody decided the same field here later, or at a time that cannot be compared. */
  #isNewer({ imageId }: ImageState, decision: FileDecision): boolean {
    const here = this.#deps.decisions.whoDid(imageId, [fieldOf(decision)])
    return here !== undefined && (decision.time === null || here.at > decision.time)
  }
}

const refuseStrange = (file: string, first: string): AppError =>
  new AppError(
    'INVALID_INPUT',
    `No decision in ${file} is about an image of this project, and nothing was changed. The first: ${first.slice(0, 500)} ` +
      'Check that the file belongs to this project.',
    { details: { path: file } },
  )

function writeDecisions(decisions: readonly EffectiveDecision[], format: DecisionFormat): string {
  switch (format) {
    case 'csv':
      return writeCsvHeader() + writeCsvRows(decisions)
    case 'fiftyone':
      return writeFiftyone(decisions)
    case 'label-studio':
      return writeLabelStudio(decisions)
    default:
      return format satisfies never
  }
}

async function runDry(
  images: readonly MatchedImage[],
  plan: (batch: readonly MatchedImage[]) => unknown,
  signal: AbortSignal,
): Promise<null> {
  for (let from = 0; from < images.length; from += pageOfImages) {
    signal.throwIfAborted()
    plan(images.slice(from, from + pageOfImages))
    await yieldToEvents()
  }
  return null
}
