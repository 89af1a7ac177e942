import { createTrainingEngine } from '#engine/networks/gradients/create-training-engine.ts'
import { trainAssignment } from '#engine/learning/training/train-protocol.ts'
import { trainNetwork } from '#engine/learning/training/train-network.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** One keeps ahead of any step on a CPU measured here, where more would take cores from it; a GPU leaves them idle. */
const feedThreads = { cpu: 1, gpu: 3 } as const

const workers = locateWorkers(import.meta.url)

await serveWorkerRun(trainAssignment, (assignment, { report, isCancelled }) => {
  const { config, recordedEngine } = assignment
  const { device } = config
  return trainNetwork(assignment, {
    engine: createTrainingEngine({ ...config, recorded: recordedEngine }, workers),
    feed: { workers, threads: feedThreads[device === 'cpu' || device === 'auto' ? 'cpu' : 'gpu'] },
    tell: report,
    isCancelled,
    now: () => performance.now(),
    readMemoryBytes: () => process.memoryUsage.rss(),
  })
})
