import * as z from 'zod'
import type { JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type {
  MapGrouping,
  MapGroups,
  MapPoints,
  MapRequest,
  MapResult,
} from '#shared/contract/map.contract.ts'
import type { JobContext, JobRunner } from '#engine/base/jobs/job.ts'
import { batchInTurns, pageInTurns, repeatInTurns, rowsPerTransaction } from '#engine/base/kernel/in-turns.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { fewestImages, mapAnswer, mapProgress, mapVersion, type MapTask } from './map-task.ts'
import type { ScanReportService } from '#engine/curation/checks/scan-report.service.ts'
import type { MapGroupRepo } from './map-group.repo.ts'
import type { MapPoint, MapRepo } from './map.repo.ts'
import type { VectorSource, VectorSpace } from '#engine/curation/vectors/vector-source.ts'

interface MapServiceDeps {
  readonly maps: MapRepo
  readonly reports: ScanReportService
  readonly groups: MapGroupRepo
  readonly vectors: Pick<VectorSource, 'listSpaces'>
  readonly jobs: JobRunner
  readonly workers: WorkerLocator
  /** Path of the catalogue's database file. */
  readonly catalogue: string
}

const rowsPerRead = 5000

/** A map without its report does not count: it is being replaced. */
const reportOf = (space: string): string => `map ${space}`
const facts = z.object({ seed: z.int(), revision: z.int() })

/** Maps of the images by likeness: one for each embedding space. */
export class MapService {
  readonly #deps: MapServiceDeps

  constructor(deps: MapServiceDeps) {
    this.#deps = deps
  }

  /** @throws AppError NOT_FOUND for an unknown space, PRECONDITION where too few images are embedded. */
  start({ space: name, seed = 0 }: MapRequest): { jobId: JobId } {
    const space = this.#choose(name)
    return { jobId: this.#deps.jobs.enqueue('map', { space: space.name, seed }).id }
  }

  /** The whole of the job; a map that stood before counts no more from its first written point on. */
  async make(
    { space: name, seed }: { readonly space: string; readonly seed: number },
    { signal, report }: JobContext,
  ): Promise<MapResult> {
    const { maps, reports, workers, catalogue } = this.#deps
    const space = this.#choose(name)
    const input: MapTask = { catalogue, spaceId: space.id, seed }
    const { imageIds, x, y } = await runWorker({
      workers,
      name: 'map',
      input,
      progress: mapProgress,
      result: mapAnswer,
      onProgress: report,
      signal,
    })
    reports.forget(reportOf(name))
    await repeatInTurns(() => maps.clearSome(space.id, rowsPerTransaction), signal)
    const points = Array.from(imageIds, (imageId, at): MapPoint => ({
      imageId,
      x: x[at] ?? 0,
      y: y[at] ?? 0,
    }))
    await batchInTurns(points.length, ({ from, to }) => maps.insert(space.id, points.slice(from, to)), {
      signal,
    })
    const result = { seed, revision: space.revision } satisfies z.input<typeof facts>
    reports.put(reportOf(name), { version: mapVersion, result })
    return { space: name, images: points.length }
  }

  /** @throws AppError NOT_FOUND for an unknown space. */
  async points(name: string | undefined, signal?: AbortSignal): Promise<MapPoints> {
    const { maps, reports, vectors } = this.#deps
    const space = name === undefined ? (vectors.listSpaces()[0] ?? null) : this.#find(name)
    const record = space === null ? null : reports.find(reportOf(space.name), facts)
    const points: MapPoints = {
      space: space?.name ?? null,
      madeAt: record?.madeAt ?? null,
      seed: record?.result.seed ?? null,
      isStale:
        record !== null && (record.version !== mapVersion || record.result.revision !== space?.revision),
      imageIds: [],
      x: [],
      y: [],
    }
    if (space === null || record === null) return points
    const read = (page: { after: number; limit: number }) => maps.readPoints(space.id, page)
    for await (const page of pageInTurns(read, { limit: rowsPerRead, signal })) {
      for (const { imageId, x, y } of page) {
        points.imageIds.push(imageId)
        points.x.push(Math.round(x * 1000) / 1000)
        points.y.push(Math.round(y * 1000) / 1000)
      }
    }
    return points
  }

  /** @throws AppError NOT_FOUND for an unknown space. */
  async groups(
    { space: name, by }: { readonly space?: string | undefined; readonly by: MapGrouping },
    signal?: AbortSignal,
  ): Promise<MapGroups> {
    const { groups, vectors } = this.#deps
    const space = name === undefined ? (vectors.listSpaces()[0] ?? null) : this.#find(name)
    const places = new Map<string | null, number>()
    const answer: MapGroups = { values: [], imageIds: [], valueOf: [] }
    if (space === null) return answer
    const read = (page: { after: number; limit: number }) => groups.read(space.id, { by, ...page })
    for await (const page of pageInTurns(read, { limit: rowsPerRead, signal })) {
      for (const { imageId, value } of page) {
        const place = places.get(value) ?? places.size
        if (place === places.size) {
          places.set(value, place)
          answer.values.push(value)
        }
        answer.imageIds.push(imageId)
        answer.valueOf.push(place)
      }
    }
    return answer
  }

  #find(name: string): VectorSpace {
    const space = this.#deps.vectors.listSpaces().find((one) => one.name === name)
    if (space !== undefined) return space
    throw new AppError('NOT_FOUND', `There is no embedding space "${name}".`, { details: { space: name } })
  }

  #choose(name: string | undefined): VectorSpace {
    const space = name === undefined ? this.#deps.vectors.listSpaces()[0] : this.#find(name)
    if (space !== undefined && space.images >= fewestImages) return space
    throw new AppError(
      'PRECONDITION',
      `A map needs embeddings of at least ${fewestImages} images; there are ${space?.images ?? 0}. Scan faces first, or embed the images with a trained model.`,
    )
  }
}
