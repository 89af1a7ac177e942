import * as z from 'zod'
import { modelId, sha256, splitId, type ModelId, type SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Opening, TestPart, TestPartRecord, Unsealing } from '#shared/contract/ledger.contract.ts'
import type { AccessLine } from '#shared/contract/access.contract.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import type { OpeningRepo, TestPartRow } from './opening.repo.ts'
import type { OpeningWitness, SeenOpening } from './opening-witness.ts'

const count = z.int().nonnegative()
/** What a line of the access log says of an opening; its shape can only grow, since lines stay. */
const subject = z.object({
  model: modelId,
  onnxSha256: sha256,
  weightsSha256: sha256,
  split: splitId,
  splitHash: sha256,
  images: count,
  certificate: z.string(),
  earlier: count,
  seenByRuns: count,
})
const named = z.object({ reason: z.string(), model: z.string(), split: z.string() })
const evaluated = z.object({ evaluation: z.int(), opening: z.int() })

interface OpeningServiceDeps {
  readonly repo: OpeningRepo
  readonly witness: OpeningWitness
  readonly accessLog: Pick<AccessLog, 'append' | 'find'>
  readonly erasures: Pick<ErasureRecordService, 'formerHashes'>
  readonly settings: Pick<UserSettingsStore, 'nameReviewer'>
  readonly project: { readonly uuid: string; readonly folder: string }
}

/** What is to be opened: a model by the hashes that its files have now. */
interface ToOpen extends Unsealing {
  readonly modelId: ModelId
  readonly model: string
  readonly onnxSha256: string
  readonly weightsSha256: string
  readonly splitId: SplitId
  /** State of the split's leakage certificate, `none` where it has none. */
  readonly certificate: string
}

/** Which test parts were opened, for which model, why and by whom. */
export class OpeningService {
  readonly #deps: OpeningServiceDeps

  constructor(deps: OpeningServiceDeps) {
    this.#deps = deps
  }

  /** Oldest first. */
  list(): Opening[] {
    return this.#deps.accessLog.find(['unsealed']).map(readOpening)
  }

  /** Whether some opening is of this model and the test part of this split. */
  isOpenFor(model: ModelId, split: SplitId): boolean {
    return this.list().some((one) => one.modelId === model && one.splitId === split)
  }

  /**
   * Adds the line that opens a test part for a model. Nothing may have been computed before.
   * @throws AppError NOT_FOUND without the split, PRECONDITION for a split without a test part
   */
  async open(asked: ToOpen): Promise<Opening> {
    const { accessLog, settings, witness, project } = this.#deps
    const part = this.#findPart(asked.splitId)
    if (part.images === 0)
      throw new AppError('PRECONDITION', `The part test of split ${part.split} has no images.`)
    const actor = await settings.nameReviewer(asked.by)
    const { lines } = accessLog.append({
      kind: 'unsealed',
      actor,
      subject: {
        model: asked.modelId,
        onnxSha256: asked.onnxSha256,
        weightsSha256: asked.weightsSha256,
        split: part.splitId,
        splitHash: part.splitHash,
        images: part.images,
        certificate: asked.certificate,
        earlier: this.#listSharing(part.splitId, this.list()).length,
        seenByRuns: this.#deps.repo.countSeenByRuns(part.splitId),
      },
      named: { reason: asked.reason, model: asked.model, split: part.split },
    })
    const made = this.#find(lines)
    const { line, hash, at, splitHash, onnxSha256 } = made
    witness.note({ project: project.uuid, line, hash, at, folder: project.folder, splitHash, onnxSha256 })
    return made
  }

  /**
   * The opening that an evaluation goes by.
   * @throws AppError PRECONDITION where it is none of this model and of this split as it is now
   */
  require(
    line: number | null,
    asked: { modelId: ModelId; splitId: SplitId; splitHash: string; weightsSha256: string },
  ): Opening {
    const found = this.list().find((one) => one.line === line)
    const isSame =
      found?.modelId === asked.modelId &&
      found.splitId === asked.splitId &&
      found.splitHash === asked.splitHash &&
      found.weightsSha256 === asked.weightsSha256
    if (found !== undefined && isSame) return found
    throw new AppError(
      'PRECONDITION',
      found === undefined
        ? 'The test part is sealed, and no line of the ledger opens it for this evaluation.'
        : `The test part was opened on line ${found.line} for another model, or for the split as it was before pictures were erased. Open it again with a reason.`,
    )
  }

  /** Binds what was stored of an evaluation to its opening; call it in the transaction that stores it. */
  recordEvaluation(
    opened: Pick<Opening, 'line' | 'by'>,
    stored: { evaluation: number; sha256: string; predictionsSha256: string },
  ): void {
    this.#deps.accessLog.append({
      kind: 'evaluated',
      actor: opened.by,
      subject: { opening: opened.line, ...stored },
    })
  }

  /** How often the pictures behind an evaluation of a test part were opened. @param line null where it has no opening */
  describe(line: number | null, of: { splitId: SplitId; splitHash: string }): TestPartRecord {
    const all = this.list()
    const own = all.find((one) => one.line === line) ?? null
    const sharing = this.#listSharing(of.splitId, all)
    const before = own?.line ?? 0
    return {
      opening: own,
      earlier: sharing.filter((one) => one.line < before).length,
      later: sharing.filter((one) => one.line > before).length,
      elsewhere: this.#countElsewhere(of, this.listElsewhere(all)),
    }
  }

  /** Every test part that has images, with its openings. */
  listTestParts(): TestPart[] {
    const all = this.list()
    const elsewhere = this.listElsewhere(all)
    const parts = this.#deps.repo.testParts().filter(({ images }) => images > 0)
    return parts.map((part) => ({
      ...part,
      openings: this.#listSharing(part.splitId, all).map(({ line }) => line),
      elsewhere: this.#countElsewhere(part, elsewhere),
    }))
  }

  /** Openings of this project that this machine has seen and that its ledger does not have. */
  listElsewhere(known = this.list()): SeenOpening[] {
    const hashes = new Set(known.map(({ hash }) => hash))
    return this.#deps.witness.list(this.#deps.project.uuid).filter(({ hash }) => !hashes.has(hash))
  }

  /** The openings that lines of evaluations go by, by the evaluation; of several lines the last counts. */
  listEvaluated(): Map<number, AccessLine> {
    const lines = this.#deps.accessLog.find(['evaluated'])
    return new Map(lines.map((line) => [evaluated.parse(line.subject).evaluation, line]))
  }

  /**
   * Those of some files, by their SHA-256, that are pictures of a test part sealed to this model, and of which split.
   * None for a model of no run, and once the part was opened for it.
   */
  findSealed(model: ModelId, hashes: readonly string[]): { files: ReadonlySet<string>; split: string } {
    const own = this.#deps.repo.ownSplit(model)
    if (own === undefined || this.isOpenFor(model, own.splitId)) return { files: new Set(), split: '' }
    return { files: this.#deps.repo.filesInTest(own.splitId, hashes), split: own.split }
  }

  /** Of a split as it is and as it was before erasures: a copy may have been opened before them. */
  #countElsewhere(
    { splitId: id, splitHash }: { splitId: SplitId; splitHash: string },
    elsewhere: readonly SeenOpening[],
  ): number {
    const former = this.#deps.erasures.formerHashes('split', id)
    return elsewhere.filter((seen) => seen.splitHash === splitHash || former.has(seen.splitHash)).length
  }

  #findPart(id: SplitId): TestPartRow {
    const part = this.#deps.repo.testParts().find((one) => one.splitId === id)
    if (part !== undefined) return part
    throw new AppError('NOT_FOUND', `There is no split ${id}. Make one first.`, { details: { splitId: id } })
  }

  #find(line: number): Opening {
    const found = this.list().find((one) => one.line === line)
    if (found === undefined) throw new Error(`Line ${line} of the access log is no opening`)
    return found
  }

  /** Openings of pictures that stand in the test part of this split. */
  #listSharing(id: SplitId, all: readonly Opening[]): Opening[] {
    const shared = new Map<SplitId, boolean>([[id, true]])
    return all.filter(({ splitId: other }) => {
      const isShared = shared.get(other) ?? this.#deps.repo.countShared(id, other) > 0
      shared.set(other, isShared)
      return isShared
    })
  }
}

function readOpening(line: AccessLine): Opening {
  const { model, split, ...facts } = subject.parse(line.subject)
  const said = named.safeParse(line.named)
  const words = said.success ? said.data : { reason: null, model: null, split: null }
  return {
    line: line.position,
    hash: line.hash,
    at: line.at,
    by: line.actor,
    ...facts,
    modelId: model,
    splitId: split,
    ...words,
  }
}
