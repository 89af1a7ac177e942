import type {
  CertificateBreak,
  CertificateState,
  LeakFindings,
  LeakJoins,
} from '#shared/contract/leakage.contract.ts'

/** Whether something stands in two parts. */
export const isJoined = (joins: LeakJoins): boolean => Object.values(joins).some((count) => count > 0)

type Judged = Pick<
  LeakFindings,
  'joins' | 'undecided' | 'compared' | 'threshold' | 'usualThreshold' | 'seenWithin'
> & {
  /** Whether a pair is said, or known, to be the same. */
  readonly hasSame: boolean
}

/** An image that was not compared may leak unseen, so that the split is not clean; faces that are not found cannot be compared by anything. */
function findState(judged: Judged): Exclude<CertificateState, 'stale'> {
  const { joins, undecided, compared, threshold, seenWithin } = judged
  if (isJoined(joins) || judged.hasSame) return 'leaks'
  const isOpen = undecided.near + undecided.faces > 0
  const isSought = compared.faces > 0 && (compared.facesUnsought ?? 0) === 0
  const isWide = seenWithin === threshold && (threshold ?? 0) >= (judged.usualThreshold ?? 0)
  const isWhole = compared.pictures === compared.images && isSought && isWide
  return isOpen || !isWhole ? 'undecided' : 'clean'
}

export const hasSame = ({ nearPairs, facePairs }: Pick<LeakFindings, 'nearPairs' | 'facePairs'>): boolean =>
  [...nearPairs, ...facePairs].some(({ verdict }) => verdict === 'same')

/** The certificate itself is not what was sealed. */
export const recordChanged: CertificateBreak = { kind: 'record', count: null }

/** What is known to leak is told before that the certificate is old. */
export function judgeState(judged: Judged, broken: readonly CertificateBreak[]): CertificateState {
  const state = findState(judged)
  return state !== 'leaks' && broken.length > 0 ? 'stale' : state
}

const joinKinds = ['identity', 'file', 'pixel', 'person', 'group'] as const

interface Now {
  readonly splitHash: string
  readonly joins: LeakJoins
  readonly inputs: LeakFindings['inputs']
  /** Groups of near copies in several parts of which the certificate lists no pair. */
  readonly unlistedNear: number
  readonly threshold: number | null
}

/** What has come between a certificate and the catalogue as it is now. */
export function listBreaks(
  certified: Pick<LeakFindings, 'joins' | 'inputs' | 'threshold' | 'thresholdOf'> & {
    readonly splitHash: string
  },
  now: Now,
): CertificateBreak[] {
  const breaks: CertificateBreak[] = []
  if (now.splitHash !== certified.splitHash) breaks.push({ kind: 'split', count: null })
  for (const kind of joinKinds) {
    const more = now.joins[kind] - certified.joins[kind]
    if (more > 0) breaks.push({ kind, count: more })
  }
  if (now.unlistedNear > 0) breaks.push({ kind: 'near', count: now.unlistedNear })
  for (const kind of ['members', 'pictures', 'faces'] as const)
    if (now.inputs[kind] !== certified.inputs[kind]) breaks.push({ kind, count: null })
  const isOther = certified.thresholdOf !== 'given' && now.threshold !== certified.threshold
  if (isOther) breaks.push({ kind: 'threshold', count: null })
  return breaks
}
