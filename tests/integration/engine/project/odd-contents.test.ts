import { existsSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { DecisionFormat } from '#shared/contract/decision.contract.ts'
import { imageColumns } from '#shared/domain/image-columns.ts'
import { encodeEvent } from '#engine/networks/tensorboard/event-message.ts'
import { frameRecord } from '#engine/networks/tensorboard/record-frames.ts'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { makePng } from '#tests/fixtures/pictures.ts'

const names = [
  'plain.png',
  '\u202e\u0007bell.png',
  'tab\there.png',
  '=1+1.png',
  'e\u0301.png',
  '__proto__/x.png',
]
const ages = ['1e308', '-0', 'NaN', 'Infinity', '9007199254740993', '5e-324']
const words = ['constructor', '__proto__', 'x'.repeat(5000), '=cmd', '\u202e', 'White']

/** A turned picture whose EXIF names a way round that there is not. */
async function makeOddlyTurned(): Promise<Buffer> {
  const bytes = await sharp(await makePng(40, 60, 9))
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  for (const [from, to] of [
    ['01120003000000010006', '01120003000000010009'],
    ['12010300010000000600', '12010300010000000900'],
  ] as const) {
    const at = bytes.indexOf(Buffer.from(from, 'hex'))
    if (at >= 0) bytes.set(Buffer.from(to, 'hex'), at)
  }
  expect((await sharp(bytes).metadata()).orientation).not.toBe(6)
  return bytes
}

const scalar = (step: number, value: number, tag: string): Uint8Array =>
  frameRecord(
    encodeEvent({ wallTime: 0, step, content: { kind: 'values', values: [{ kind: 'scalar', tag, value }] } }),
  )

// The router holds every answer against its contract, so that what was stored and cannot be read back fails here.
test('whatever odd files bring in can be read back by every list and every export', async () => {
  await using opened = await openProject()
  const { client, source, project } = opened
  const pictures = await Promise.all(
    names.map(async (name, seed) => [name, await makePng(40, 40, seed)] as const),
  )
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`
  const rows = names.map((name, at) => [
    name,
    ages[at] ?? '',
    words[at] ?? '',
    words.at(-at) ?? '',
    words[at] ?? '',
  ])
  writeFiles(source, {
    ...Object.fromEntries(pictures),
    'turned.jpg': await makeOddlyTurned(),
    'labels.csv': ['file,age,gender,race,identity', ...rows.map((row) => row.map(quote).join(','))].join(
      '\n',
    ),
  })
  const imported = await importFolder(client, { source, format: 'csv', labels: 'labels.csv' })
  expect(imported.imported).toBe(names.length + 1)

  writeFiles(project, {
    'in/decisions.csv': `image,action,note,reviewer,time\nplain.png,remove,${'n'.repeat(50_000)},${'r'.repeat(5000)},275760-09-13T00:00:00Z\n=1+1.png,keep,\u202e,\u0007,+010000-01-01T00:00:00Z\n`,
    'in/answers.csv':
      'file,race,gender,age,face_confidence\nplain.png,White,Male,1e308,2\ntab\there.png,constructor,__proto__,Infinity,-1\n=1+1.png,Black,Female,-3,1e999\n',
    'in/far.tfevents': Buffer.concat([
      scalar(2 ** 53 - 1, Number.NaN, 'constructor'),
      scalar(2 ** 53, 1, 'loss'),
      scalar(0, Number.POSITIVE_INFINITY, '\u202e'),
      scalar(1, 1e38, '__proto__'),
    ]),
  })
  expect(await client.decision.import({ file: join(project, 'in/decisions.csv') })).toMatchObject({
    changed: 2,
  })
  await client.baseline.import({ path: join(project, 'in/answers.csv'), kind: 'csv' })
  const { id: curvesId } = await client.run.importCurves({ path: join(project, 'in/far.tfevents') })

  const everything = { status: ['undecided', 'kept', 'removed'] as ('undecided' | 'kept' | 'removed')[] }
  const { items } = await client.image.query({ filter: everything, limit: 100 })
  expect(items).toHaveLength(names.length + 1)
  for (const { id } of items) await client.image.get({ imageId: id })
  const { cells } = await client.image.window({
    filter: everything,
    columns: [...imageColumns].slice(0, 100),
  })
  expect(cells).toHaveLength(names.length + 1)
  const [dataset] = await client.dataset.list()
  const lists = [
    client.image.facets({ filter: everything }),
    client.dataset.imports(),
    client.dataset.issues({ datasetId: dataset?.id ?? 0 }),
    client.decision.history({ limit: 10 }),
    client.baseline.list(),
    client.run.importedCurves(),
    client.run.curves({ curvesId }),
    client.job.list({}),
    client.check.list(),
    client.access.list({}),
    client.project.current(),
  ]
  for (const list of lists) expect(await list).toBeTruthy()
  for (const format of ['csv', 'fiftyone', 'label-studio'] satisfies DecisionFormat[]) {
    const file = join(project, `out.${format}`)
    expect(await client.decision.export({ file, format })).toMatchObject({ file })
  }
  for (const format of ['csv', 'parquet'] as const) {
    const file = join(project, `images.${format}`)
    await client.image.export({ file, format, filter: everything })
    expect(existsSync(file)).toBe(true)
  }
})
