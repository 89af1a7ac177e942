import { resolve } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { ImageCell, ImageExportRequest, ImageExportResult } from '#shared/contract/image.contract.ts'
import { defaultColumns, describeColumn, type ImageColumn } from '#shared/domain/image-columns.ts'
import type { ImageBrowseService } from './image-browse.service.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import { writeParquet } from './write-parquet.ts'

const rowsAtOnce = 1000

/** Writes images as CSV or Parquet. */
export class ImageExportService {
  readonly #images: ImageBrowseService

  constructor(deps: { images: ImageBrowseService }) {
    this.#images = deps.images
  }

  /** Throws CONFLICT when another file has that name; nothing is left behind by a failure. */
  async write(request: ImageExportRequest, signal?: AbortSignal): Promise<ImageExportResult> {
    const { filter, sort, direction, columns = defaultColumns, format } = request
    const ids = request.images ?? (await this.#images.matchIds(filter, { sort, direction }))
    const written = { rows: 0 }
    const batches = this.#read(ids, { columns, splitId: this.#images.splitOf(filter), written, signal })
    const typed = columns.map((name) => ({ name, type: describeColumn(name).type }))
    const chunks = format === 'csv' ? csvChunks(columns, batches) : writeParquet(typed, batches)
    const file = resolve(request.file)
    const { bytes, sha256 } = await writeNewFile(file, chunks)
    return { file, rows: written.rows, bytes, sha256 }
  }

  async *#read(
    ids: ArrayLike<number>,
    options: {
      readonly columns: readonly ImageColumn[]
      readonly splitId: number | null
      readonly written: { rows: number }
      readonly signal: AbortSignal | undefined
    },
  ): AsyncGenerator<ImageCell[][], void, void> {
    const { columns, splitId, written, signal } = options
    for (let start = 0; start < ids.length; start += rowsAtOnce) {
      signal?.throwIfAborted()
      const batch = Array.from(
        { length: Math.min(rowsAtOnce, ids.length - start) },
        (_, index) => ids[start + index] ?? 0,
      )
      const rows = this.#images.readCells(batch, { columns, splitId })
      written.rows += rows.length
      yield rows
      await yieldToEvents()
    }
  }
}
