import { setImmediate as yieldToEvents } from 'node:timers/promises'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { checks, listChecksOf, type CheckId } from '#shared/domain/checks.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import type { CheckScore, ScanOrder, ScanStep, ScanStepOutcome } from '#engine/curation/checks/scan-step.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool, type WorkerPool } from '#engine/base/threads/worker-pool.ts'
import { faceChecksVersion, scoreFaces, type FaceCheck } from '#engine/curation/faces/domain/score-faces.ts'
import type { EmbeddingStoreService } from '#engine/curation/vectors/embedding-store.service.ts'
import { locateFile } from '#engine/data/catalogue/locate-file.ts'
import {
  drawingsOnly,
  faceSpace,
  faceVersion,
  hashFaceSource,
  nameDetector,
  type DetectorChoice,
} from '#engine/networks/faces/face-detection.ts'
import {
  facesOfImage,
  inspectedDetector,
  type FacesOfImage,
  type FindFacesTask,
  type InspectDetectorTask,
} from './face-tasks.ts'
import type { FaceMaker, FaceRepo } from './face.repo.ts'
import { listPages, type ImagePage, type PendingImage } from '#engine/curation/vectors/image-pages.ts'
import { descriptorSize } from '#engine/networks/architecture/face-resnet.ts'

interface FaceStepDeps {
  readonly faces: FaceRepo
  /** Whether the pictures of the project are generated drawings. */
  readonly isSynthetic: boolean
  readonly embeddings: EmbeddingStoreService
  readonly scores: Pick<CheckScoreService, 'begin' | 'put' | 'forget' | 'finish'>
  readonly projectFolder: string
  readonly workers: WorkerLocator
  readonly codec: ImageCodecName
  /** Threads that the detector may use in all. */
  readonly cores: number
  /** Has later scans use it too: told once it is known to be one. */
  readonly rememberDetector: (detector: ScanOrder['detector']) => void
}

const faceChecks = listChecksOf('faces')
/** About a second of one thread: what a killed scan loses. */
const imagesPerTask = 8

interface Detection extends FaceMaker {
  readonly choice: DetectorChoice
  readonly spaceId: number
}

/** Faces looked for in pictures that somebody else decodes. */
export interface FacePass {
  readonly detector: DetectorChoice
  /** Which of the images, by their numbers, no faces were looked for in yet. */
  listPending(page: ImagePage): readonly PendingImage[]
  /** @returns how many were stored. */
  store(pending: readonly PendingImage[], answers: readonly FacesOfImage[]): number
}

export interface FaceStep extends ScanStep {
  /** Begins what `run` will finish; null where faces are not looked for, for a reason that `run` tells. */
  beginPass(order: ScanOrder, context: JobContext): Promise<FacePass | null>
}

/** Looks for faces in every image that is new or has changed, describes the main one, and scores the checks of faces. */
export function createFaceStep(deps: FaceStepDeps): FaceStep {
  const listAsked = (order: ScanOrder) => faceChecks.filter((check) => order.checks.has(check))
  const openPool = () => createWorkerPool({ workers: deps.workers, name: 'faces', threads: deps.cores })
  return {
    source: 'faces',
    async run(order, context) {
      const asked = listAsked(order)
      if (deps.isSynthetic) return leaveUnchecked(asked, drawingsOnly)
      await using pool = openPool()
      try {
        const detection = await beginDetection(order, { deps, pool, context })
        const worked = await detectAll(detection, { deps, pool, context })
        for (const check of asked) await scoreAll(check, deps, context)
        return { worked, unavailable: new Map() }
      } catch (error) {
        return explainUnavailable(error, asked)
      }
    },
    async beginPass(order, context) {
      if (deps.isSynthetic) return null
      await using pool = openPool()
      try {
        const detection = await beginDetection(order, { deps, pool, context })
        return {
          detector: detection.choice,
          listPending: (page) => deps.faces.listPending(page, detection),
          store: (pending, answers) => storeFaces(pending, answers, { deps, detection }),
        }
      } catch (error) {
        explainUnavailable(error, [])
        return null
      }
    },
  }
}

/** Chooses the detector, and has images looked at again whose faces are not its own, or all where that is asked for. */
async function beginDetection(
  order: ScanOrder,
  { deps, pool, context: { signal } }: DetectionWork,
): Promise<Detection> {
  const choice = await chooseDetector(order.detector, pool, signal)
  deps.rememberDetector(order.detector)
  const detection = await prepareDetection(choice, deps.embeddings, signal)
  for (const check of faceChecks.filter((one) => order.checks.has(one))) {
    const params = { detector: detection.detector, faceVersion }
    await deps.scores.begin(check, { version: faceChecksVersion, params, signal })
  }
  if (order.fresh.has('faces')) await forgetFaces(deps.faces, signal)
  return detection
}

const leaveUnchecked = (asked: readonly CheckId[], reason: string): ScanStepOutcome => ({
  worked: 0,
  unavailable: new Map(asked.map((check) => [check, reason])),
})

/** Weights that are missing leave the checks unchecked; everything else, such as a file that is no detector, ends the scan. */
function explainUnavailable(error: unknown, asked: readonly CheckId[]): ScanStepOutcome {
  if (!(error instanceof AppError) || error.code !== 'UNAVAILABLE') throw error
  return leaveUnchecked(asked, error.message)
}

async function chooseDetector(
  detector: ScanOrder['detector'],
  pool: WorkerPool,
  signal: AbortSignal,
): Promise<DetectorChoice> {
  if (detector === null) return { kind: 'blaze' }
  if (detector === 'tiny') return { kind: 'tiny' }
  const task: InspectDetectorTask = { file: detector }
  const { sha256 } = await pool.run(task, { name: 'inspectDetector', result: inspectedDetector, signal })
  return { kind: 'file', file: detector, sha256 }
}

async function prepareDetection(
  choice: DetectorChoice,
  embeddings: EmbeddingStoreService,
  signal: AbortSignal,
): Promise<Detection> {
  const space = {
    name: faceSpace,
    modelId: null,
    dimensions: descriptorSize,
    version: faceVersion,
    sourceSha256: hashFaceSource(choice),
  }
  const { id: spaceId } = await embeddings.prepare(space, signal)
  return { choice, detector: nameDetector(choice), version: faceVersion, spaceId }
}

async function forgetFaces(faces: FaceRepo, signal: AbortSignal): Promise<void> {
  for (const page of listPages(faces.newestImage())) {
    signal.throwIfAborted()
    faces.forget(page)
    await yieldToEvents()
  }
}

interface DetectionWork {
  readonly deps: FaceStepDeps
  readonly pool: WorkerPool
  readonly context: JobContext
}

interface Chunk extends FindFacesTask {
  readonly pending: readonly PendingImage[]
}

async function detectAll(detection: Detection, { deps, pool, context }: DetectionWork): Promise<number> {
  const { faces } = deps
  const { signal, report } = context
  const newest = faces.newestImage()
  let total = 0
  for (const page of listPages(newest)) {
    signal.throwIfAborted()
    total += faces.listPending(page, detection).length
    await yieldToEvents()
  }
  let [done, worked] = [0, 0]
  report({ phase: 'Looking for faces', done, total })
  const chunks = listChunks(newest, { deps, detection })
  for await (const [{ pending }, answers] of pool.map(chunks, {
    name: 'findFaces',
    result: z.array(facesOfImage),
    signal,
  })) {
    worked += storeFaces(pending, answers, { deps, detection })
    done += pending.length
    report({ phase: 'Looking for faces', done, total })
  }
  return worked
}

/** A page is read when its turn comes, so that a large catalogue is never in memory. */
function* listChunks(
  newest: number,
  { deps, detection }: { deps: FaceStepDeps; detection: Detection },
): Generator<Chunk> {
  for (const page of listPages(newest)) {
    const pending = deps.faces.listPending(page, detection)
    for (let at = 0; at < pending.length; at += imagesPerTask) {
      const chunk = pending.slice(at, at + imagesPerTask)
      const images = chunk.map((image) => ({
        file: locateFile(image, deps.projectFolder),
        fileSha256: image.fileSha256,
      }))
      yield { codec: deps.codec, detector: detection.choice, threads: 1, images, pending: chunk }
    }
  }
}

/** An image that cannot be read keeps no row and is tried again by the next scan. @returns how many were stored. */
function storeFaces(
  pending: readonly PendingImage[],
  answers: readonly FacesOfImage[],
  { deps, detection }: { deps: FaceStepDeps; detection: Detection },
): number {
  const found = pending.flatMap(({ imageId, pixelSha256 }, at) => {
    const answer = answers[at]
    if (answer?.kind !== 'found') return []
    return [{ imageId, pixelSha256, faces: answer.faces, vector: answer.descriptor }]
  })
  // Scores of older pixels go first: an image without a score is what scoring looks for.
  for (const check of faceChecks)
    deps.scores.forget(
      check,
      pending.map(({ imageId }) => imageId),
    )
  deps.faces.put(found, detection, () => deps.embeddings.put(detection.spaceId, found))
  return found.length
}

async function scoreAll(
  check: FaceCheck,
  { faces, scores }: FaceStepDeps,
  context: JobContext,
): Promise<void> {
  const { signal, report, jobId } = context
  const newest = faces.newestImage()
  for (const page of listPages(newest)) {
    signal.throwIfAborted()
    const scored = faces
      .listUnscored(checks[check].code, page)
      .flatMap(({ imageId, faces: found }): CheckScore[] => {
        const result = scoreFaces(check, found)
        return result === null ? [] : [{ imageId, ...result, isFlagged: false, groupId: null }]
      })
    if (scored.length > 0) scores.put(check, scored)
    report({ phase: `Scoring: ${checks[check].title.toLowerCase()}`, done: page.upTo, total: newest })
    await yieldToEvents()
  }
  scores.finish(check, { images: faces.countImages(), jobId })
}
