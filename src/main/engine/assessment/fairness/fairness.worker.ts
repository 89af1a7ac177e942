import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'
import { crossGroups } from '#engine/assessment/metrics/domain/records.ts'
import { sumClusters } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { chooseMetric } from './domain/choose-metric.ts'
import { listJudged } from './domain/describe-fairness.ts'
import { drawGroups } from './domain/resample-groups.ts'
import { fairnessTask } from './fairness-task.ts'

/** Shuffles and resamples the answers of an evaluation: its part of the draws. */
await serveWorkerRun(
  fairnessTask,
  async ({ records, by, metric, label, ...draws }, { throwIfCancelled, report }) => {
    const chosen = chooseMetric(records, { metric, label })
    const cells = crossGroups(records, by)
    const sums = sumClusters(chosen.metric, { clusters: records.clusters, cells })
    return drawGroups(sums, listJudged(sums), {
      ...draws,
      report: (done) => {
        throwIfCancelled()
        report({ done })
      },
    })
  },
)
