import { answer } from '#engine/base/procedures/handlers.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { EvaluationSeals } from '#engine/assessment/evaluation/evaluation-seals.ts'
import { LedgerService } from './ledger.service.ts'

interface LedgerLent extends Lent {
  readonly accessLog: AccessLog
  readonly openings: OpeningService
  readonly evaluationSeals: EvaluationSeals
}

export function openLedger({ accessLog, openings, evaluationSeals: seals, now }: LedgerLent) {
  const ledger = new LedgerService({ accessLog, openings, seals, now })
  return {
    services: {},
    jobs: [],
    handlers: answer({
      'ledger.show': () => ledger.show(),
      'ledger.head': () => ledger.head(),
      'ledger.verify': ({ head }, signal) => ledger.verify(head, signal),
    }),
  }
}
