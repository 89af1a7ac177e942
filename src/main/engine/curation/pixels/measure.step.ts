import { existsSync } from 'node:fs'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import * as z from 'zod'
import { checks, listChecksOf } from '#shared/domain/checks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerPool } from '#engine/base/threads/worker-pool.ts'
import { locateFile, locateRoot } from '#engine/data/catalogue/locate-file.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import { measureVersion } from '#engine/curation/pixels/domain/measure-pixels.ts'
import { pixelScorers, type PixelCheck } from '#engine/curation/pixels/domain/score-pixels.ts'
import { rangeSizes, type SizeRange } from '#engine/curation/pixels/domain/score-size.ts'
import {
  changedFiles,
  measureOutcome,
  type CompareFilesTask,
  type MeasureOutcome,
  type MeasureTask,
} from './measure-tasks.ts'
import type { ImageRoot, MeasuredRow, MeasureRepo, StandingImage } from './measure.repo.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import type { CheckScore, ScanOrder, ScanStep, ScanStepOutcome } from '#engine/curation/checks/scan-step.ts'

interface MeasureStepDeps {
  readonly measures: MeasureRepo
  readonly images: Pick<ImageStateService, 'noteMtime'>
  readonly scores: CheckScoreService
  /** On the entry `measure`. */
  readonly pool: WorkerPool
  readonly codec: ImageCodecName
  readonly projectFolder: string
}

/** Small enough to stop soon and to lose little. */
const filesPerTask = 16
/** Images whose scores stay below 20 ms in one transaction, numbers without an image included. */
const idsPerPage = 400

const pixelChecks = listChecksOf('pixels')

interface PendingImage extends StandingImage {
  /** When its file was changed, where that is another time than is known. */
  readonly seenMtimeMs: number | null
}

/** Files to be measured, and the images that they are of. */
export interface MeasureBatch extends MeasureTask {
  readonly images: readonly PendingImage[]
}

/** What decodes and measures the files of batches, in their order. */
export interface PictureReader {
  /** What the job says while it reads. */
  readonly phase: string
  readonly filesPerTask: number
  read(
    batches: AsyncIterable<MeasureBatch>,
    signal: AbortSignal,
  ): AsyncIterable<readonly [MeasureBatch, readonly MeasureOutcome[]]>
}

/**
 * Measures pixels, once for each version of an image and again where its file has gone or has another size or time, and scores
 * all pixel checks from what was measured.
 */
export class MeasureStep implements ScanStep {
  readonly source = 'pixels'
  readonly #deps: MeasureStepDeps

  constructor(deps: MeasureStepDeps) {
    this.#deps = deps
  }

  /** @param reader reads more than pixels of the pictures that it decodes; the own one where left out */
  async run(
    order: ScanOrder,
    context: JobContext,
    reader: PictureReader = this.#ownReader(),
  ): Promise<ScanStepOutcome> {
    const { measures } = this.#deps
    if (order.fresh.has('pixels')) await this.#forgetAll(context.signal)
    const missing = measures
      .listRoots()
      .filter((root) => !existsSync(locateRoot(root, this.#deps.projectFolder)))
    const worked = await this.#measureAll(missing, reader, context)
    for (const check of pixelChecks) if (order.checks.has(check)) await this.#score(check, context)
    if (measures.countMeasures() !== measures.countImages()) throw new Error('Images were left unmeasured')
    const reason = missing.map((root) => this.#explainMissing(root)).join(' ')
    return { worked, unavailable: new Map(reason === '' ? [] : [['unreadable', reason]]) }
  }

  /** Images of the catalogue, and those that could not be read when they were measured last. */
  count(): { images: number; unreadable: number } {
    const { measures } = this.#deps
    return { images: measures.countImages(), unreadable: measures.countProblems() }
  }

  async #forgetAll(signal: AbortSignal): Promise<void> {
    for (const page of this.#pages()) {
      signal.throwIfAborted()
      this.#deps.measures.forget(page)
      await yieldToEvents()
    }
  }

  #ownReader(): PictureReader {
    const { pool } = this.#deps
    return {
      phase: 'Measuring pixels',
      filesPerTask,
      read: (batches, signal) =>
        pool.map(batches, { name: 'measureImages', result: z.array(measureOutcome), signal }),
    }
  }

  async #measureAll(
    missing: readonly ImageRoot[],
    reader: PictureReader,
    { signal, report }: JobContext,
  ): Promise<number> {
    const total = this.#deps.measures.newestImage()
    let worked = 0
    const batches = this.#makeBatches(missing, { size: reader.filesPerTask, signal })
    for await (const [{ images }, outcomes] of reader.read(batches, signal)) {
      worked += this.#store(images, outcomes)
      report({ phase: reader.phase, done: images.at(-1)?.imageId ?? 0, total })
    }
    return worked
  }

  /** @returns how many images have another outcome than before. */
  #store(images: readonly PendingImage[], outcomes: readonly MeasureOutcome[]): number {
    const { measures, images: states, scores } = this.#deps
    const changed = images.flatMap((image, index) => {
      const outcome = outcomes[index]
      if (outcome === undefined) throw new Error(`No outcome for image ${image.imageId}`)
      const isKnown = outcome.kind === 'unreadable' && outcome.problem === image.problem
      return isKnown ? [] : [{ image, outcome }]
    })
    const ids = changed.map(({ image }) => image.imageId)
    measures.replace(
      changed.map(({ image: { imageId, pixelSha256 }, outcome }) => ({
        imageId,
        pixelSha256,
        version: measureVersion,
        ...(outcome.kind === 'measured'
          ? {
              phash: outcome.phash,
              grey: outcome.grey,
              measures: outcome.measures,
              problem: null,
            }
          : { phash: null, grey: null, measures: null, problem: outcome.problem }),
      })),
      () => {
        for (const check of pixelChecks) scores.forget(check, ids)
        for (const { image, outcome } of changed)
          if (outcome.kind === 'measured' && image.seenMtimeMs !== null)
            states.noteMtime(image.imageId, image.seenMtimeMs)
      },
    )
    return changed.length
  }

  async *#makeBatches(
    missing: readonly ImageRoot[],
    { size, signal }: { size: number; signal: AbortSignal },
  ): AsyncGenerator<MeasureBatch, void, void> {
    const { codec, measures } = this.#deps
    const away = new Set(missing.map((root) => locateRoot(root, this.#deps.projectFolder)))
    for (const page of this.#pages()) {
      const standing = measures
        .listStanding(page, measureVersion)
        // A disk that is not connected takes nothing away from what was measured.
        .filter((image) => !(image.isKnown && away.has(locateRoot(image, this.#deps.projectFolder))))
      const pending = [
        ...standing.flatMap((image) => (image.isDue ? [{ ...image, seenMtimeMs: null }] : [])),
        ...(await this.#findChanged(
          standing.filter(({ isDue }) => !isDue),
          signal,
        )),
      ]
      for (let from = 0; from < pending.length; from += size) {
        const images = pending.slice(from, from + size)
        const files = images.map((image) => ({
          file: locateFile(image, this.#deps.projectFolder),
          fileSha256: image.fileSha256,
        }))
        yield { codec, images, files }
      }
    }
  }

  /** Those of measured images whose files are not there or look changed; only these are read again. */
  async #findChanged(images: readonly StandingImage[], signal: AbortSignal): Promise<PendingImage[]> {
    if (images.length === 0) return []
    const task: CompareFilesTask = {
      files: images.map((image) => ({
        file: locateFile(image, this.#deps.projectFolder),
        bytes: image.bytes,
        mtimeMs: image.mtimeMs,
      })),
    }
    const call = { name: 'compareFiles', result: changedFiles, signal }
    return (await this.#deps.pool.run(task, call)).map(({ at, mtimeMs }) => {
      const image = images[at]
      if (image === undefined) throw new Error(`No image at ${at}`)
      return { ...image, seenMtimeMs: mtimeMs }
    })
  }

  #explainMissing(root: ImageRoot): string {
    return `The folder ${locateRoot(root, this.#deps.projectFolder)} (${root.datasets}) is not there, so its images stand as they were last measured. Connect it, then scan again.`
  }

  *#pages(): Generator<{ readonly after: number; readonly upTo: number }, void, void> {
    const newest = this.#deps.measures.newestImage()
    for (let after = 0; after < newest; after += idsPerPage) yield { after, upTo: after + idsPerPage }
  }

  /** Only images without a score: those measured anew have lost theirs. */
  async #score(check: PixelCheck, { jobId, signal, report }: JobContext): Promise<void> {
    const { measures, scores } = this.#deps
    const { version, comparesSizes } = pixelScorers[check]
    const sizes = comparesSizes === true ? await this.#readSizes(signal) : null
    const params = sizes === null ? {} : { quartiles: Object.fromEntries(sizes) }
    await scores.begin(check, { version, params, signal })
    const { code, title } = checks[check]
    const total = measures.newestImage()
    for (const page of this.#pages()) {
      signal.throwIfAborted()
      const found = measures.listUnscored(code, page).flatMap((row) => scoreRow(check, row, sizes))
      if (found.length > 0) scores.put(check, found)
      report({ phase: `Scoring: ${title}`, done: Math.min(total, page.upTo), total })
      await yieldToEvents()
    }
    scores.finish(check, { images: measures.countScored(code), jobId })
  }

  async #readSizes(signal: AbortSignal): Promise<Map<number, SizeRange>> {
    const byDataset = new Map<number, Map<number, number>>()
    for (const page of this.#pages()) {
      signal.throwIfAborted()
      for (const { datasetId, pixels, count } of this.#deps.measures.countSizes(page)) {
        const sizes = byDataset.get(datasetId) ?? new Map<number, number>()
        byDataset.set(datasetId, sizes.set(pixels, (sizes.get(pixels) ?? 0) + count))
      }
      await yieldToEvents()
    }
    return new Map([...byDataset].map(([datasetId, sizes]) => [datasetId, rangeSizes(sizes)]))
  }
}

function scoreRow(
  check: PixelCheck,
  { imageId, datasetId, ...image }: MeasuredRow,
  sizes: ReadonlyMap<number, SizeRange> | null,
): CheckScore[] {
  const scored = pixelScorers[check].score({ ...image, sizes: sizes?.get(datasetId) ?? null })
  return scored === null ? [] : [{ imageId, isFlagged: false, groupId: null, ...scored }]
}
