import type { JobId, SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type {
  CertificateBreak,
  CertificateStanding,
  LeakCertificate,
  PairVerdict,
} from '#shared/contract/leakage.contract.ts'
import { describeBroken } from '#shared/derived/describe-certificate.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { ChainVerifier, type ChainLine, type ChainVerdict } from '#engine/base/ledger/domain/chain.ts'
import type { Ledger } from '#engine/base/ledger/ledger.ts'
import type { SplitSeals } from '#engine/data/splits/split-seals.ts'
import {
  isReadable,
  type CertificateRepo,
  type CertificateRow,
  type StoredCertificate,
} from './certificate.repo.ts'
import { notCertified, unreadable, type CertifyInput } from './certify-input.ts'
import { judgeState, recordChanged } from './domain/judge-state.ts'
import type { LeakageReader } from './leakage-reader.ts'
import type { StoodFor } from './leakage-task.ts'

interface LeakageServiceDeps {
  readonly certificates: CertificateRepo
  readonly reader: LeakageReader
  readonly splits: Pick<SplitSeals, 'list'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
  readonly ledger: Ledger
}

const linesPerPage = 100

/** Certificates that nothing leaks between the parts of splits, and whether they still hold. */
export class LeakageService {
  readonly #deps: LeakageServiceDeps

  constructor(deps: LeakageServiceDeps) {
    this.#deps = deps
  }

  /** Throws NOT_FOUND. */
  certify(request: CertifyInput): JobId {
    this.#requireSplit(request.splitId)
    return this.#deps.jobs.enqueue('certify', request).id
  }

  /** Throws NOT_FOUND, PRECONDITION where the split has no certificate. */
  verify(splitId: SplitId): JobId {
    this.#requireSplit(splitId)
    if (this.#deps.certificates.findNewest(splitId) === undefined) throw notCertified(splitId)
    return this.#deps.jobs.enqueue('certify', { splitId, isCheck: true, by: '' }).id
  }

  /** Of every split, as its newest certificate stands against the catalogue of now. */
  async standings(signal: AbortSignal): Promise<CertificateStanding[]> {
    const certificates = this.#deps.certificates.listNewest()
    const standing = await this.#compare(certificates, signal)
    const bySplit = new Map(certificates.map((one) => [one.splitId, one]))
    return this.#deps.splits.list().map(({ id }) => {
      const splitId = id as SplitId
      const certificate = bySplit.get(splitId)
      return certificate === undefined
        ? noCertificate(splitId)
        : toStanding(certificate, standing.get(certificate.position))
    })
  }

  /** The state of a split's certificate, for whoever builds on the split; without one all of it is null and empty. */
  async standing(splitId: SplitId, signal: AbortSignal): Promise<CertificateStanding> {
    const certificate = this.#deps.certificates.findNewest(splitId)
    if (certificate === undefined) return noCertificate(splitId)
    return toStanding(certificate, (await this.#compare([certificate], signal)).get(certificate.position))
  }

  /** What whoever builds on a split should be told of its certificate: nothing where there is none or it holds. */
  async note(split: { readonly id: SplitId; readonly name: string }, signal: AbortSignal): Promise<string[]> {
    const { state, broken, joins } = await this.standing(split.id, signal)
    if (state !== 'leaks' && state !== 'stale') return []
    return [
      `${describeBroken({ state, broken, joins }, split.name)} Look at it on Splits (evenhand split verify ${split.id}).`,
    ]
  }

  /** Null where the split has none. Throws NOT_FOUND, PRECONDITION where its record cannot be read any more. */
  async get(splitId: SplitId, signal: AbortSignal): Promise<LeakCertificate | null> {
    this.#requireSplit(splitId)
    const certificate = this.#deps.certificates.findNewest(splitId)
    if (certificate === undefined) return null
    if (!isReadable(certificate)) throw unreadable(splitId)
    const stood = (await this.#compare([certificate], signal)).get(certificate.position)
    return stood === undefined ? null : toCertificate(certificate, stood)
  }

  /** The line of a split's newest certificate as it stands in its chain; null where it has none. */
  findLine(splitId: SplitId): { ledger: string; line: ChainLine } | null {
    const { certificates, ledger } = this.#deps
    const newest = certificates.findNewest(splitId)
    if (newest === undefined) return null
    const [line] = certificates.readLines({ after: newest.position - 1, limit: 1 })
    return line === undefined ? null : { ledger: ledger.name, line }
  }

  /** Reads the whole chain. */
  verifyChain(): ChainVerdict {
    const { certificates, ledger } = this.#deps
    const verifier = new ChainVerifier(ledger.name)
    for (let after = 0; ;) {
      const page = certificates.readLines({ after, limit: linesPerPage })
      for (const line of page) verifier.add(line)
      const last = page.at(-1)
      if (last === undefined || page.length < linesPerPage) break
      after = last.position
    }
    return verifier.finish(ledger.head())
  }

  async #compare(
    certificates: readonly CertificateRow[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, StoodFor>> {
    const read = certificates.filter(isReadable)
    if (read.length === 0) return new Map()
    const found = await this.#deps.reader.compare(read, signal)
    return new Map(found.map((one) => [one.position, one]))
  }

  #requireSplit(splitId: SplitId): void {
    if (this.#deps.splits.list().some(({ id }) => id === splitId)) return
    throw new AppError('NOT_FOUND', `There is no split ${splitId}.`, { details: { splitId } })
  }
}

const noCertificate = (splitId: SplitId): CertificateStanding => ({
  splitId,
  certificateId: null,
  state: null,
  broken: [],
  joins: null,
  undecided: 0,
  madeAt: null,
})

const countOpen = (verdicts: readonly (PairVerdict | null)[]): number =>
  verdicts.filter((verdict) => verdict === null).length

/** Pairs without a verdict now: those listed as they are judged now, and those beyond the list as they were. */
function countUndecided({ open: { findings } }: StoredCertificate, stood: StoodFor) {
  const countNow = (kind: 'near' | 'faces'): number => {
    const [listed, now] =
      kind === 'near' ? [findings.nearPairs, stood.nearVerdicts] : [findings.facePairs, stood.faceVerdicts]
    return findings.undecided[kind] - countOpen(listed.map(({ verdict }) => verdict)) + countOpen(now)
  }
  return { near: countNow('near'), faces: countNow('faces') }
}

function judgeNow(certificate: StoredCertificate, stood: StoodFor) {
  const { findings } = certificate.open
  const undecided = countUndecided(certificate, stood)
  const hasSame = [...stood.nearVerdicts, ...stood.faceVerdicts].includes('same')
  const broken: readonly CertificateBreak[] = certificate.isChanged
    ? [recordChanged, ...stood.broken]
    : stood.broken
  return {
    undecided,
    broken: [...broken],
    state: judgeState({ ...findings, joins: stood.joins, undecided, hasSame }, broken),
  }
}

/** @param stood undefined where the record cannot be read */
function toStanding(certificate: CertificateRow, stood: StoodFor | undefined): CertificateStanding {
  const { position, splitId } = certificate
  if (!isReadable(certificate) || stood === undefined)
    return { ...noCertificate(splitId), certificateId: position, state: 'stale', broken: [recordChanged] }
  const { open } = certificate
  const { undecided, state, broken } = judgeNow(certificate, stood)
  const { joins } = stood
  return {
    splitId,
    certificateId: position,
    state,
    broken,
    joins,
    undecided: undecided.near + undecided.faces,
    madeAt: open.createdAt,
  }
}

function toCertificate(certificate: StoredCertificate, stood: StoodFor): LeakCertificate {
  const { position, hash, open } = certificate
  const { splitId, splitHash, splitName, findings, createdAt, by } = open
  const { undecided, state, broken } = judgeNow(certificate, stood)
  return {
    ...findings,
    joins: stood.joins,
    undecided,
    nearPairs: findings.nearPairs.map((pair, at) => ({ ...pair, verdict: stood.nearVerdicts[at] ?? null })),
    facePairs: findings.facePairs.map((pair, at) => ({ ...pair, verdict: stood.faceVerdicts[at] ?? null })),
    certificateId: position,
    splitId,
    splitHash,
    splitName,
    madeAt: createdAt,
    madeBy: by,
    state,
    broken,
    sealed: { state: open.state, sha256: hash },
  }
}
