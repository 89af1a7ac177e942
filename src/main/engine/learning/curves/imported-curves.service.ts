import { basename, resolve } from 'node:path'
import type { Curve, CurveImport, CurvesId, ImportedCurves } from '#shared/contract/curves.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ImportedCurvesRepo, ImportedCurvesRow } from './imported-curves.repo.ts'
import { readCurves } from '#engine/networks/tensorboard/read-curves.ts'

interface ImportedCurvesDeps {
  readonly curves: ImportedCurvesRepo
  readonly workers: WorkerLocator
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Curves of other programs, kept beside the runs. */
export class ImportedCurvesService {
  readonly #deps: ImportedCurvesDeps

  constructor(deps: ImportedCurvesDeps) {
    this.#deps = deps
  }

  /** Throws as `readCurveFiles` does. */
  async import(
    { path, name }: CurveImport,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<ImportedCurves> {
    const { curves, workers, now, publishChange } = this.#deps
    const source = resolve(path)
    const read = await runWorker({
      workers,
      name: 'curves',
      input: { path: source },
      result: readCurves,
      signal,
    })
    const id = curves.insert(
      {
        name: name ?? basename(source),
        source,
        sourceSha256: read.sha256,
        notes: read.notes,
        createdAt: formatTimestamp(now()),
      },
      read.curves,
    )
    publishChange(['runs'])
    return this.get(id)
  }

  /** Newest first. */
  list(): ImportedCurves[] {
    return this.#deps.curves.list().map((row) => this.#describe(row))
  }

  /** Throws NOT_FOUND. */
  get(id: CurvesId): ImportedCurves {
    const row = this.#deps.curves.find(id)
    if (row !== undefined) return this.#describe(row)
    throw new AppError('NOT_FOUND', `There are no imported curves ${id}. List them to see which there are.`, {
      details: { curvesId: id },
    })
  }

  /** The points of the named tags, or of all; tags that are not there are left out. Throws NOT_FOUND. */
  read(id: CurvesId, tags?: readonly string[]): Curve[] {
    this.get(id)
    return this.#deps.curves
      .curves(id)
      .filter(({ tag }) => tags === undefined || tags.includes(tag))
      .map(({ tag, points }) => ({
        tag,
        points: Array.from({ length: points.length / 2 }, (_, index) => {
          const value = points[index * 2 + 1]
          const isNumber = value !== undefined && Number.isFinite(value)
          return { step: points[index * 2] ?? 0, value: isNumber ? value : null }
        }),
      }))
  }

  #describe({ sourceSha256, ...row }: ImportedCurvesRow): ImportedCurves {
    return { ...row, sha256: sourceSha256, tags: this.#deps.curves.tags(row.id) }
  }
}
