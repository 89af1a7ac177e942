import { existsSync } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { IntegrityCheck, IntegrityKind } from '#shared/contract/integrity.contract.ts'
import { readFailure } from '#shared/contract/errors.ts'
import type { CatalogueCopy } from '#shared/contract/project.contract.ts'
import {
  describeHashCheck,
  describeNotRecorded,
  type CheckContext,
} from '#engine/base/integrity/integrity-source.ts'
import { isWhatItsNameSays, readNamedHash } from '#engine/base/integrity/named-hash.ts'
import { toStoredPath, type StoredFiles } from '#engine/base/integrity/stored-files.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { readRecord, locateRecord } from '#engine/project/copies/copy-record.ts'
import { isCheckedOtherwise, kindOfFile } from '#engine/project/integrity/domain/file-kinds.ts'

interface FileSources {
  readonly projectFolder: string
  readonly storedFiles: StoredFiles
  readonly models: Pick<ModelService, 'listFiles' | 'listRecordedFiles'>
  readonly listCopies: () => Promise<CatalogueCopy[]>
}

const fileAdvice: Partial<Record<IntegrityKind, string>> = {
  'tensorboard-events':
    'TensorBoard shows what is left of it; runs and models do not depend on it. Put it back from a copy of the project folder.',
  'exported-model': 'Do not hand it out. Export the model again under another name.',
  'parity-certificate': 'Do not hand it out. Export the model again under another name.',
}
const otherwise =
  'Put the file back from a copy of the project folder, or make it anew; it is refused where it is used.'
const copyAdvice = 'Make a new copy (evenhand backup) and delete this one; it is refused by evenhand restore.'
const strangerAdvice =
  'Evenhand did not write this file and does not use it. Move it away if you do not know it.'
const cacheAdvice = 'Nothing to do: it is made again when it is next needed.'

async function checkHash(
  kind: IntegrityKind,
  { file, expected, advice }: { file: string; expected: string; advice: string },
): Promise<IntegrityCheck> {
  try {
    return describeHashCheck(kind, { subject: file, expected, found: await hashFile(file), advice })
  } catch (error) {
    const failure = readFailure(mapSystemError(error, { action: 'read', path: file }))
    if (failure === null) throw error
    return { kind, subject: file, expected, found: failure.message, holds: false, advice }
  }
}

/** Files that were recorded one by one, and those of models and exports. */
async function* checkRecorded(
  { projectFolder, storedFiles, models }: FileSources,
  { signal, report }: CheckContext,
): AsyncGenerator<IntegrityCheck, void, void> {
  const recorded = new Map(models.listRecordedFiles().map(({ file, sha256 }) => [file, sha256]))
  for (const { file, sha256 } of storedFiles.list()) recorded.set(file, sha256)
  let done = 0
  for (const [file, expected] of recorded) {
    signal.throwIfAborted()
    const kind = kindOfFile(toStoredPath(projectFolder, file)) ?? 'exported-model'
    yield await checkHash(kind, { file, expected, advice: fileAdvice[kind] ?? otherwise })
    report((done += 1), recorded.size)
  }
  for (const { kind, file } of models.listFiles()) {
    if (recorded.has(file)) continue
    if (existsSync(file)) yield describeNotRecorded(kind, file)
    else yield { kind, subject: file, expected: 'the file', found: 'none', holds: false, advice: otherwise }
  }
}

async function* checkCopies(
  { listCopies }: FileSources,
  { signal }: CheckContext,
): AsyncGenerator<IntegrityCheck, void, void> {
  for (const { file, sha256 } of await listCopies()) {
    signal.throwIfAborted()
    if (sha256 !== null) yield await checkHash('copy', { file, expected: sha256, advice: copyAdvice })
    else yield describeNotRecorded('copy', file)
    const record = locateRecord(file)
    if (!existsSync(record)) continue
    const fault = await readRecord(file).then(
      () => null,
      (error: unknown) => readFailure(error) ?? Promise.reject(error),
    )
    const told = 'its own SHA-256'
    yield {
      kind: 'copy-record',
      subject: record,
      expected: told,
      found: fault === null ? told : fault.message,
      holds: fault === null,
      advice: fault === null ? null : copyAdvice,
    }
  }
}

/** Every file below a folder, as a path within it with '/'. */
async function* walkFiles(folder: string, below = ''): AsyncGenerator<string, void, void> {
  for await (const entry of await opendir(join(folder, below))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield* walkFiles(folder, path)
    else yield path
  }
}

/** A file of which nothing was recorded: null where it is checked in another way. @param path within the project */
function describeStray(file: string, path: string): IntegrityCheck | null {
  const kind = kindOfFile(path)
  // Events carry checksums of their own, also those that nobody came to record.
  if (isCheckedOtherwise(path) || kind === 'tensorboard-events') return null
  if (kind !== null && kind !== 'exported-model' && kind !== 'model' && kind !== 'model-weights')
    return describeNotRecorded(kind, file)
  const unknown = { expected: null, found: null, holds: null }
  return { kind: 'unexpected-file', subject: file, ...unknown, advice: strangerAdvice }
}

/** Caches that bear their hash in their name, and files that nobody recorded. */
async function* checkFolder(
  { projectFolder, storedFiles, models }: FileSources,
  { signal }: CheckContext,
): AsyncGenerator<IntegrityCheck, void, void> {
  const known = new Set([...storedFiles.list(), ...models.listRecordedFiles()].map(({ file }) => file))
  const listed = new Set(models.listFiles().map(({ file }) => file))
  for await (const path of walkFiles(projectFolder)) {
    signal.throwIfAborted()
    const file = join(projectFolder, path)
    const named = readNamedHash(path)
    if (path.startsWith('cache/') && named !== null) {
      const holds = await isWhatItsNameSays(file)
      const found = holds ? named : 'other bytes'
      const advice = holds ? null : cacheAdvice
      yield { kind: 'vector-index', subject: file, expected: named, found, holds, advice }
    } else if (!known.has(file) && !listed.has(file)) {
      const stray = describeStray(file, path)
      if (stray !== null) yield stray
    }
  }
}

export async function* checkFiles(
  sources: FileSources,
  context: CheckContext,
): AsyncGenerator<IntegrityCheck, void, void> {
  yield* checkRecorded(sources, context)
  yield* checkCopies(sources, context)
  yield* checkFolder(sources, context)
}
