import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { Ledger } from '#engine/base/ledger/ledger.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { IdentityActService } from '#engine/curation/identities/identity-act.service.ts'
import type { IdentityService } from '#engine/curation/identities/identity.service.ts'
import type { SplitSeals } from '#engine/data/splits/split-seals.ts'
import { certificateLedger, CertificateRepo } from './certificate.repo.ts'
import { createCertifyJob } from './certify.job.ts'
import { LeakageReader } from './leakage-reader.ts'
import { LeakageService } from './leakage.service.ts'

interface LeakageLent extends Lent {
  readonly splitSeals: SplitSeals
  readonly identities: IdentityService
  readonly identityActs: IdentityActService
}

export function openLeakage(lent: LeakageLent) {
  const { db, jobs, workers, now, settings, closers, splitSeals, identities, identityActs } = lent
  const certificates = new CertificateRepo(db)
  const ledger = new Ledger(db, certificateLedger)
  const reader = new LeakageReader({ catalogue: db.file, workers, identities, acts: identityActs })
  closers.defer(() => reader.dispose())
  const leakage = new LeakageService({ certificates, reader, splits: splitSeals, jobs, ledger })
  return {
    services: { leakage },
    jobs: [registerJob(createCertifyJob({ db, certificates, ledger, reader, seals: splitSeals, now }))],
    handlers: answer({
      'leakage.certify': async ({ reviewer, ...request }) => ({
        jobId: leakage.certify({ ...request, isCheck: false, by: await settings.nameReviewer(reviewer) }),
      }),
      'leakage.verify': ({ splitId }) => ({ jobId: leakage.verify(splitId) }),
      'leakage.standings': (_, signal) => leakage.standings(signal),
      'leakage.get': ({ splitId }, signal) => leakage.get(splitId, signal),
    }),
  }
}
