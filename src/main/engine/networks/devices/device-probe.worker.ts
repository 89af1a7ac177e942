import { serveProbe } from './serve-probe.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'

/** Run as a process of its own, by `fork`. */
serveProbe(locateWorkers(import.meta.url))
