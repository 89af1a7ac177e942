import { stringify } from 'csv-stringify/sync'
import { escapeControls } from '#shared/domain/escape-controls.ts'

type Cell = string | number | null

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
    yield Buffer.from(escapeControls(stringify([...rows], { escape_formulas: true })))
}
