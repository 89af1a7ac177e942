import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { eraseTensors } from '#engine/networks/tensors/erase-tensors.ts'
import {
  listTensorRecords,
  locateTensorCache,
  tensorBytes,
  TensorCache,
} from '#engine/networks/tensors/tensor-cache.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const side = 8
const [erased, kept] = ['a'.repeat(64), 'b'.repeat(64)]

it('faces of erased pictures are overwritten as whole pictures are, and files of an older crop go', async () => {
  using folder = makeTemporaryFolder()
  for (const view of ['whole', 'face'] as const) {
    await using cache = await TensorCache.open(folder.path, side, view)
    await cache.append(
      [erased, kept].map((pixelSha256) => ({
        pixelSha256,
        tensor: new Uint8Array(tensorBytes(side)).fill(7),
      })),
    )
  }
  const old = join(folder.path, `tensors-${side}-00000000.bin`)
  writeFileSync(old, 'of a former version')
  await eraseTensors(folder.path, new Set([erased]))
  expect(existsSync(old)).toBe(false)
  for (const view of ['whole', 'face'] as const) {
    const { tensors, index } = locateTensorCache(folder.path, side, view)
    const bytes = readFileSync(tensors)
    expect(new Set(bytes.subarray(0, tensorBytes(side)))).toEqual(new Set([0]))
    expect(new Set(bytes.subarray(tensorBytes(side)))).toEqual(new Set([7]))
    expect(listTensorRecords(readFileSync(index)).map(({ pixelSha256 }) => pixelSha256)).toEqual([
      '0'.repeat(64),
      kept,
    ])
  }
})
