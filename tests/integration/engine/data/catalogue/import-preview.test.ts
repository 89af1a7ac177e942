import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dumpCatalogue, importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'

const makeFaces = async (paths: readonly string[]): Promise<Record<string, Buffer>> =>
  Object.fromEntries(
    await Promise.all(paths.map(async (path, seed) => [path, await makeJpeg(40, 30, seed)] as const)),
  )

describe('the preview of an import', () => {
  test('shows twelve pictures with the labels that the import then stores, and how many cannot be read', async () => {
    await using opened = await openProject()
    const { client, project, source } = opened
    const names = Array.from(
      { length: 30 },
      (_, at) => `${20 + at}_${at % 2}_3_20170116174525${100 + at}.jpg`,
    )
    writeFiles(source, {
      ...(await makeFaces(names)),
      '19_0_0_20170116174525000.jpg': 'cut off',
      'notes.txt': '-',
    })
    const preview = await client.dataset.preview({ source })
    expect(preview).toMatchObject({
      format: 'utkface',
      toldBy: 'names of files as age_gender_race_date',
      images: 31,
      otherFiles: [{ ending: '.txt', files: 1 }],
      unreadable: { value: 1 / 31, n: 31 },
      problems: [{ file: '19_0_0_20170116174525000.jpg', reason: expect.stringContaining('not an image') }],
      refusal: null,
    })
    expect(preview.samples).toHaveLength(12)
    expect(preview.samples.map(({ picture }) => picture?.slice(0, 23) ?? null)).toEqual([
      null,
      ...Array.from({ length: 11 }, () => 'data:image/webp;base64,'),
    ])
    expect(dumpCatalogue(project)).toMatchObject({ dataset: [], image: [], importIssue: [] })

    await importFolder(client, { source, format: 'utkface' })
    const { items } = await client.image.query({})
    const stored = await Promise.all(items.map(({ id }) => client.image.get({ imageId: id })))
    for (const { file, ageYears, gender, race } of preview.samples.slice(1))
      expect(stored.find(({ path }) => path === file)).toMatchObject({ ageYears, gender, race })
  })

  test('names the columns of a table and which are read, also where the import as asked would be refused', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      ...(await makeFaces(['a.jpg', 'b.jpg'])),
      'labels.csv': 'picture;years;sex;folk\na.jpg;31;F;White\nb.jpg;02-Mar;M;martian\n',
    })
    const unclear = await client.dataset.preview({ source })
    expect(unclear).toMatchObject({
      format: 'csv',
      tables: [{ file: 'labels.csv', columns: ['picture', 'years', 'sex', 'folk'], read: { gender: 'sex' } }],
      refusal: expect.stringContaining('has no column "file"'),
    })
    expect(unclear.samples.map(({ gender }) => gender)).toEqual([null, null])
    expect((await client.dataset.preview({ source, format: 'csv' })).tables).toEqual(unclear.tables)
    const columns = { file: 'picture', age: 'years', gender: 'sex', race: 'folk' }
    const named = await client.dataset.preview({ source, format: 'csv', labels: 'labels.csv', columns })
    expect(named).toMatchObject({
      tables: [{ read: columns }],
      samples: [
        { file: 'a.jpg', ageYears: 31, gender: 'Female', race: 'White', notes: [] },
        {
          file: 'b.jpg',
          gender: 'Male',
          race: null,
          notes: [expect.anything(), expect.stringContaining('martian')],
        },
      ],
      refusal: null,
    })
  })

  test('tells a folder by its names: people, classes, and nothing where nothing tells', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const look = async (name: string, paths: readonly string[]) => {
      writeFiles(join(source, name), await makeFaces(paths))
      const { format, folderTask, refusal, samples } = await client.dataset.preview({
        source: join(source, name),
      })
      return {
        format,
        folderTask,
        isRefused: refusal !== null,
        first: samples[0]?.identity ?? samples[0]?.race,
      }
    }
    expect(await look('lfw', ['Ann_Lee/Ann_Lee_0001.jpg', 'Bo_Ek/Bo_Ek_0001.jpg'])).toEqual({
      format: 'lfw',
      folderTask: null,
      isRefused: false,
      first: 'Ann_Lee',
    })
    expect(await look('race', ['Black/1.jpg', 'White/1.jpg'])).toEqual({
      format: 'folder',
      folderTask: 'race',
      isRefused: false,
      first: 'Black',
    })
    expect(await look('people', ['p1/1.jpg', 'p2/1.jpg'])).toMatchObject({
      format: 'folder',
      folderTask: 'identity',
    })
    const asked = await client.dataset.preview({ source: join(source, 'race'), format: 'folder' })
    expect(asked).toMatchObject({ folderTask: 'race', refusal: null })
    expect(await look('flat', ['1.jpg', '2.jpg'])).toMatchObject({ format: null, isRefused: true })
  })
})
