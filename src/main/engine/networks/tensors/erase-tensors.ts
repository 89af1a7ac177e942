import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import type { PictureView } from '#engine/networks/faces/crop-face.ts'
import {
  listTensorRecords,
  locateTensorCache,
  recordBytes,
  tensorBytes,
  TensorCache,
} from './tensor-cache.ts'

interface TensorKind {
  readonly inputSize: number
  readonly view: PictureView
}

const views = ['whole', 'face'] as const
const cacheName = /^tensors-(\d+)-[0-9a-f]{8}\.(?:bin|index)$/

/**
 * Writes zeros over the tensors of these pictures and over their entries; files of an earlier preprocessing, which nobody
 * reads any more, are removed whole. Cut off at any moment and called again it ends in the same state.
 */
export async function eraseTensors(cacheFolder: string, pixelHashes: ReadonlySet<string>): Promise<void> {
  const names = await readdir(cacheFolder).catch((error: unknown) => {
    if (readSystemErrorCode(error) === 'ENOENT') return []
    throw error
  })
  const kinds = new Map<string, TensorKind>()
  for (const name of names) {
    const inputSize = Number(cacheName.exec(name)?.[1] ?? 0)
    if (inputSize === 0) continue
    const path = join(cacheFolder, name)
    const kind = views
      .map((view) => ({ inputSize, view }))
      .find((one) => Object.values(locateTensorCache(cacheFolder, one.inputSize, one.view)).includes(path))
    if (kind === undefined) await rm(path, { force: true })
    else kinds.set(JSON.stringify(kind), kind)
  }
  for (const kind of kinds.values()) await eraseIn(cacheFolder, kind, pixelHashes)
}

async function eraseIn(
  cacheFolder: string,
  kind: TensorKind,
  pixelHashes: ReadonlySet<string>,
): Promise<void> {
  // Opening cuts off what an unfinished writing left at the end, which no entry names.
  await using cache = await TensorCache.open(cacheFolder, kind.inputSize, kind.view)
  const { paths } = cache
  await using tensors = await open(paths.tensors, 'r+')
  await using index = await open(paths.index, 'r+')
  const bytes = tensorBytes(kind.inputSize)
  // An entry that was found damaged stands there still, beside the one that was made again.
  const found = listTensorRecords(await index.readFile()).filter(({ pixelSha256 }) =>
    pixelHashes.has(pixelSha256),
  )
  if (found.length === 0) return
  for (const { row } of found) await tensors.write(Buffer.alloc(bytes), 0, bytes, row * bytes)
  await tensors.datasync()
  for (const { row } of found) await index.write(Buffer.alloc(recordBytes), 0, recordBytes, row * recordBytes)
  await index.datasync()
}
