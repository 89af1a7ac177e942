import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { finishJob } from '#tests/fixtures/jobs.ts'
import { importFolder, openProject, writeFiles, type ImportInput } from '#tests/fixtures/imports.ts'
import {
  drawQuarters,
  fromRgb,
  makeBlankPng,
  makeJpeg,
  makePng,
  svgWithEntity,
} from '#tests/fixtures/pictures.ts'

describe('a folder that cannot be imported', () => {
  test('a missing folder fails the call and names it', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    await expect(client.dataset.import({ source, format: 'utkface' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `There is no folder ${source}. Check the path.`,
    })
  })

  test('a file in place of a folder is named', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFileSync(source, 'x')
    await expect(client.dataset.import({ source, format: 'utkface' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `${source} is a file. Name the folder that holds the images.`,
    })
  })

  test('an empty folder fails the job, and no data set is left behind', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    mkdirSync(source)
    await expect(importFolder(client, { source, format: 'utkface' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `There are no image files in ${source}. Image files end in .jpg, .jpeg, .png, .webp, .gif, .tif, .tiff and .avif: check the folder.`,
    })
    expect(await client.dataset.list()).toEqual([])
  })
})

describe('files that cannot be imported', () => {
  test('each is skipped with its own reason, and everything else comes in', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const jpeg = await makeJpeg(200, 200, 1)
    writeFiles(source, {
      'broken/cut.jpg': jpeg.subarray(0, jpeg.length / 2),
      'broken/empty.jpg': '',
      'broken/huge.png': makeBlankPng(30_000, 30_000),
      'broken/text.jpg': 'only words\n',
      'broken/drawing.svg': svgWithEntity('/etc/passwd'),
      'broken/drawing.jpg': svgWithEntity('/etc/passwd'),
      'good.jpg': jpeg,
      'folder.jpg/inside.png': await makePng(40, 40),
      'notes.txt': 'not an image',
    })
    symlinkSync(join(source, 'nowhere.jpg'), join(source, 'broken/dangling.jpg'))
    symlinkSync(join(source, 'notes.txt'), join(source, 'notes'))
    symlinkSync(join(source, 'folder.jpg'), join(source, 'linked folder'))
    const result = await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    expect(result).toMatchObject({ seen: 10, imported: 2, unchanged: 0 })
    const link =
      'It is a symbolic link, and links are not followed. Import the folder it leads to, or copy the file here.'
    const svg = 'This is an SVG drawing, which is not read: convert it to JPEG or PNG.'
    expect(result.skipped).toEqual([
      {
        file: 'broken/cut.jpg',
        reason: expect.stringMatching(
          /^The jpeg file is cut off or damaged\. Get it again from its source, or remove it\.$/,
        ),
      },
      {
        file: 'broken/dangling.jpg',
        reason: link,
      },
      { file: 'broken/drawing.jpg', reason: svg },
      { file: 'broken/drawing.svg', reason: svg },
      { file: 'broken/empty.jpg', reason: 'The file is empty (0 bytes). Get it again from its source.' },
      {
        file: 'broken/huge.png',
        reason: 'The image has 30000 x 30000 pixels; the limit is 100 megapixels. Save it smaller.',
      },
      {
        file: 'broken/text.jpg',
        reason:
          'The content is not an image, whatever the name says. Images are jpeg, png, webp, gif, tiff, avif.',
      },
      { file: 'linked folder', reason: link },
    ])
    expect((await client.dataset.issues({ datasetId: 1 })).skipped).toEqual(result.skipped)
  })

  test('a file that was mended comes in on the next import, and its issue goes', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const input: ImportInput = { source, format: 'folder', folderTask: 'identity' }
    writeFiles(source, { 'p/a.jpg': '', 'p/b.jpg': await makeJpeg() })
    expect((await importFolder(client, input)).skipped).toHaveLength(1)
    writeFiles(source, { 'p/a.jpg': await makeJpeg(48, 32, 2) })
    expect(await importFolder(client, input)).toMatchObject({
      seen: 2,
      imported: 1,
      unchanged: 1,
      skipped: [],
    })
    expect(await client.dataset.issues({ datasetId: 1 })).toEqual({ skipped: [], repaired: [] })
  })

  test.runIf(process.platform === 'linux')('a name that is no UTF-8 is skipped by its bytes', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, { 'p/good.png': await makePng(40, 40) })
    execFileSync('sh', ['-c', `cp "$1/p/good.png" "$1/p/caf$(printf '\\351').png"`, 'sh', source])
    const result = await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    expect(result.skipped).toEqual([
      { file: String.raw`p/caf\xe9.png`, reason: 'Its name is not valid UTF-8. Rename it and import again.' },
    ])
  })
})

describe('unusual images', () => {
  test('CMYK, 16-bit, animated, transparent and turned images come in upright with their sizes', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const frames = Buffer.concat([drawQuarters(16, 16, 1), drawQuarters(16, 16, 2)])
    const sharp = (await import('sharp')).default
    writeFiles(source, {
      'p/alpha.png': await fromRgb(20, 10).ensureAlpha(0.5).png().toBuffer(),
      'p/animated.gif': await sharp(frames, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } })
        .gif()
        .toBuffer(),
      'p/cmyk.jpg': await fromRgb(20, 10).toColourspace('cmyk').jpeg().toBuffer(),
      'p/deep.png': await fromRgb(20, 10).toColourspace('rgb16').png().toBuffer(),
      'p/turned.jpg': await fromRgb(20, 10).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
      'p/two words\n😀.PNG': await makePng(20, 10),
    })
    const result = await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    expect(result).toMatchObject({ seen: 6, imported: 6, skipped: [] })
    const { items } = await client.image.query({ sort: 'path' })
    const details = await Promise.all(items.map(({ id }) => client.image.get({ imageId: id })))
    expect(
      details.map(({ path, width, height, format, exifOrientation }) => [
        path,
        width,
        height,
        format,
        exifOrientation,
      ]),
    ).toEqual([
      ['p/alpha.png', 20, 10, 'png', 1],
      ['p/animated.gif', 16, 16, 'gif', 1],
      ['p/cmyk.jpg', 20, 10, 'jpeg', 1],
      ['p/deep.png', 20, 10, 'png', 1],
      ['p/turned.jpg', 10, 20, 'jpeg', 6],
      ['p/two words\n😀.PNG', 20, 10, 'png', 1],
    ])
  })
})

describe('label files that do not fit', () => {
  const failing: [string, string, Partial<ImportInput>, string][] = [
    [
      'without the wanted column',
      'file,years\nx.png,3\n',
      { columns: { file: 'file', age: 'age' } },
      'The label file FILE has no column "age". Its columns are "file", "years". Name the right one.',
    ],
    [
      'without any known label',
      'file,size\nx.png,3\n',
      {},
      'No column of the label file FILE is known as a label. Its columns are "file", "size". Say which of them holds the race, gender, age or identity.',
    ],
    ['that is empty', '', {}, 'The label file FILE is empty. Name another with --labels.'],
    [
      'with a short row',
      'file,age\nx.png\n',
      {},
      'Line 2 of the label file FILE has another number of columns than the header. Correct that line and import again.',
    ],
    [
      'with an open quote',
      'file,age\n"x.png,3\n',
      {},
      expect.stringMatching(
        /^Line \d+ of the label file FILE cannot be read as CSV \(.+\)\. Correct that line/,
      ),
    ],
    [
      'in UTF-16',
      Buffer.from('\u{feff}file,age\nx.png,3\n', 'utf16le').toString('latin1'),
      {},
      'The label file FILE is in UTF-16. Save it as CSV in UTF-8 and import again.',
    ],
  ]

  test.each(failing)(
    'a label file %s fails the call and says what to do',
    async (_what, content, input, message) => {
      await using opened = await openProject()
      const { client, source } = opened
      writeFiles(source, { 'x.png': await makePng(40, 40), 'labels.csv': Buffer.from(content, 'latin1') })
      const error: unknown = await client.dataset
        .import({ source, format: 'csv', labels: 'labels.csv', ...input })
        .catch((reason: unknown) => reason)
      if (!(error instanceof Error)) throw new Error('the import was accepted')
      expect(error.message.replaceAll(join(source, 'labels.csv'), 'FILE')).toEqual(message)
      expect(error).toMatchObject({ code: 'INVALID_INPUT' })
    },
  )

  test('a missing label file, and a format that needs one or more words, say what to do', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, { 'x.png': await makePng(40, 40) })
    const messageOf = async (input: Omit<ImportInput, 'source'>): Promise<unknown> =>
      client.dataset.import({ source, ...input }).catch((error: Error) => error.message)
    expect(await messageOf({ format: 'csv', labels: 'none.csv' })).toBe(
      `There is no label file none.csv, neither in ${source} nor in the working folder. Check the path.`,
    )
    expect(await messageOf({ format: 'csv' })).toBe('For the format "csv" name the label file with --labels.')
    expect(await messageOf({ format: 'fairface' })).toBe(
      `There is no fairface_label_train.csv or fairface_label_val.csv in ${source}. Name the label file with --labels.`,
    )
    expect(await messageOf({ format: 'folder' })).toBe(
      'For the format "folder" say what the folder names are: race, gender, age or identity.',
    )
  })
})

describe('a project that cannot be written', () => {
  test('a failing write ends the job with the place and the reason, and resuming goes on', async () => {
    await using opened = await openProject()
    const { client, project, source } = opened
    writeFiles(source, { 'p/a.png': await makePng(40, 40) })
    const thumbs = join(project, 'thumbs')
    // A file where the folder should be fails every write below it, as a full or read-only disk does.
    execFileSync('rm', ['-r', thumbs])
    writeFileSync(thumbs, '')
    const { jobId } = await client.dataset.import({ source, format: 'folder', folderTask: 'identity' })
    expect(await finishJob(client, jobId)).toMatchObject({
      state: 'failed',
      error: {
        message: `Cannot make the folder ${thumbs}: a file of that name lies in its place. Move the file away.`,
      },
    })
    execFileSync('rm', [thumbs])
    await client.job.resume({ jobId })
    expect(await finishJob(client, jobId)).toMatchObject({
      state: 'succeeded',
      result: { imported: 1, unchanged: 0 },
    })
  })
})
