import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'
import { fitProbe } from './fit-probe.ts'
import { probeAssignment } from './probe-protocol.ts'

await serveWorkerRun(probeAssignment, (assignment, { report, isCancelled }) =>
  fitProbe(assignment, {
    tell: report,
    isCancelled,
    now: () => performance.now(),
    readMemoryBytes: () => process.memoryUsage.rss(),
  }),
)
