import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { IntegrityCheck, IntegrityKind } from '#shared/contract/integrity.contract.ts'
import { readFailure } from '#shared/contract/errors.ts'
import { describeNotRecorded, type CheckContext } from '#engine/base/integrity/integrity-source.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { scanRecords } from '#engine/networks/tensorboard/scan-records.ts'
import { isSealed } from '#engine/networks/weights/file-seal.ts'
import { readSafetensors } from '#engine/networks/weights/safetensors.ts'
import { parseDivergence } from './run-checkpoints.ts'

const runAdvice = 'Put the file back from a copy of the project folder, or start a new run.'
const eventAdvice =
  'TensorBoard shows what is left of it; runs and models do not depend on it. Put it back from a copy of the project folder.'

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    // A file in the place of a folder holds none, and is among those that do not belong here.
    if (['ENOENT', 'ENOTDIR'].includes(readSystemErrorCode(error) ?? '')) return []
    throw mapSystemError(error, { action: 'read', path: folder })
  }
}

/** The files of runs that carry their own checksums, since their threads know of no catalogue. */
export class RunFilesService {
  readonly #runsFolder: string
  readonly #isRecorded: (file: string) => boolean

  /** @param deps.isRecorded whether a file's hash is in the catalogue, which then is looked at instead */
  constructor(deps: { runsFolder: string; isRecorded: (file: string) => boolean }) {
    this.#runsFolder = deps.runsFolder
    this.#isRecorded = deps.isRecorded
  }

  async *check({ signal, report }: CheckContext): AsyncGenerator<IntegrityCheck, void, void> {
    const runs = (await listFolder(this.#runsFolder)).filter((name) => /^\d+$/.test(name))
    for (const [done, run] of runs.entries()) {
      report(done, runs.length)
      const folder = join(this.#runsFolder, run)
      const epochs = join(folder, 'epochs')
      const checkpoints = [
        ...(await listFolder(folder)).map((name) => join(folder, name)),
        ...(await listFolder(epochs)).map((name) => join(epochs, name)),
      ]
      for (const file of checkpoints) {
        signal.throwIfAborted()
        if (file.endsWith('.safetensors')) yield await checkSealed(file)
        else if (basename(file) === 'diverged.json') yield await checkDivergence(file)
      }
      for (const name of await listFolder(join(folder, 'tensorboard'))) {
        signal.throwIfAborted()
        const file = join(folder, 'tensorboard', name)
        if (!this.#isRecorded(file)) yield await checkEvents(file)
      }
    }
  }
}

const describeFound = (
  kind: IntegrityKind,
  subject: string,
  { fault, advice }: { readonly fault: string | null; readonly advice: string },
): IntegrityCheck => ({
  kind,
  subject,
  expected: 'its own checksum',
  found: fault ?? 'its own checksum',
  holds: fault === null,
  advice: fault === null ? null : advice,
})

async function checkSealed(file: string): Promise<IntegrityCheck> {
  try {
    const { metadata } = readSafetensors(await readFile(file), file)
    if (!isSealed(metadata)) return describeNotRecorded('checkpoint', file)
    return describeFound('checkpoint', file, { fault: null, advice: runAdvice })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return describeFound('checkpoint', file, { fault: error.message, advice: runAdvice })
  }
}

async function checkDivergence(file: string): Promise<IntegrityCheck> {
  try {
    const { isSealed: isRecorded } = parseDivergence(await readFile(file), file)
    if (!isRecorded) return describeNotRecorded('divergence', file)
    return describeFound('divergence', file, { fault: null, advice: runAdvice })
  } catch (error) {
    const failure = readFailure(mapSystemError(error, { action: 'read', path: file }))
    if (failure === null) throw error
    return describeFound('divergence', file, { fault: failure.message, advice: runAdvice })
  }
}

/** Each record of an event file carries checksums of its own. */
async function checkEvents(file: string): Promise<IntegrityCheck> {
  await using handle = await openRegularFile(file)
  for await (const record of scanRecords(handle)) {
    if (record.kind !== 'damage') continue
    const fault = `record at byte ${record.offset}: ${record.reason}`
    return describeFound('tensorboard-events', file, { fault, advice: eventAdvice })
  }
  return describeFound('tensorboard-events', file, { fault: null, advice: eventAdvice })
}
