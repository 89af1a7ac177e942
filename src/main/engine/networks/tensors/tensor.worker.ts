import { closeSync, openSync } from 'node:fs'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { openFaceCropper, type FaceCropper } from '#engine/networks/faces/crop-face.ts'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'
import { makeFacelessTensor, readTensor, tensorBytes } from '#engine/networks/tensors/tensor-cache.ts'
import type { MakeTensorsTask, MadeTensor, VerifyTensorsTask } from '#engine/networks/tensors/tensor-tasks.ts'
import { packOutcome, type WorkerOutcome } from '#engine/base/threads/worker-outcome.ts'

/** One thread each, as the pool has one for every core. */
const croppers = createOpenSlot<'face', FaceCropper>({
  open: () => openFaceCropper({ runtime: createOrtRuntime(), threads: 1 }),
  close: async (cropper) => cropper[Symbol.asyncDispose](),
})

async function makeTensor(
  image: MakeTensorsTask['images'][number],
  task: MakeTensorsTask,
): Promise<MadeTensor> {
  const decoded = await tryDecodeImportedImage(image, task.codec)
  if ('refusal' in decoded) return { tensor: null, reason: decoded.refusal }
  const { picture } = decoded
  if (task.view === 'whole') return { tensor: resizeToPlanar(picture, task.inputSize), reason: null }
  const found = await (await croppers.get('face')).crop(picture)
  return { tensor: found?.tensor ?? makeFacelessTensor(task.inputSize), reason: null }
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
