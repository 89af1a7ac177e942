import { setImmediate as yieldToEvents } from 'node:timers/promises'
import * as z from 'zod'
import type { MeasurePortraitsResult } from '#shared/contract/audit.contract.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { listPages } from '#engine/curation/vectors/image-pages.ts'
import { locateFile } from '#engine/data/catalogue/locate-file.ts'
import { portraitOutcome, type MeasurePortraitsTask, type PortraitOutcome } from './portrait-task.ts'
import type { PendingPortrait, PortraitRepo } from './portrait.repo.ts'

interface PortraitsJobDeps {
  readonly portraits: PortraitRepo
  readonly projectFolder: string
  readonly workers: WorkerLocator
  readonly codec: ImageCodecName
  /** Threads in all. */
  readonly cores: number
}

const input = z.object({})
/** A second of one thread or less: what a killed job loses. */
const imagesPerTask = 16

interface Batch extends MeasurePortraitsTask {
  readonly pending: readonly PendingPortrait[]
}

/** Measures faces and backgrounds that were not measured yet; called again it goes on with what is left. */
export function createPortraitsJob(
  deps: PortraitsJobDeps,
): JobHandler<z.infer<typeof input>, MeasurePortraitsResult> {
  return {
    kind: 'portraits',
    input,
    changes: ['datasets'],
    title: () => 'Measure skin, face quality and background',
    run: async (_asked, context) => {
      const measured = await measureAll(deps, context)
      return { measured, unreadable: deps.portraits.countUnreadable() }
    },
  }
}

/** @returns how many images were measured. */
async function measureAll(deps: PortraitsJobDeps, { signal, report }: JobContext): Promise<number> {
  const { portraits, workers, cores } = deps
  const newest = portraits.newestImage()
  let total = 0
  for (const page of listPages(newest)) {
    signal.throwIfAborted()
    total += portraits.listPending(page).length
    await yieldToEvents()
  }
  let [done, measured] = [0, 0]
  report({ phase: 'Measuring faces and backgrounds', done, total })
  await using pool = createWorkerPool({ workers, name: 'portraits', threads: cores })
  const call = { name: 'measurePortraits', result: z.array(portraitOutcome), signal }
  for await (const [{ pending }, outcomes] of pool.map(listBatches(deps, newest), call)) {
    store(portraits, pending, outcomes)
    done += pending.length
    measured += outcomes.filter(({ kind }) => kind === 'measured').length
    report({ phase: 'Measuring faces and backgrounds', done, total })
  }
  return measured
}

/** A page is read when its turn comes, so that a large catalogue is never in memory. */
function* listBatches(
  { portraits, projectFolder, codec }: PortraitsJobDeps,
  newest: number,
): Generator<Batch> {
  for (const page of listPages(newest)) {
    const pending = portraits.listPending(page)
    for (let at = 0; at < pending.length; at += imagesPerTask) {
      const own = pending.slice(at, at + imagesPerTask)
      const images = own.map((image) => ({
        file: locateFile(image, projectFolder),
        fileSha256: image.fileSha256,
        faces: image.faces,
      }))
      yield { codec, images, pending: own }
    }
  }
}

function store(
  portraits: PortraitRepo,
  pending: readonly PendingPortrait[],
  outcomes: readonly PortraitOutcome[],
): void {
  portraits.put(
    pending.map(({ imageId, pixelSha256, detector, facesVersion }, at) => {
      const outcome = outcomes[at]
      if (outcome === undefined) throw new Error(`No outcome for image ${imageId}`)
      const isMeasured = outcome.kind === 'measured'
      return {
        imageId,
        pixelSha256,
        detector,
        facesVersion,
        measures: isMeasured ? outcome.measures : null,
        problem: isMeasured ? null : outcome.problem,
      }
    }),
  )
}
