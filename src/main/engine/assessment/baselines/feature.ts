import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { PictureMatcher } from '#engine/curation/decisions/exchange/picture-matcher.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { createBaselineHolder } from './baseline-holder.ts'
import { BaselineRecords } from './baseline-records.ts'
import { BaselineSeals } from './baseline-seals.ts'
import { BaselineRepo } from './baseline.repo.ts'
import { BaselineService } from './baseline.service.ts'
import { createRunNetworkJob } from './run-network.job.ts'

export function openBaselines(lent: Lent & { readonly pictureMatcher: PictureMatcher }) {
  const { db, now, publishChange, verifiedOnce, pictureMatcher: pictures, jobs } = lent
  const repo = new BaselineRepo(db)
  const seals = new BaselineSeals({ repo, verified: verifiedOnce })
  const baselines = new BaselineService({ repo, seals, pictures, jobs, now, publishChange })
  const runNetwork = createRunNetworkJob({
    repo,
    service: baselines,
    projectFolder: lent.folder.path,
    host: { workers: lent.workers, codec: lent.codec, cores: lent.cores },
  })
  return {
    services: {
      baselines,
      baselineSeals: seals,
      baselineRecords: new BaselineRecords({ repo, service: baselines }),
    },
    jobs: [registerJob(runNetwork)],
    holder: createBaselineHolder({ repo, seals }),
    handlers: answer({
      'baseline.import': (request, signal) => baselines.import(request, signal),
      'baseline.run': (request) => baselines.run(request),
      'baseline.list': () => baselines.list(),
    }),
  }
}
