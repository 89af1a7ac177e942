import { serveProbe } from '../training/devices/serve-probe.ts'
import { locateSiblings } from './worker-locator.ts'

/** Run as a process of its own, by `fork`. */
serveProbe(locateSiblings(import.meta.url))
