import { stringify } from 'csv-stringify/sync'
import { escapeControls } from '#shared/domain/escape-controls.ts'

type Cell = string | number | null

/** By hand, since a cast of the library's costs more for each cell than all the rest. */
const showControls = (cell: Cell): Cell => (typeof cell === 'string' ? escapeControls(cell) : cell)

/**
 * One line per row under the columns' names; what a spreadsheet would take for a formula begins with an apostrophe,
 * and a terminal shows control characters instead of obeying them.
 */
export async function* csvChunks(
  columns: readonly string[],
  pages: AsyncIterable<readonly (readonly Cell[])[]>,
): AsyncGenerator<Uint8Array, void, void> {
  yield Buffer.from(stringify([columns]))
  for await (const rows of pages)
    yield Buffer.from(
      stringify(
        rows.map((row) => row.map(showControls)),
        { escape_formulas: true },
      ),
    )
}
