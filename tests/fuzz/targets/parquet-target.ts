import { parquetReadObjects } from 'hyparquet'
import * as z from 'zod'
import { writeParquet } from '#engine/data/catalogue/write-parquet.ts'
import { oddText } from '../../hostile/odd-values.ts'
import { pick } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { encodeText } from '../mutate.ts'

const row = z.tuple([z.int(), z.string().nullable(), z.number().nullable()])
const rowsOf = (bytes: Uint8Array) => z.array(row).parse(JSON.parse(new TextDecoder().decode(bytes)))

const columns = [
  { name: 'id', type: 'integer' },
  { name: 'path', type: 'text' },
  { name: 'age_years', type: 'number' },
] as const

/** Tables are written, never read: another reader must find in them what was put in. */
export const parquetTarget: FuzzTarget = {
  name: 'parquet',
  covers: [],
  good: () => [encodeText('[[1,"a.png",30.5],[2,null,null]]')],
  make: (random) =>
    encodeText(
      JSON.stringify(
        Array.from({ length: pick(random, [0, 1, 7, 300]) }, (_, index) => [
          index + 1,
          pick(random, [null, oddText(random).toWellFormed()]),
          pick(random, [null, 0, -0.5, 1e308, 5e-324]),
        ]),
      ),
    ),
  async read(bytes) {
    const rows = rowsOf(bytes)
    const parts: Uint8Array[] = []
    const batches = (async function* () {
      yield rows
    })()
    for await (const part of writeParquet(columns, batches)) parts.push(part)
    const file = Buffer.concat(parts)
    const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
    const read = rows.length === 0 ? [] : await parquetReadObjects({ file: buffer })
    const expected = rows.map(([id, path, years]) => ({ id, path, age_years: years }))
    promise(JSON.stringify(read) === JSON.stringify(expected), 'another reader finds other cells')
  },
}
