import { existsSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EngineClient } from '#tests/fixtures/engine.ts'
import { dumpCatalogue, importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg, makePng } from '#tests/fixtures/pictures.ts'

async function listLabels(client: EngineClient) {
  const { items } = await client.image.query({ sort: 'path' })
  const details = await Promise.all(items.map(({ id }) => client.image.get({ imageId: id })))
  return details.map(({ path, ageYears, ageBin, gender, race, identity }) => [
    path,
    ageYears ?? ageBin,
    gender,
    race,
    identity?.name ?? null,
  ])
}

const name = (labels: string) => `${labels}_20170116174525125.jpg.chip.jpg`

describe('importing UTKFace', () => {
  test('takes labels from the names, keeps provenance, and repeats without adding anything', async () => {
    await using opened = await openProject()
    const { client, project, source } = opened
    writeFiles(source, {
      [name('34_1_2')]: await makeJpeg(200, 200, 1),
      [`part2/${name('7_0_0')}`]: await makeJpeg(200, 200, 2),
      [name('61_1')]: await makeJpeg(200, 200, 3),
      'list.txt': 'no image',
      '.hidden.jpg': 'hidden',
    })
    const result = await importFolder(client, { source, format: 'utkface' })
    expect(result).toEqual({
      datasetId: 1,
      seen: 3,
      imported: 3,
      unchanged: 0,
      unlabelled: 0,
      otherFiles: [
        { ending: '.txt', files: 1 },
        { ending: 'hidden', files: 1 },
      ],
      skipped: [],
      repaired: [
        {
          file: name('61_1'),
          field: 'race',
          from: '61_1_20170116174525125',
          to: null,
          reason:
            'The race is missing from the name (age_gender_date). The image is kept with its race missing.',
        },
      ],
    })
    expect(await listLabels(client)).toEqual([
      [name('34_1_2'), 34, 'Female', 'Asian', null],
      [name('61_1'), 61, 'Female', null, null],
      [`part2/${name('7_0_0')}`, 7, 'Male', 'White', null],
    ])
    const [first] = (await client.image.query({})).items
    const { labels } = await client.image.get({ imageId: first?.id ?? 0 })
    expect(labels).toEqual(
      ['34', 'Female', 'Asian'].map((value, index) => ({
        task: ['age', 'gender', 'race'][index],
        value,
        source: 'import',
        sourceFile: name('34_1_2'),
        sourceColumn: 'file name',
        actor: 'utkface importer',
        at: expect.any(String),
      })),
    )

    const before = dumpCatalogue(project)
    expect(await importFolder(client, { source, format: 'utkface' })).toEqual({
      ...result,
      imported: 0,
      unchanged: 3,
    })
    expect(dumpCatalogue(project)).toEqual(before)
  })

  test('adds only what is new, and never overwrites a file that has changed', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      [name('20_0_0')]: await makeJpeg(64, 64, 1),
      [name('21_0_0')]: await makeJpeg(64, 64, 2),
    })
    await importFolder(client, { source, format: 'utkface' })
    const touched = new Date(Date.now() - 86_400_000)
    utimesSync(join(source, name('20_0_0')), touched, touched)
    writeFiles(source, {
      [name('21_0_0')]: await makeJpeg(80, 80, 3),
      [name('22_0_0')]: await makeJpeg(64, 64, 4),
    })
    const again = await importFolder(client, { source, format: 'utkface' })
    expect(again).toMatchObject({ seen: 3, imported: 1, unchanged: 1 })
    expect(again.skipped).toEqual([
      {
        file: name('21_0_0'),
        reason: expect.stringMatching(
          /^The file has changed since it was imported \(\d{4}-.+Z\), and imported images are not overwritten\. Import the folder under another name with --name\.$/,
        ),
      },
    ])
    expect((await client.dataset.issues({ datasetId: 1 })).skipped).toEqual(again.skipped)
    expect((await client.dataset.list())[0]).toMatchObject({ images: 3, skipped: 1, repaired: 0 })
  })
})

const fairfaceImages = async () => ({
  'train/1.jpg': await makeJpeg(64, 64, 1),
  'train/2.jpg': await makeJpeg(64, 64, 2),
  'val/1.jpg': await makeJpeg(64, 64, 3),
})

describe('importing FairFace', () => {
  test('a label file mangled by a spreadsheet gives the labels of the sound one, each repair told', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      ...(await fairfaceImages()),
      'fairface_label_train.csv':
        '\u{feff}file,age,gender,race,service_test\r\ntrain/1.jpg,03-Sep,Male,East Asian,FALSE\r\ntrain/2.jpg,Oct-19,Female,Latino_Hispanic,TRUE\r\n',
      'fairface_label_val.csv':
        'file,age,gender,race,service_test\nval/1.jpg,more than 70,Female,Black,FALSE\n',
      'canonical.csv':
        'file,age,gender,race,service_test\ntrain/1.jpg,3-9,Male,East Asian,False\ntrain/2.jpg,10-19,Female,Latino_Hispanic,True\nval/1.jpg,more than 70,Female,Black,False\n',
    })
    const mangled = await importFolder(client, { source, format: 'fairface' })
    expect(mangled).toMatchObject({ seen: 3, imported: 3, unlabelled: 0, skipped: [] })
    expect(mangled.repaired.map(({ file, from, to }) => [file, from, to])).toEqual([
      ['train/1.jpg', '03-Sep', '3-9'],
      ['train/2.jpg', 'Oct-19', '10-19'],
    ])
    const labels = await listLabels(client)
    expect(labels).toEqual([
      ['train/1.jpg', '3-9', 'Male', 'East Asian', null],
      ['train/2.jpg', '10-19', 'Female', 'Latino_Hispanic', null],
      ['val/1.jpg', '70+', 'Female', 'Black', null],
    ])
    const canonical = await importFolder(client, { source, format: 'fairface', labels: 'canonical.csv' })
    expect(canonical).toMatchObject({ imported: 0, unchanged: 3, repaired: [], skipped: [] })
    expect(await listLabels(client)).toEqual(labels)
  })

  test('files without a row are kept unlabelled; rows without a file are reported; labels found later are added', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      ...(await fairfaceImages()),
      'a.csv': 'file,age,gender,race\ntrain/1.jpg,20-29,Male,White\ntrain/9.jpg,20-29,Male,White\n',
      'b.csv':
        'file,age,gender,race\ntrain/1.jpg,20-29,Female,White\ntrain/2.jpg,25,Female,Indian\nval/1.jpg,,,\n',
    })
    const first = await importFolder(client, { source, format: 'fairface', labels: 'a.csv' })
    expect(first).toMatchObject({ seen: 3, imported: 3, unlabelled: 2 })
    expect(first.skipped).toEqual([
      {
        file: 'train/9.jpg',
        reason: 'Line 3 of a.csv names this file, but no such image was found in the folder.',
      },
    ])
    const second = await importFolder(client, { source, format: 'fairface', labels: 'b.csv' })
    expect(second).toMatchObject({ seen: 3, imported: 0, unchanged: 2, unlabelled: 1 })
    expect(second.skipped).toEqual([
      {
        file: 'train/1.jpg',
        reason: 'The label source has changed: gender Male (now Female). The imported labels are kept.',
      },
    ])
    expect((await client.dataset.issues({ datasetId: 1 })).skipped).toEqual(second.skipped)
    expect((await client.dataset.list())[0]).toMatchObject({ images: 3, skipped: 1 })
    expect(await listLabels(client)).toEqual([
      ['train/1.jpg', '20-29', 'Male', 'White', null],
      ['train/2.jpg', 25, 'Female', 'Indian', null],
      ['val/1.jpg', null, null, null, null],
    ])
    const third = await importFolder(client, { source, format: 'fairface', labels: 'a.csv' })
    expect(third.skipped.map(({ file }) => file)).toEqual(first.skipped.map(({ file }) => file))
    expect((await client.dataset.issues({ datasetId: 1 })).skipped).toEqual(third.skipped)
  })
})

describe('importing LFW', () => {
  test('folders are identities; gender comes from the lists, with or without extension, else stays missing', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      'A_B/A_B_0001.jpg': await makeJpeg(50, 50, 1),
      'A_B/A_B_0002.jpg': await makeJpeg(50, 50, 2),
      'C_D/C_D_0001.jpg': await makeJpeg(50, 50, 3),
      'E/E_0001.jpg': await makeJpeg(50, 50, 4),
      'female_names.txt': 'A_B_0001.jpg\nA_B_0002\nE_0001.jpg\n',
      'male_names.txt': 'E_0001\r\n',
    })
    const result = await importFolder(client, { source, format: 'lfw' })
    expect(await listLabels(client)).toEqual([
      ['A_B/A_B_0001.jpg', null, 'Female', null, 'A_B'],
      ['A_B/A_B_0002.jpg', null, 'Female', null, 'A_B'],
      ['C_D/C_D_0001.jpg', null, null, null, 'C_D'],
      ['E/E_0001.jpg', null, null, null, 'E'],
    ])
    expect(result.repaired.map(({ file, reason }) => [file, reason])).toEqual([
      [
        'C_D/C_D_0001.jpg',
        'The image stands in neither female_names.txt nor male_names.txt. Its gender is left missing.',
      ],
      [
        'E/E_0001.jpg',
        'The image stands in both female_names.txt and male_names.txt. Its gender is left missing.',
      ],
    ])
    expect((await client.dataset.list())[0]).toMatchObject({ images: 4, identities: 3 })
    expect(result.skipped).toEqual([])
  })

  test('tells of each list how many of its names have no image', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      'A_B/A_B_0001.jpg': await makeJpeg(40, 40, 1),
      'female_names.txt': 'A_B_0001.jpg\nF_G_0001.jpg\nH_I_0001\n',
      'male_names.txt': '\nK_L_0002.jpg\n',
    })
    const { imported, skipped } = await importFolder(client, { source, format: 'lfw' })
    expect({ imported, skipped }).toEqual({
      imported: 1,
      skipped: [
        {
          file: 'female_names.txt',
          reason:
            '2 names have no image in the folder, first F_G_0001. Complete the folder, or take them out of the list.',
        },
        {
          file: 'male_names.txt',
          reason:
            '1 name has no image in the folder, first K_L_0002. Complete the folder, or take them out of the list.',
        },
      ],
    })
  })
})

describe('importing class folders', () => {
  test.each([
    ['race', 'east_asian', { race: 'East Asian' }],
    ['gender', 'female', { gender: 'Female' }],
    ['age', '30-39', { ageBin: '30-39', ageYears: null }],
    ['identity', 'p01', { identity: { id: 1, name: 'p01', images: 1 } }],
  ] as const)('the first folder is the %s', async (folderTask, folder, expected) => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      [`${folder}/deeper/x.png`]: await makePng(40, 40),
      'zz.png': await makePng(40, 40, 2),
    })
    const result = await importFolder(client, { source, format: 'folder', folderTask })
    expect(result).toMatchObject({ imported: 2, unlabelled: 1 })
    expect(result.repaired).toEqual([
      {
        file: 'zz.png',
        field: folderTask,
        from: '',
        to: null,
        reason: `The image lies in no class folder. Its ${folderTask} is left missing.`,
      },
    ])
    expect(await client.image.get({ imageId: 1 })).toMatchObject(expected)
  })
})

describe('importing by a table', () => {
  test('columns are mapped by name; quoted line breaks, semicolons and emoji names are read', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      'a 😀.png': await makePng(40, 40, 1),
      'new\nline.png': await makePng(40, 40, 2),
      'labels.csv': 'bild;alter;wer\n"a 😀.png";34;ann\n"new\nline.png";2.5;bob\n',
    })
    const columns = { file: 'bild', age: 'alter', identity: 'wer' }
    const result = await importFolder(client, { source, format: 'csv', labels: 'labels.csv', columns })
    expect(result).toMatchObject({ imported: 2, skipped: [], repaired: [] })
    expect(await listLabels(client)).toEqual([
      ['a 😀.png', 34, null, null, 'ann'],
      ['new\nline.png', 2.5, null, null, 'bob'],
    ])
  })

  test('the usual column names need no mapping; rows may be relative to the label file', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      'images/x.png': await makePng(40, 40, 1),
      'labels.csv': 'Image,Sex,Ethnicity\nimages/x.png,F,black\nimages/x.png,M,black\n',
    })
    const result = await importFolder(client, {
      source: join(source, 'images'),
      format: 'csv',
      labels: join(source, 'labels.csv'),
    })
    expect(await listLabels(client)).toEqual([['x.png', null, 'Female', 'Black', null]])
    expect(result.skipped).toEqual([])
  })

  test("Excel's line of the separator is no header, and paths of another machine are met by their ends", async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const names = ['a/1.png', 'a/2.png', 'b/2.png', 'b/3.png']
    const pictures = await Promise.all(names.map((_, at) => makePng(40, 40, at)))
    writeFiles(source, Object.fromEntries(names.map((path, at) => [path, pictures[at] ?? ''])))
    const rows = [
      'sep=;',
      'img_path;age;gender',
      'C:\\Users\\ann\\faces\\a\\1.png;25;F',
      '2.png;26;F',
      'b/2.PNG;27;F',
      '3.png;28;M',
    ]
    writeFiles(source, { 'labels.csv': rows.join('\r\n') })
    const labels = join(source, 'labels.csv')
    const result = await importFolder(client, { source, format: 'csv', labels: [labels] })
    expect(await listLabels(client)).toEqual([
      ['a/1.png', 25, 'Female', null, null],
      ['a/2.png', null, null, null, null],
      ['b/2.png', 27, 'Female', null, null],
      ['b/3.png', 28, 'Male', null, null],
    ])
    expect(result.skipped).toEqual([
      {
        file: 'labels.csv, line 4',
        reason: 'The row names "2.png", which could mean a/2.png, b/2.png. Correct or remove it.',
      },
    ])
  })

  test('rows meet their pictures by every kind of path that tools write', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const names = ['1.png', 'a b (2).png', 'caf\u{e9}/3.png', 'val/4.png', 'val/5.png', '6.png']
    const pictures = await Promise.all(names.map((_, at) => makePng(40, 40, at)))
    writeFiles(source, Object.fromEntries(names.map((path, at) => [path, pictures[at] ?? ''])))
    const written = [
      ['/mnt/old machine/1.png', 21],
      ['/data/upload/3/0a1b2c3d-a_b_2.png', 22],
      ['C:\\faces\\cafe\u{301}\\3.PNG', 23],
      ['pictures/val/4.png', 24],
      ['train/5.png', 25],
      ['/mnt/other/9.png', 26],
    ] as const
    const rows = ['filepath|age', ...written.map(([path, age]) => `${path}|${age}`)]
    writeFiles(source, { 'labels.csv': rows.join('\n') })
    const result = await importFolder(client, { source, format: 'csv', labels: [join(source, 'labels.csv')] })
    const ages = (await listLabels(client)).map(([path, age]) => [path, age])
    expect(Object.fromEntries(ages)).toEqual({
      '1.png': 21,
      'a b (2).png': 22,
      'caf\u{e9}/3.png': 23,
      'val/4.png': 24,
      'val/5.png': null,
      '6.png': null,
    })
    expect(result.skipped.map(({ file }) => file).toSorted()).toEqual(['labels.csv, line 7', 'train/5.png'])
  })

  test('rows of FiftyOne name its folder `data`, which is none of the pictures that lie elsewhere where there is one', async () => {
    const readAges = async (names: readonly string[]) => {
      await using opened = await openProject()
      const { client, source } = opened
      const pictures = await Promise.all(names.map((_, at) => makePng(40, 40, at)))
      writeFiles(source, Object.fromEntries(names.map((path, at) => [path, pictures[at] ?? ''])))
      writeFiles(source, { 'labels.csv': 'filepath,age\ndata/4.png,24\ndata/6.png,26' })
      const labels = [join(source, 'labels.csv')]
      await importFolder(client, { source, format: 'csv', labels })
      return Object.fromEntries((await listLabels(client)).map(([path, age]) => [path, age]))
    }
    expect(await readAges(['val/4.png', 'val/6.png'])).toEqual({ 'val/4.png': 24, 'val/6.png': 26 })
    expect(await readAges(['val/4.png', 'data/6.png'])).toEqual({ 'val/4.png': null, 'data/6.png': 26 })
  })

  test('ages that look like codes of bins are left missing and told; with a decimal they are years', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const names = Array.from({ length: 5 }, (_, at) => `${at}.png`)
    const pictures = await Promise.all(names.map((_, at) => makePng(40, 40, at)))
    writeFiles(source, Object.fromEntries(names.map((path, at) => [path, pictures[at] ?? ''])))
    const write = (toAge: (at: number) => string): string => {
      writeFiles(source, {
        'labels.csv': ['file,age', ...names.map((path, at) => `${path},${toAge(at)}`)].join('\n'),
      })
      return join(source, 'labels.csv')
    }
    const codes = await importFolder(client, {
      source,
      format: 'csv',
      labels: [write(String)],
      name: 'codes',
    })
    expect(codes.repaired).toHaveLength(5)
    expect(codes.repaired[0]).toMatchObject({ field: 'age', from: '0', to: null })
    expect(codes.unlabelled).toBe(5)
    const years = await importFolder(client, {
      source,
      format: 'csv',
      labels: [write((at) => `${at}.0`)],
      name: 'years',
    })
    expect([years.repaired, years.unlabelled]).toEqual([[], 0])
  })

  test('a table that speaks of no image of the folder stops the import', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, { 'a/1.png': await makePng(40, 40, 1), 'labels.csv': 'file,age\nb/2.png,30\n' })
    const labels = [join(source, 'labels.csv')]
    await expect(importFolder(client, { source, format: 'csv', labels })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/No row of .*labels\.csv names an image.*first image is a\/1\.png/),
    })
    expect((await client.image.query({})).items).toEqual([])
  })

  test('no file of the folder goes without a word: pictures by other names are told, the rest is counted', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const jpeg = await makeJpeg(40, 40, 1)
    writeFiles(source, {
      'ok.jpg': jpeg,
      'a.mpo': await makeJpeg(40, 40, 2),
      noending: jpeg,
      'c.jpg!d': jpeg,
      'd.jpg%3Fw=200': jpeg,
      'e.pgm': 'P5 1 1 255\n0',
      'f.tga': Buffer.alloc(100),
      'notes.txt': 'no picture',
      'more/labels.CSV': 'file,age\n',
      'more/readme': 'no picture',
    })
    const result = await importFolder(client, { source, format: 'folder', folderTask: 'race' })
    expect(result).toMatchObject({ seen: 7, imported: 2 })
    expect(result.skipped.map(({ file }) => file)).toEqual([
      'c.jpg!d',
      'd.jpg%3Fw=200',
      'e.pgm',
      'f.tga',
      'noending',
    ])
    expect(result.skipped[0]?.reason).toBe(
      'Its content is a jpeg picture, but its name does not say so. Let it end in .jpeg and import again.',
    )
    expect(result.skipped[2]?.reason).toContain('a Netpbm image')
    expect(result.otherFiles).toEqual([
      { ending: '', files: 1 },
      { ending: '.csv', files: 1 },
      { ending: '.txt', files: 1 },
    ])
  })

  test('where rows disagree the label is left missing and every row is told; what they agree on stays', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      'x.png': await makePng(40, 40, 1),
      'labels.csv': 'file,gender,age,race\nx.png,F,20-29,White\nx.png,M,24,\nx.png,F,24,white\n',
    })
    const result = await importFolder(client, { source, format: 'csv', labels: 'labels.csv' })
    expect(result.repaired).toEqual([
      {
        file: 'x.png',
        field: 'gender',
        from: 'Female (labels.csv, line 2), Male (labels.csv, line 3), Female (labels.csv, line 4)',
        to: null,
        reason:
          'Rows of the label file give this image different labels. The label is left missing: correct or remove one of the rows.',
      },
    ])
    expect(await client.image.get({ imageId: 1 })).toMatchObject({
      gender: null,
      ageYears: 24,
      ageBin: '20-29',
      race: 'White',
    })
  })

  test('where rows disagree about a label imported earlier, that stays and the repair says so', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const bring = (labels: string) => {
      writeFiles(source, { 'labels.csv': labels })
      return importFolder(client, { source, format: 'csv', labels: 'labels.csv' })
    }
    writeFiles(source, { 'x.png': await makePng(40, 40, 1) })
    await bring('file,gender,race\nx.png,F,\n')
    const { repaired } = await bring('file,gender,race\nx.png,F,White\nx.png,M,Black\n')
    expect(repaired.map(({ field, reason }) => [field, reason])).toEqual([
      [
        'gender',
        'Rows of the label file give this image different labels. The label imported earlier is kept; decide it, or correct or remove one of the rows.',
      ],
      [
        'race',
        'Rows of the label file give this image different labels. The label is left missing: correct or remove one of the rows.',
      ],
    ])
    expect(await client.image.get({ imageId: 1 })).toMatchObject({ gender: 'Female', race: null })
  })
})

describe('where the files lie', () => {
  test('in place the source stays untouched and the project holds thumbnails alone', async () => {
    await using opened = await openProject()
    const { client, engine, project, source } = opened
    const bytes = await makeJpeg(300, 200, 1)
    writeFiles(source, { [name('20_0_0')]: bytes })
    await importFolder(client, { source, format: 'utkface' })
    expect(readFileSync(join(source, name('20_0_0')))).toEqual(bytes)
    expect(existsSync(join(project, 'originals'))).toBe(false)
    const [tile] = (await client.image.query({})).items
    if (tile === undefined) throw new Error('no image')
    expect(existsSync(join(project, 'thumbs', tile.thumb.slice(0, 2), `${tile.thumb}.webp`))).toBe(true)
    const image = await engine.media.image(tile.id)
    expect([image.contentType, Buffer.from(image.bytes)]).toEqual(['image/jpeg', bytes])
  })

  test('copied files outlive their source, and repeating the copy adds nothing', async () => {
    await using opened = await openProject()
    const { client, engine, project, source } = opened
    const bytes = await makeJpeg(300, 200, 1)
    writeFiles(source, { [`sub/${name('20_0_0')}`]: bytes })
    await importFolder(client, { source, format: 'utkface', copy: true })
    expect(await importFolder(client, { source, format: 'utkface', copy: true })).toMatchObject({
      unchanged: 1,
    })
    renameSync(source, `${source}-away`)
    const [tile] = (await client.image.query({})).items
    const image = await engine.media.image(tile?.id ?? (0 as never))
    expect(Buffer.from(image.bytes)).toEqual(bytes)
    expect(dumpCatalogue(project).root).toMatchObject([{ is_inside_project: 1 }])
  })

  test('a moved folder is named with what to do, and importing it from its new place links it again', async () => {
    await using opened = await openProject()
    const { client, engine, source } = opened
    writeFiles(source, { [name('20_0_0')]: await makeJpeg(300, 200, 1) })
    await importFolder(client, { source, format: 'utkface' })
    const [tile] = (await client.image.query({})).items
    const imageId = tile?.id ?? (0 as never)
    const moved = `${source}-moved`
    renameSync(source, moved)
    await expect(engine.media.image(imageId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `${join(source, name('20_0_0'))} is not there. The data set "faces" looks for its files in ${source}: put the folder back, or import it from its new place under the name "faces".`,
    })
    expect(await importFolder(client, { source: moved, format: 'utkface', name: 'faces' })).toMatchObject({
      imported: 0,
      unchanged: 1,
    })
    expect((await engine.media.image(imageId)).contentType).toBe('image/jpeg')
  })

  test('one name cannot stand for two folders', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, {
      [name('20_0_0')]: await makeJpeg(64, 64, 1),
      [`other/faces/${name('21_0_0')}`]: await makeJpeg(64, 64, 2),
    })
    await importFolder(client, { source, format: 'utkface' })
    await expect(
      client.dataset.import({ source: join(source, 'other/faces'), format: 'utkface' }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `There is already a data set named "faces" from ${source}. Give this import another name with --name.`,
    })
    await expect(client.dataset.import({ source, format: 'lfw' })).rejects.toMatchObject({
      message:
        'There is already a data set named "faces" of the format utkface. Give this import another name with --name.',
    })
    await expect(client.dataset.import({ source, format: 'utkface', copy: true })).rejects.toMatchObject({
      message:
        'There is already a data set named "faces" that refers to its files in place. Give this import another name with --name.',
    })
  })

  test('a thumbnail that is missing is drawn again; one whose image has changed is refused', async () => {
    await using opened = await openProject()
    const { client, engine, project, source } = opened
    writeFiles(source, { [name('20_0_0')]: await makeJpeg(300, 200, 1) })
    await importFolder(client, { source, format: 'utkface' })
    const [tile] = (await client.image.query({})).items
    const imageId = tile?.id ?? (0 as never)
    const thumb = tile?.thumb ?? ''
    const file = join(project, 'thumbs', thumb.slice(0, 2), `${thumb}.webp`)
    const sealBytes = 40
    const drawn = readFileSync(file).subarray(0, -sealBytes)
    writeFileSync(file, '')
    const again = await engine.media.thumbnail(imageId)
    expect([again.contentType, again.etag, Buffer.from(again.bytes)]).toEqual([
      'image/webp',
      `"thumb-${thumb}"`,
      drawn,
    ])
    writeFileSync(join(source, name('20_0_0')), await makeJpeg(300, 200, 9))
    await expect(engine.media.image(imageId)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(engine.media.thumbnail(9999 as never)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no image 9999 in this project.',
    })
  })
})
