import { leakFindings } from '#shared/contract/leakage.contract.ts'
import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { hashLine } from '#engine/base/ledger/domain/chain.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { judgeState } from '#engine/assessment/leakage/domain/judge-state.ts'
import type { CheckList } from './domain/check-list.ts'
import type { ChainPart } from './domain/manifest.ts'

type Certificate = NonNullable<ReportDocument['certificate']>

const kind = 'certificate'
const joinKinds = ['identity', 'file', 'pixel', 'person', 'group'] as const

/** What was sealed, as far as it is compared. */
const sealedFindings = leakFindings.pick({
  joins: true,
  undecided: true,
  compared: true,
  threshold: true,
  usualThreshold: true,
  seenWithin: true,
})

/** The certificate in the report is the sealed one, and what the report says of it now can have become of it. */
export function checkCertificate(
  { certificate, subject, testPart }: ReportDocument,
  part: ChainPart | null,
  checks: CheckList,
): void {
  const [line] = part?.lines ?? []
  if (certificate === null) {
    const then = testPart?.opening?.certificate ?? 'none'
    if (line !== undefined || then !== 'none')
      checks.breaks('certificate', {
        what: 'The report speaks of the certificate that there is',
        expected: 'no certificate',
        found: line?.hash ?? `the test part was opened with one that was ${then}`,
      })
    else
      checks.skip('certificate', {
        what: 'Whether there is a leakage certificate',
        why: 'the report says that there is none; certificates have a chain of their own, of which nothing is in the bundle',
      })
    return
  }
  if (part === null || line === undefined) {
    checks.breaks('certificate', {
      what: 'The certificate that the report speaks of is there',
      expected: certificate.sha256,
      found: 'no certificate',
    })
    return
  }
  checks.check('certificate', {
    kind,
    what: 'The certificate is what was hashed',
    expected: certificate.sha256,
    found: hashLine(part.ledger, line),
  })
  const { findings, splitHash, createdAt, by, state, splitId } = line.open
  const of = (findings ?? {}) as Readonly<Record<string, unknown>>
  const { found, compared, threshold, missed, missedPairs, thresholdOf } = certificate
  checks.check('certificate findings', {
    kind,
    what: 'The report says what the certificate says',
    expected: toCanonicalJson([
      { found, compared, threshold, missed, missedPairs, thresholdOf },
      subject.splitId,
      certificate.splitHash,
      certificate.madeAt,
      certificate.madeBy,
      certificate.sealedState,
    ]),
    found: toCanonicalJson([
      {
        found: of.found,
        compared: of.compared,
        threshold: of.threshold,
        missed: of.missed,
        missedPairs: of.missedPairs,
        thresholdOf: of.thresholdOf,
      },
      splitId ?? null,
      splitHash ?? null,
      createdAt ?? null,
      by ?? null,
      state ?? null,
    ]),
  })
  const isOther = certificate.splitHash !== subject.splitHash
  checks.check('certificate split', {
    kind,
    what: 'The certificate is of this split, or says that the split has changed',
    expected: describeSplit(certificate.broken.some((one) => one.kind === 'split')),
    found: describeSplit(isOther),
  })
  const sealed = sealedFindings.safeParse(
    Object.fromEntries(Object.keys(sealedFindings.shape).map((name) => [name, of[name]])),
  )
  if (sealed.success) checkStanding(certificate, sealed.data, checks)
  else
    checks.breaks('certificate findings', {
      what: 'They are of their format',
      expected: 'findings',
      found: sealed.error.issues[0]?.message ?? 'none',
    })
}

const describeSplit = (isOther: boolean): string =>
  isOther ? 'of the split before it changed' : 'of this split'

/** What the report says that has become of it since. */
function checkStanding(
  certificate: Certificate,
  sealed: ReturnType<typeof sealedFindings.parse>,
  checks: CheckList,
): void {
  const { joins, undecided, found, broken, state } = certificate
  const more = joinKinds.flatMap((one) => {
    const count = joins[one] - sealed.joins[one]
    return count > 0 ? [{ kind: one, count }] : []
  })
  const told = joinKinds.flatMap((one) => {
    const own = broken.find((each) => each.kind === one)
    return own === undefined ? [] : [{ kind: one, count: own.count }]
  })
  checks.check('certificate joins', {
    kind,
    what: 'What joins parts beyond the certificate is what broke it',
    expected: toCanonicalJson(told),
    found: toCanonicalJson(more),
  })
  const isPossible = undecided.near <= found.near && undecided.faces <= found.faces
  if (isPossible) checks.hold(kind, 'No more pairs are undecided than were found')
  else
    checks.breaks('certificate undecided', {
      what: 'No more pairs are undecided than were found',
      expected: toCanonicalJson(undecided),
      found: toCanonicalJson(found),
    })
  const follows = judgeState({ ...sealed, joins, undecided, hasSame: state === 'leaks' }, broken)
  checks.check('certificate state', {
    kind,
    what: 'The state follows from joins, open pairs and what broke it',
    expected: state,
    found: follows,
  })
  checks.skip('certificate, since', {
    what: 'What has become of the certificate since it was sealed',
    why: `it was sealed as ${certificate.sealedState} and the report calls it ${state}: verdicts on pairs, and what was measured later, are in no part`,
  })
}
