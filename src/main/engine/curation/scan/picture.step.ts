import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { createWorkerPool, type WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ScanOrder, ScanStep, ScanStepOutcome } from '#engine/curation/checks/scan-step.ts'
import type { FacePass, FaceStep } from '#engine/curation/faces/faces.step.ts'
import type { MeasureBatch, MeasureStep, PictureReader } from '#engine/curation/pixels/measure.step.ts'
import type { PendingImage } from '#engine/curation/vectors/image-pages.ts'
import { readPicture, type ReadPicturesTask } from './picture-tasks.ts'

interface PictureStepDeps {
  readonly measureStep: Pick<MeasureStep, 'run'>
  readonly faceStep: Pick<FaceStep, 'beginPass'>
  readonly workers: WorkerLocator
  readonly cores: number
}

/** About a second of one thread: what a killed scan loses. */
const filesPerTask = 8

/**
 * The step of pixels. Where the scan looks for faces too, a picture that is wanted for both is decoded once and its faces are
 * stored on the way; the step of faces does what is left.
 */
export function createPictureStep({ measureStep, faceStep, workers, cores }: PictureStepDeps): ScanStep {
  return {
    source: 'pixels',
    async run(order: ScanOrder, context: JobContext): Promise<ScanStepOutcome> {
      const pass = order.sources.has('faces') ? await faceStep.beginPass(order, context) : null
      if (pass === null) return measureStep.run(order, context)
      await using pool = createWorkerPool({ workers, name: 'pictures', threads: cores })
      const looked = { count: 0 }
      try {
        const outcome = await measureStep.run(order, context, createReader(pass, pool, looked))
        return { ...outcome, ahead: { source: 'faces', worked: looked.count } }
      } catch (error) {
        // Weights that are missing keep nobody from measuring; the step of faces tells of them.
        if (!(error instanceof AppError) || error.code !== 'UNAVAILABLE') throw error
        return await measureStep.run({ ...order, fresh: new Set() }, context)
      }
    },
  }
}

interface ReadBatch extends ReadPicturesTask {
  readonly batch: MeasureBatch
  readonly lookedAt: readonly PendingImage[]
}

function createReader(pass: FacePass, pool: WorkerPool, looked: { count: number }): PictureReader {
  return {
    phase: 'Measuring pixels and looking for faces',
    filesPerTask,
    async *read(batches, signal) {
      const call = { name: 'readPictures', result: z.array(readPicture), signal }
      for await (const [{ batch, lookedAt }, answers] of pool.map(addFaces(batches, pass), call)) {
        const found = answers.flatMap(({ faces }) => (faces === null ? [] : [faces]))
        looked.count += pass.store(lookedAt, found)
        yield [batch, answers.map(({ measured }) => measured)]
      }
    },
  }
}

async function* addFaces(
  batches: AsyncIterable<MeasureBatch>,
  pass: FacePass,
): AsyncGenerator<ReadBatch, void, void> {
  for await (const batch of batches) {
    const { codec, images, files } = batch
    const ids = new Set(images.map(({ imageId }) => imageId))
    const page = { after: (images[0]?.imageId ?? 1) - 1, upTo: images.at(-1)?.imageId ?? 0 }
    const lookedAt = pass.listPending(page).filter(({ imageId }) => ids.has(imageId))
    const wanted = new Set(lookedAt.map(({ imageId }) => imageId))
    yield {
      codec,
      detector: pass.detector,
      threads: 1,
      files: files.map((file, at) => ({ ...file, isLookedAt: wanted.has(images[at]?.imageId ?? 0) })),
      batch,
      lookedAt,
    }
  }
}
