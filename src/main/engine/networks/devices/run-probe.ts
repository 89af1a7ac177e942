import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ComputeId, DeviceMeasurement } from '#shared/contract/system.contract.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { probeMessage } from './probe-protocol.ts'
import type { ProbeMessage, ProbeRequest } from './probe-protocol.ts'

export type ProbeOutcome =
  | {
      readonly isDone: true
      readonly measured: Omit<DeviceMeasurement, 'testedAt'>
      readonly hardware: string | null
      readonly library: string | null
    }
  | { readonly isDone: false; readonly detail: string }

/** Tests a device where a crash or a hang harms nobody. */
export type DeviceProbe = (id: ComputeId) => Promise<ProbeOutcome>

export interface ProbeLimits {
  /** From the start to the comparison: drivers build their programs in this time. */
  readonly compareMs: number
  /** From one word about the speed to the next; past it the device is known to work, but not how fast. */
  readonly batchMs: number
}

const defaultLimits: ProbeLimits = { compareMs: 180_000, batchMs: 45_000 }

/** What a probe process has said so far. */
class ProbeLog {
  #compared: Extract<ProbeMessage, { type: 'compared' }> | undefined
  #failure: string | undefined
  readonly #speeds = new Map<'cpu' | 'device', number>()

  hear(message: ProbeMessage): void {
    if (message.type === 'compared') this.#compared = message
    else if (message.type === 'speed') this.#speeds.set(message.of, message.imagesPerSecond)
    else if (message.type === 'failed') this.#failure = message.message
  }

  get hasCompared(): boolean {
    return this.#compared !== undefined
  }

  /** @param end How the process went, where it said nothing itself. */
  conclude(id: ComputeId, end: string): ProbeOutcome {
    if (this.#failure !== undefined) return { isDone: false, detail: this.#failure }
    if (this.#compared === undefined) return { isDone: false, detail: end }
    const { parity, operators, hardware, library, arithmetic } = this.#compared
    const cpuImagesPerSecond = this.#speeds.get('cpu') ?? null
    const imagesPerSecond = id === 'cpu' ? cpuImagesPerSecond : (this.#speeds.get('device') ?? null)
    const measured = { parity, operators, imagesPerSecond, cpuImagesPerSecond, arithmetic }
    return { isDone: true, measured, hardware, library }
  }
}

/** What a process says that is no word of the probe ends the probe, and not the one who listens. */
function readMessage(received: unknown): ProbeMessage {
  const { data } = probeMessage.safeParse(received)
  return data ?? { type: 'failed', message: 'the test process said what nobody understands' }
}

/** Asks one process, and ends it once it is done, has gone, or is silent for too long. */
function askProcess(
  request: ProbeRequest,
  { workers, limits }: { workers: WorkerLocator; limits: ProbeLimits },
): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const log = new ProbeLog()
    let isLate = false
    let timer: NodeJS.Timeout | undefined
    const child = fork(fileURLToPath(workers.locate('device-probe')), [], {
      execArgv: [],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const wait = (): void => {
      clearTimeout(timer)
      const limitMs = log.hasCompared ? limits.batchMs : limits.compareMs
      timer = setTimeout(() => {
        isLate = true
        child.kill('SIGKILL')
      }, limitMs)
    }
    child.on('message', (received) => {
      const message = readMessage(received)
      log.hear(message)
      // It has nothing to tidy up, and a driver may hang at the end of its process.
      if (message.type === 'done' || message.type === 'failed') child.kill('SIGKILL')
      else wait()
    })
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ isDone: false, detail: `The test process could not be started: ${error.message}` })
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const late = `it gave no answer within ${limits.compareMs / 1000} s`
      const ended =
        signal === null ? `its process ended with exit code ${code}` : `its process ended by ${signal}`
      resolve(log.conclude(request.id, isLate ? late : ended))
    })
    wait()
    child.send(request)
  })
}

/**
 * How devices are tested here; null where no process can be started: the packaged desktop program would open a second
 * window instead.
 */
export function createDeviceProbe({
  workers,
  threads,
  limits = defaultLimits,
}: {
  workers: WorkerLocator
  threads: number
  limits?: ProbeLimits
}): DeviceProbe | null {
  const isElectron = process.versions.electron !== undefined
  const isDevelopment = 'defaultApp' in process && process.defaultApp
  if (isElectron && !isDevelopment) return null
  return async (id) => {
    const folder = await mkdtemp(join(tmpdir(), 'evenhand-probe-'))
    try {
      return await askProcess({ id, threads, folder }, { workers, limits })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}
