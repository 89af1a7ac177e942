import { stringify } from 'csv-stringify/sync'
import type { ImageCell } from '#shared/contract/image.contract.ts'
import type { ImageColumn } from '#shared/domain/image-columns.ts'

const toText = (cell: ImageCell): string => (cell === null ? '' : String(cell))

/** One line per row under the columns' names; what a spreadsheet would take for a formula begins with an apostrophe. */
export async function* writeCsv(
  columns: readonly ImageColumn[],
  batches: AsyncIterable<readonly ImageCell[][]>,
): AsyncGenerator<Uint8Array, void, void> {
  yield Buffer.from(stringify([[...columns]]))
  for await (const rows of batches) {
    yield Buffer.from(
      stringify(
        rows.map((row) => row.map(toText)),
        { escape_formulas: true },
      ),
    )
  }
}
