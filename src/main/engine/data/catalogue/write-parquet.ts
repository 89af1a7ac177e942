import { ByteWriter, ParquetWriter, schemaFromColumnData, type ColumnSource } from 'hyparquet-writer'
import type { ImageCell } from '#shared/contract/image.contract.ts'
import type { ColumnSpec } from '#shared/domain/image-columns.ts'

const parquetTypes = {
  text: 'STRING',
  integer: 'INT32',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
} as const satisfies Record<ColumnSpec['type'], ColumnSource['type']>

/** Rows of one group, which readers fetch at once. */
const groupRows = 10_000

interface ParquetColumn {
  readonly name: string
  readonly type: ColumnSpec['type']
}

const toSources = (columns: readonly ParquetColumn[], rows: readonly ImageCell[][]): ColumnSource[] =>
  columns.map(({ name, type }, index) => ({
    name,
    type: parquetTypes[type],
    data: rows.map((row) => row[index] ?? null),
  }))

/** Columns of fixed types in groups of 10,000 rows; empty cells are null. */
export async function* writeParquet(
  columns: readonly ParquetColumn[],
  batches: AsyncIterable<readonly ImageCell[][]>,
): AsyncGenerator<Uint8Array, void, void> {
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: toSources(columns, []) }),
  })
  /** What was written since the last time; the writer goes on counting from where it stands. */
  const take = (): Uint8Array => {
    const taken = bytes.getBytes().slice()
    bytes.index = 0
    return taken
  }
  let group: ImageCell[][] = []
  for await (const rows of batches) {
    group.push(...rows)
    if (group.length < groupRows) continue
    await writer.write({ columnData: toSources(columns, group), rowGroupSize: groupRows })
    group = []
    yield take()
  }
  if (group.length > 0) await writer.write({ columnData: toSources(columns, group), rowGroupSize: groupRows })
  await writer.finish()
  yield take()
}
