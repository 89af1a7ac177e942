import type { ImageCell } from '#shared/contract/image.contract.ts'
import type { ImageColumn } from '#shared/domain/image-columns.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'

const toText = (cell: ImageCell): string => (cell === null ? '' : String(cell))

export async function* writeCsv(
  columns: readonly ImageColumn[],
  batches: AsyncIterable<readonly ImageCell[][]>,
): AsyncGenerator<Uint8Array, void, void> {
  async function* listRows() {
    for await (const rows of batches) yield rows.map((row) => row.map(toText))
  }
  yield* csvChunks(columns, listRows())
}
