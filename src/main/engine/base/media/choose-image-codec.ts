import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import type { Logger } from '#engine/base/kernel/logger.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ImageCodecName } from './image-codec.ts'
import { openKeyedFile } from '#engine/base/kernel/keyed-file.ts'

export interface CodecVerdict {
  readonly name: ImageCodecName
  /** One sentence for Settings. */
  readonly reason: string
}

export interface CodecChoice {
  readonly platform: NodeJS.Platform
  readonly versions: Readonly<Record<string, string | undefined>>
  readonly userDataFolder: string
  readonly logger: Logger
  /** Runs the native codec where a crash harms nobody; null where no such process can be started. */
  readonly probe: (() => Promise<ProbeOutcome>) | null
}

export interface ProbeOutcome {
  readonly isSafe: boolean
  /** Why not, such as the signal that ended the process. */
  readonly detail: string
}

const storedVerdict = z.object({ name: z.enum(['sharp', 'sharp-wasm']), reason: z.string() })

/**
 * Native everywhere but under Electron on Linux, where sharp's GLib and Electron's can end the process
 * (lovell/sharp#4522, electron/electron#46323): there only when a child process got through it. The answer
 * of that probe is kept in the user data folder for as long as the versions stay the same.
 */
export async function chooseImageCodec(choice: CodecChoice): Promise<CodecVerdict> {
  const { platform, versions, userDataFolder, logger, probe } = choice
  if (versions.electron === undefined) return { name: 'sharp', reason: 'Native, as always outside Electron.' }
  if (platform !== 'linux') return { name: 'sharp', reason: 'Native, as always on Windows and macOS.' }
  if (probe === null) {
    return {
      name: 'sharp-wasm',
      reason:
        'WebAssembly, because Electron on Linux can clash with the native library and it could not be probed here.',
    }
  }
  const file = openKeyedFile(join(userDataFolder, 'image-codec.json'), storedVerdict)
  const key = `electron ${versions.electron}, node ${versions.node ?? '?'}, probe 1`
  const known = await file.read(key)
  if (known) return known
  const { isSafe, detail } = await probe()
  const verdict: CodecVerdict = isSafe
    ? {
        name: 'sharp',
        reason: `Native: a child process of Electron ${versions.electron} decoded without trouble.`,
      }
    : {
        name: 'sharp-wasm',
        reason: `WebAssembly, because the native library failed under Electron: ${detail}.`,
      }
  try {
    await file.write(key, verdict)
  } catch (error) {
    // It holds without being written, and is found out again at the next start.
    logger.warn('The choice of the image codec could not be kept', { cause: String(error) })
  }
  return verdict
}

const probeTimeoutMs = 20_000

/**
 * Decodes and encodes in a child process of the same executable. Only a development Electron may be started
 * as plain Node: the packaged one has that fuse off and would open a second window instead.
 */
export function createCodecProbe(workers: WorkerLocator): (() => Promise<ProbeOutcome>) | null {
  const isElectron = process.versions.electron !== undefined
  const isDevelopment = 'defaultApp' in process && process.defaultApp
  if (isElectron && !isDevelopment) return null
  return () =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [fileURLToPath(workers.locate('codec-probe'))], {
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: probeTimeoutMs,
        killSignal: 'SIGKILL',
      })
      let answer = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text))
      // What it said before its pipe broke, and how it ended, is the answer.
      child.stdout.on('error', () => undefined)
      child.on('error', (error) => resolve({ isSafe: false, detail: error.message }))
      child.once('close', (code, signal) => {
        const isSafe = code === 0 && answer.includes('codec-probe: ok')
        resolve({ isSafe, detail: signal === null ? `exit status ${code}` : `ended by ${signal}` })
      })
    })
}
