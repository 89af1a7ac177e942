import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunId } from '#shared/contract/base.contract.ts'
import type { RunCheckpoint } from '#shared/contract/run.contract.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

/** Null for what is not there, or no longer. */
async function unlessMissing<Value>(path: string, read: () => Promise<Value>): Promise<Value | null> {
  try {
    return await read()
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return null
    throw mapSystemError(error, { action: 'read', path })
  }
}

async function describeFile(
  path: string,
  which: Pick<RunCheckpoint, 'kind' | 'epoch'>,
): Promise<RunCheckpoint[]> {
  const found = await unlessMissing(path, () => stat(path))
  return found === null ? [] : [{ ...which, bytes: found.size, at: found.mtime.toISOString() }]
}

/** The checkpoints that a run has on disk: the last, the best, then those kept every so many epochs. */
export async function listCheckpoints(projectFolder: string, runId: RunId): Promise<RunCheckpoint[]> {
  const folder = join(projectFolder, 'runs', String(runId))
  const epochsFolder = join(folder, 'epochs')
  const names = (await unlessMissing(epochsFolder, () => readdir(epochsFolder))) ?? []
  const epochs = names
    .flatMap((name) => /^(\d+)\.safetensors$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  const kept = await Promise.all(
    epochs.map((epoch) => describeFile(join(epochsFolder, `${epoch}.safetensors`), { kind: 'epoch', epoch })),
  )
  return [
    ...(await describeFile(join(folder, 'last.safetensors'), { kind: 'last', epoch: null })),
    ...(await describeFile(join(folder, 'best.safetensors'), { kind: 'best', epoch: null })),
    ...kept.flat(),
  ]
}
