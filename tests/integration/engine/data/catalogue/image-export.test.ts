import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { imageColumns } from '#shared/domain/image-columns.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'

async function openFaces() {
  const opened = await openProject()
  const { client, source } = opened
  writeFiles(source, {
    '34_1_2_20170116174525125.jpg': await makeJpeg(40, 30, 1),
    '7_0_0_20170116174525125.jpg': await makeJpeg(30, 30, 2),
    '=2_1_3_20170116174525125.jpg': await makeJpeg(20, 30, 3),
  })
  await importFolder(client, { source, format: 'utkface', name: '=formula' })
  return { ...opened, folder: dirname(source) }
}

test('a CSV holds the chosen columns in order, and nothing that a spreadsheet would run', async () => {
  await using opened = await openFaces()
  const { client, folder } = opened
  const file = join(folder, 'out/faces.csv')
  const written = await client.image.export({
    filter: { search: 'age>5' },
    sort: 'age',
    direction: 'descending',
    columns: ['path', 'dataset', 'age_years', 'race', 'findings', 'identity_suspect', 'score:blurry'],
    format: 'csv',
    file,
  })
  const text = readFileSync(file)
  expect(written).toEqual({ file, rows: 2, bytes: text.byteLength, sha256: hashBytes(text) })
  expect(parse(text)).toEqual([
    ['path', 'dataset', 'age_years', 'race', 'findings', 'identity_suspect', 'score:blurry'],
    ['34_1_2_20170116174525125.jpg', "'=formula", '34', 'Asian', '', 'false', ''],
    ['7_0_0_20170116174525125.jpg', "'=formula", '7', 'White', '', 'false', ''],
  ])
})

test('a Parquet file gives every column back with its type', async () => {
  await using opened = await openFaces()
  const { client, folder } = opened
  const file = join(folder, 'faces.parquet')
  await client.image.export({ columns: [...imageColumns], format: 'parquet', file })
  const buffer = await asyncBufferFromFile(file)
  const rows = await parquetReadObjects({ file: buffer })
  const { cells } = await client.image.window({ columns: [...imageColumns] })
  expect(rows.map((row) => imageColumns.map((column) => row[column] ?? null))).toEqual(cells)
  const { schema } = await parquetMetadataAsync(buffer)
  expect(schema.slice(1).map(({ name }) => name)).toEqual([...imageColumns])
})

test('a selection is written in its own order, and an empty one as a table without rows', async () => {
  await using opened = await openFaces()
  const { client, folder } = opened
  const ids = (await client.image.query({})).items.map(({ id }) => id).toReversed()
  const file = join(folder, 'chosen.csv')
  await client.image.export({ images: ids, columns: ['id'], format: 'csv', file })
  expect(parse(readFileSync(file))).toEqual([['id'], ...ids.map((id) => [String(id)])])
  for (const format of ['csv', 'parquet'] as const) {
    const none = await client.image.export({
      filter: { race: ['Nobody'] },
      format,
      file: join(folder, `none.${format}`),
    })
    expect(none.rows).toBe(0)
  }
  const empty = await asyncBufferFromFile(join(folder, 'none.parquet'))
  expect(await parquetReadObjects({ file: empty })).toEqual([])
})

test('a file that exists is left alone, unless it is the same already', async () => {
  await using opened = await openFaces()
  const { client, folder } = opened
  const file = join(folder, 'faces.csv')
  const first = await client.image.export({ format: 'csv', file })
  expect(await client.image.export({ format: 'csv', file })).toEqual(first)
  writeFileSync(file, 'mine')
  await expect(client.image.export({ format: 'csv', file })).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(readFileSync(file, 'utf8')).toBe('mine')
  await expect(client.image.export({ format: 'csv', file: folder })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('a saved query keeps its view, its name is its own, and it can be forgotten', async () => {
  await using opened = await openFaces()
  const { client } = opened
  const view = {
    filter: { search: 'age>5', exclude: { race: ['White', null] } },
    sort: 'age',
    direction: 'descending',
    columns: ['id', 'score:blurry'],
  } as const
  const saved = await client.savedQuery.save({ name: ' Older ', view: structuredClone(view) as never })
  expect(saved).toMatchObject({ id: 1, name: 'Older', view })
  await expect(client.savedQuery.save({ name: 'Older', view: {} })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  const changed = await client.savedQuery.save({ name: 'Older', view: {}, replace: true })
  expect(changed.view).toEqual({ filter: {}, sort: 'id', direction: 'ascending', columns: null })
  await client.savedQuery.save({ name: 'another', view: {} })
  await expect(client.savedQuery.rename({ savedQueryId: 1, name: 'another' })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  await client.savedQuery.rename({ savedQueryId: 1, name: 'Zoo' })
  expect((await client.savedQuery.list()).map(({ name }) => name)).toEqual(['another', 'Zoo'])
  expect(await client.savedQuery.remove({ savedQueryId: 1 })).toEqual({ removed: true })
  expect(await client.savedQuery.remove({ savedQueryId: 1 })).toEqual({ removed: false })
  await expect(client.savedQuery.rename({ savedQueryId: 1, name: 'x' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('a stopped export leaves nothing behind', async () => {
  await using opened = await openFaces()
  const { client, folder } = opened
  const file = join(folder, 'stopped.csv')
  const stop = new AbortController()
  stop.abort()
  await expect(client.image.export({ format: 'csv', file }, { signal: stop.signal })).rejects.toThrow(
    'The call was cancelled.',
  )
  expect(existsSync(file)).toBe(false)
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
})
