import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { IntegrityCheck } from '#shared/contract/integrity.contract.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { IdentityActService } from '#engine/curation/identities/identity-act.service.ts'
import type { ActChain } from '#engine/curation/decisions/act-chain.ts'
import {
  describeHashCheck,
  describeNotRecorded,
  type CheckContext,
} from '#engine/base/integrity/integrity-source.ts'
import type { SplitSeals } from '#engine/data/splits/split-seals.ts'
import type { SnapshotSeals } from '#engine/data/snapshots/snapshot-seals.ts'
import type { CrossvalSeals } from '#engine/learning/crossval/crossval-seals.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import type { BaselineSeals } from '#engine/assessment/baselines/baseline-seals.ts'
import type { EvaluationSeals } from '#engine/assessment/evaluation/evaluation-seals.ts'

/** What is sealed within the catalogue. */
export interface CatalogueSeals {
  readonly actChain: ActChain
  readonly accessLog: Pick<AccessLog, 'verify'>
  readonly identityActs: Pick<IdentityActService, 'verify'>
  readonly leakage: Pick<LeakageService, 'verifyChain'>
  readonly splitSeals: SplitSeals
  readonly snapshotSeals: SnapshotSeals
  readonly crossvalSeals: CrossvalSeals
  readonly evaluationSeals: EvaluationSeals
  readonly baselineSeals: BaselineSeals
}

const historyAdvice =
  'Somebody changed the history of decisions outside Evenhand. Put a copy of the catalogue back (evenhand backup list); acts before this one hold.'

const identityAdvice =
  'Somebody changed what people said of identities outside Evenhand. Put a copy of the catalogue back (evenhand backup list); acts before this one hold.'

const accessAdvice =
  'Somebody changed the access log outside Evenhand. Put a copy of the catalogue back (evenhand backup list); lines before this one hold.'

async function checkHistory(actChain: ActChain, { signal, report }: CheckContext): Promise<IntegrityCheck> {
  const { acts, blanked, broken } = await actChain.verify(async (done) => {
    signal.throwIfAborted()
    report(done, null)
    await yieldToEvents()
  })
  if (broken === null) {
    const erased = blanked === 0 ? '' : `, of which ${blanked} decisions were erased`
    const state = `a chain of ${acts} acts${erased}`
    const subject = 'The history of decisions'
    return { kind: 'history', subject, expected: state, found: state, holds: true, advice: null }
  }
  const { position, actId, expected, found, reason } = broken
  return {
    kind: 'history',
    subject: `The history of decisions at line ${position}${actId === null ? '' : ` (act ${actId})`}: ${reason}`,
    expected,
    found,
    holds: false,
    advice: historyAdvice,
  }
}

function checkIdentityActs(acts: CatalogueSeals['identityActs']): IntegrityCheck {
  const { lines, fault } = acts.verify()
  const state = `a chain of ${lines} acts`
  const subject = 'The acts on identities'
  if (fault === null)
    return { kind: 'history', subject, expected: state, found: state, holds: true, advice: null }
  const { position, expected, found } = fault
  return {
    kind: 'history',
    subject: `${subject} at line ${position}`,
    expected,
    found,
    holds: false,
    advice: identityAdvice,
  }
}

const certificateAdvice =
  'Somebody changed a leakage certificate outside Evenhand. Put a copy of the catalogue back (evenhand backup list), or certify the split anew.'

function checkCertificates(leakage: CatalogueSeals['leakage']): IntegrityCheck {
  const { lines, fault } = leakage.verifyChain()
  const state = `a chain of ${lines} certificates`
  const subject = 'The leakage certificates'
  if (fault === null)
    return { kind: 'history', subject, expected: state, found: state, holds: true, advice: null }
  const { position, expected, found } = fault
  return {
    kind: 'history',
    subject: `${subject} at line ${position}`,
    expected,
    found,
    holds: false,
    advice: certificateAdvice,
  }
}

async function checkAccessLog(accessLog: CatalogueSeals['accessLog']): Promise<IntegrityCheck> {
  const { lines, head, holds, problems } = await accessLog.verify()
  const [problem] = problems
  return {
    kind: 'access-log',
    subject: problem === undefined ? 'The access log' : `The access log at line ${problem.line}`,
    expected: 'a whole chain',
    found:
      problem === undefined ? 'a whole chain' : `${problem.what} (${lines} lines hold, the last ${head})`,
    holds,
    advice: holds ? null : accessAdvice,
  }
}

/** Everything in the catalogue that has a hash. */
export async function* checkCatalogueSeals(
  seals: CatalogueSeals,
  context: CheckContext,
): AsyncGenerator<IntegrityCheck, void, void> {
  const { signal } = context
  yield await checkHistory(seals.actChain, context)
  yield checkIdentityActs(seals.identityActs)
  yield checkCertificates(seals.leakage)
  yield await checkAccessLog(seals.accessLog)
  for (const split of seals.splitSeals.list())
    yield describeHashCheck('split', await seals.splitSeals.inspect(split, signal))
  for (const snapshot of seals.snapshotSeals.list())
    yield describeHashCheck('snapshot', await seals.snapshotSeals.inspect(snapshot, signal))
  for (const crossval of seals.crossvalSeals.list()) {
    const { id, name, results } = crossval
    const folds = await seals.crossvalSeals.inspectFolds(crossval, signal)
    if (folds !== null) yield describeHashCheck('folds', folds)
    const answers = await seals.crossvalSeals.inspectPredictions(crossval, signal)
    const subject = `The predictions and results of cross-validation ${id} (${name})`
    if (answers !== null) yield describeHashCheck('out-of-sample-predictions', answers)
    else if (results !== null) yield describeNotRecorded('out-of-sample-predictions', subject)
  }
  for (const evaluation of seals.evaluationSeals.list()) {
    const subject = `Evaluation ${evaluation.id}`
    const record = seals.evaluationSeals.inspectRecord(evaluation)
    yield record === null
      ? describeNotRecorded('evaluation', subject)
      : describeHashCheck('evaluation', record)
    const answers = await seals.evaluationSeals.inspectPredictions(evaluation, signal)
    if (answers !== null) yield describeHashCheck('evaluation-answers', answers)
  }
  for (const baseline of seals.baselineSeals.list())
    for (const thing of await seals.baselineSeals.inspect(baseline, signal))
      yield describeHashCheck('baseline', thing)
}
