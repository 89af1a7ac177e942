import { certificateId, type CertificateBreak, type LeakCheck } from '#shared/contract/leakage.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { Ledger } from '#engine/base/ledger/ledger.ts'
import type { SplitSeals } from '#engine/data/splits/split-seals.ts'
import {
  isReadable,
  type CertificateContent,
  type CertificateRepo,
  type StoredCertificate,
} from './certificate.repo.ts'
import { countUnlisted } from './compare-standing.ts'
import { hasSame, judgeState, listBreaks, recordChanged } from './domain/judge-state.ts'
import { certifyInput as input, notCertified, unreadable, type CertifyInput } from './certify-input.ts'
import type { LeakageReader } from './leakage-reader.ts'
import type { Measured } from './leakage-task.ts'

interface CertifyDeps {
  readonly db: Db
  readonly certificates: CertificateRepo
  readonly ledger: Ledger
  readonly reader: LeakageReader
  readonly seals: SplitSeals
  readonly now: Clock
}

/** Measures what leaks between the parts of a split, and seals it or holds it against what was sealed. */
export function createCertifyJob(deps: CertifyDeps): JobHandler<CertifyInput, LeakCheck> {
  return {
    kind: 'certify',
    input,
    changes: ['splits'],
    title: ({ splitId: id, isCheck }) =>
      isCheck ? `Check the certificate of split ${id}` : `Look for leaks in split ${id}`,
    run: (request, context) =>
      request.isCheck ? check(request, deps, context) : certify(request, deps, context),
  }
}

async function certify(request: CertifyInput, deps: CertifyDeps, context: JobContext): Promise<LeakCheck> {
  const { certificates, ledger, reader, seals, now, db } = deps
  const made = certificates.findByJob(context.jobId)
  if (made !== undefined) {
    if (!isReadable(made)) throw unreadable(made.splitId)
    return toCheck(made.position, made.open)
  }
  const { splitId: id, threshold = null, by } = request
  await seals.verify(id, context.signal)
  const { splitHash, findings } = await reader.measure({ splitId: id, threshold }, context)
  const splitName = seals.list().find((split) => split.id === id)?.name ?? ''
  const state = judgeState({ ...findings, hasSame: hasSame(findings) }, [])
  const createdAt = formatTimestamp(now())
  const open: CertificateContent = { splitId: id, splitHash, splitName, createdAt, by, state, findings }
  const position = db.transact(() => {
    const line = ledger.append({ open })
    certificates.insert(line, { splitId: id, jobId: context.jobId })
    return line.position
  })
  return toCheck(certificateId.parse(position), open)
}

function toCheck(id: StoredCertificate['position'], open: CertificateContent): LeakCheck {
  const { joins, found, undecided } = open.findings
  return { splitId: open.splitId, certificateId: id, state: open.state, broken: [], joins, found, undecided }
}

async function check(
  { splitId: id }: CertifyInput,
  deps: CertifyDeps,
  context: JobContext,
): Promise<LeakCheck> {
  const { certificates, reader, seals } = deps
  const certificate = certificates.findNewest(id)
  if (certificate === undefined) throw notCertified(id)
  await seals.verify(id, context.signal)
  const sealed = certificate.open?.findings
  const threshold = sealed?.thresholdOf === 'given' ? sealed.threshold : null
  const now = await reader.measure({ splitId: id, threshold }, context)
  const { joins, found, undecided } = now.findings
  const broken = [
    ...(certificate.isChanged ? [recordChanged] : []),
    ...(isReadable(certificate) ? compare(certificate, now) : []),
  ]
  const state = judgeState({ ...now.findings, hasSame: hasSame(now.findings) }, broken)
  return { splitId: id, certificateId: certificate.position, state, broken, joins, found, undecided }
}

function compare(certificate: StoredCertificate, now: Measured): CertificateBreak[] {
  const { findings: sealed, splitHash } = certificate.open
  const { joins, threshold, inputs } = now.findings
  const unlistedNear = countUnlisted(now.cutNear, sealed.nearPairs)
  return [
    ...listBreaks(
      { ...sealed, splitHash },
      { splitHash: now.splitHash, joins, inputs, unlistedNear, threshold },
    ),
    ...countNewPairs(certificate, now),
  ]
}

/** Pairs that are found now and were not then; where not all are listed, by how many more there are. */
function countNewPairs(certificate: StoredCertificate, { findings }: Measured): CertificateBreak[] {
  const { findings: sealed } = certificate.open
  const name = ({ a, b }: { readonly a: number; readonly b: number }): string => `${a} ${b}`
  const countOf = (kind: 'near' | 'faces'): number => {
    const [then, now] =
      kind === 'near' ? [sealed.nearPairs, findings.nearPairs] : [sealed.facePairs, findings.facePairs]
    if (sealed.found[kind] > then.length) return Math.max(0, findings.found[kind] - sealed.found[kind])
    const known = new Set(then.map(name))
    return now.filter((pair) => !known.has(name(pair))).length
  }
  const count = countOf('near') + countOf('faces')
  return count === 0 ? [] : [{ kind: 'pairs', count }]
}
