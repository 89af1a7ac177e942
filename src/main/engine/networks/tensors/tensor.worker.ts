import { closeSync, openSync } from 'node:fs'
import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createImageCodec } from '#engine/base/media/create-image-codec.ts'
import type { ImageCodec, ImageCodecName } from '#engine/base/media/image-codec.ts'
import { readImageFile } from '#engine/base/media/read-image-file.ts'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'
import { readTensor, tensorBytes } from '#engine/networks/tensors/tensor-cache.ts'
import type { MakeTensorsTask, MadeTensor, VerifyTensorsTask } from '#engine/networks/tensors/tensor-tasks.ts'
import { packOutcome, type WorkerOutcome } from '#engine/base/threads/worker-outcome.ts'

let codec: Promise<ImageCodec> | undefined
const openCodec = (name: ImageCodecName): Promise<ImageCodec> => (codec ??= createImageCodec(name))

async function makeTensor(
  image: MakeTensorsTask['images'][number],
  task: MakeTensorsTask,
): Promise<MadeTensor> {
  try {
    const { bytes } = await readImageFile(image.file)
    if (hashBytes(bytes) !== image.fileSha256) {
      return { tensor: null, reason: 'The file has changed since it was imported.' }
    }
    const decoded = await (await openCodec(task.codec)).decode(bytes)
    return { tensor: resizeToPlanar(decoded, task.inputSize), reason: null }
  } catch (error) {
    if (error instanceof AppError) return { tensor: null, reason: error.message }
    throw error
  }
}

/** Decodes and resizes image files; one that cannot be used comes back with its reason. */
export function makeTensors(task: MakeTensorsTask): Promise<WorkerOutcome<MadeTensor[]>> {
  return packOutcome(async () => {
    const made: MadeTensor[] = []
    for (const image of task.images) made.push(await makeTensor(image, task))
    return made
  })
}

/** Positions among `rows` whose stored bytes are not those that were written. */
export function findDamagedTensors(task: VerifyTensorsTask): Promise<WorkerOutcome<number[]>> {
  return packOutcome(() => {
    const descriptor = openSync(task.file, 'r')
    try {
      const buffer = new Uint8Array(tensorBytes(task.inputSize))
      return task.rows.flatMap((row, position) => (readTensor(descriptor, row, buffer) ? [] : [position]))
    } finally {
      closeSync(descriptor)
    }
  })
}
