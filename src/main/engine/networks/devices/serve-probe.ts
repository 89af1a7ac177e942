import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { probeDevice } from './probe-device.ts'
import { probeRequest } from './probe-protocol.ts'
import type { ProbeMessage } from './probe-protocol.ts'

/** The whole of a probe process: answers one request over its channel, and ends when the channel closes. */
export function serveProbe(workers: WorkerLocator): void {
  const tell = (message: ProbeMessage): void => void process.send?.(message)
  process.once('message', (message) => {
    probeDevice(probeRequest.parse(message), { workers, tell }).catch((error: unknown) =>
      tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
  })
  process.once('disconnect', () => process.exit(0))
}
