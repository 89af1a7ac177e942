import { stringify } from 'csv-stringify/sync'
import { escapeControls, hasControls } from '#shared/domain/escape-controls.ts'

type Cell = string | number | boolean | null

const options = { escape_formulas: true, cast: { boolean: String } } as const
const showControls = (cell: Cell): Cell => (typeof cell === 'string' ? escapeControls(cell) : cell)

/**
 * One line per row under the columns' names; what a spreadsheet would take for a formula begins with an apostrophe,
 * and a terminal shows control characters instead of obeying them.
 */
export async function* csvChunks(
  columns: readonly string[],
  pages: AsyncIterable<Cell[][]>,
): AsyncGenerator<Uint8Array, void, void> {
  yield Buffer.from(stringify([columns]))
  for await (const rows of pages) {
    const text = stringify(rows, options)
    // Nearly no page has any, and a look at each of a million cells costs more than all the rest.
    yield Buffer.from(
      hasControls(text)
        ? stringify(
            rows.map((row) => row.map(showControls)),
            options,
          )
        : text,
    )
  }
}
