import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { datasetId } from '#shared/contract/base.contract.ts'
import { splitRequest, type SplitRequest } from '#shared/contract/split.contract.ts'
import { openSplitCatalogue, type TestImage } from '#tests/fixtures/split-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

/** Twelve images of two data sets; the third and the ninth are one picture, the fourth and fifth near copies. */
const images: TestImage[] = Array.from({ length: 12 }, (_, index) => ({
  dataset: index < 6 ? 1 : 2,
  path: `${index}.png`,
  file: index === 8 ? 'picture 2' : `picture ${index}`,
}))

async function openTwelve(folder: string) {
  const catalogue = openSplitCatalogue(folder)
  catalogue.addImages(images)
  catalogue.markNear([4, 5])
  const make = (request: Partial<SplitRequest>) => catalogue.makeSplit(request)
  const write = async (rows: readonly string[], header = 'image,part') => {
    const file = join(folder, 'published.csv')
    await writeFile(file, [header, ...rows].join('\n'))
    return { kind: 'file', file } as const
  }
  return { ...catalogue, make, write, [Symbol.dispose]: () => catalogue[Symbol.dispose]() }
}

describe('a split that others made', () => {
  it('is taken over as it is: groups it cuts, names it does not know and images it leaves out are counted', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    const source = await catalogue.write([
      'faces/0.png,train',
      '1.png,Training',
      '2.png,train',
      '3.png,train',
      '4.png,test',
      '=more/8.png,test',
      '9.png,valid',
      'nowhere.png,train',
    ])
    const made = await catalogue.make({ source })
    expect(made.parts).toEqual({
      train: { images: 4, groups: 4 },
      val: { images: 1, groups: 1 },
      test: { images: 2, groups: 2 },
    })
    expect(made.plan).toMatchObject({
      algorithm: 'evenhand-adopted/1',
      cutGroups: 1,
      imported: {
        from: 'published.csv',
        rows: 8,
        unknown: 1,
        unknownLines: [9],
        ambiguous: 0,
        notNamed: 5,
      },
    })
    await expect(catalogue.splits.getVerified(made.splitId)).resolves.toMatchObject({ hash: made.hash })
    // A name in a file that somebody gives may be that of a picture which is erased.
    expect(JSON.stringify(made)).not.toContain('nowhere')
  })

  it('has the parts that the words of the user name, whatever others mean by them', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    const source = await catalogue.write(['0.png,dev', '1.png,dev', '9.png,test'])
    const made = await catalogue.make({ source: { ...source, words: { train: 'Dev' } } })
    expect(made.parts).toMatchObject({ train: { images: 2 }, val: { images: 0 }, test: { images: 1 } })
    await expect(
      catalogue.make({ source: { ...source, words: { train: 'dev', val: 'dev' } } }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('two parts, train and val'),
    })
  })

  it('tells a path that two data sets have from one that none has', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    catalogue.addImages([{ dataset: 2, path: '0.png', file: 'another picture' }])
    const source = await catalogue.write(['0.png,train', '1.png,train', '9.png,test', 'nowhere.png,test'])
    const { plan } = await catalogue.make({ source })
    expect(plan?.imported).toMatchObject({ unknown: 1, unknownLines: [5], ambiguous: 1, ambiguousLines: [2] })
  })

  it('is refused with what counts for planned splits alone, or with a data set that is not there', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    const source = await catalogue.write(['0.png,train', '1.png,test'])
    const ask = (request: Partial<SplitRequest>) => () =>
      catalogue.splits.create(splitRequest.parse({ source, ...request }))
    expect(ask({ strata: ['race'] })).toThrow('leave out strata')
    expect(ask({ source: { kind: 'datasets', parts: { test: [datasetId.parse(99)] } } })).toThrow(
      'There is no data set 99',
    )
  })

  it('may be data sets as parts, with a part that stays empty', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    const made = await catalogue.make({
      source: { kind: 'datasets', parts: { train: [catalogue.dataset(1)], test: [catalogue.dataset(2)] } },
    })
    expect(made.parts.val).toEqual({ images: 0, groups: 0 })
    expect(made.ratios).toEqual({ train: 0.5, val: 0, test: 0.5 })
    expect(made.plan).toMatchObject({ cutGroups: 1, bound: { val: null } })
  })

  it.each([
    [['0.png,train', '0.png,test', '1.png,test'], '1 images stand in two parts of the split file'],
    [['0.png,train', '1.png,elsewhere'], '1 rows of the split file'],
    [['a.png,train', 'b.png,test'], 'None of the 2 names in the split file'],
    [['0.png,train', '1.png,train'], 'A split has at least two parts with images'],
  ])('is refused with what is wrong with it: %j', async (rows, words) => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    await expect(catalogue.make({ source: await catalogue.write(rows) })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(words),
    })
    expect(catalogue.splits.list()).toEqual([])
  })

  it('is refused where a file is not the one that it names by its hash, or a column is missing', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    const other = await catalogue.write([`0.png,train,${'0'.repeat(64)}`, '1.png,test,'], 'image,part,sha256')
    await expect(catalogue.make({ source: other })).rejects.toThrow('have other files here than')
    const bare = await catalogue.write(['0.png,train'], 'image,fold')
    await expect(catalogue.make({ source: bare })).rejects.toThrow('has no column "part"')
  })

  it('comes back from its own export, as CSV, with the same parts', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    const planned = await catalogue.make({})
    const file = join(folder.path, 'own.csv')
    await catalogue.splits.export(planned.splitId, { file, format: 'csv' })
    const again = await catalogue.make({ source: { kind: 'file', file } })
    expect(again.parts).toEqual(planned.parts)
    expect(again.plan).toMatchObject({ cutGroups: 0, imported: { unknown: 0, notNamed: 0 } })
  })
})

describe('a planned split', () => {
  it('keeps near copies that a scan found in one part, and says which images were not compared', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    const { plan, splitId } = await catalogue.make({ seed: 3 })
    expect(plan).toMatchObject({ tied: { near: 2, file: 2 }, notCompared: 10, cutGroups: 0 })
    const parts = catalogue.partsOf(splitId)
    expect(parts.get('4.png')).toBe(parts.get('5.png'))
    expect(parts.get('2.png')).toBe(parts.get('8.png'))
  })

  it('keeps the images of an inferred person in one part, with what hangs together with each', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    catalogue.markPerson([1, 2, 5, 10])
    const { plan, splitId } = await catalogue.make({ seed: 3 })
    expect(plan).toMatchObject({ tied: { near: 2, file: 2, person: 4 }, cutGroups: 0 })
    const parts = catalogue.partsOf(splitId)
    const together = [1, 2, 4, 5, 8, 10].map((number) => parts.get(`${number}.png`))
    expect(new Set(together).size).toBe(1)
  })

  it('keeps an earlier test part, and lets what belongs to it join it', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    const first = await catalogue.make({ datasets: [catalogue.dataset(1)], seed: 5 })
    const kept = [...catalogue.partsOf(first.splitId)].filter(([, part]) => part === 'test')
    const copyOf = kept[0]?.[0].replace('.png', '') ?? ''
    catalogue.addImages([{ dataset: 2, path: 'copy.png', file: `picture ${copyOf}` }])
    const second = await catalogue.make({ keepTestOf: first.splitId })
    const parts = catalogue.partsOf(second.splitId)
    for (const [path] of kept) expect(parts.get(path)).toBe('test')
    expect(parts.get('copy.png')).toBe('test')
    expect(second.plan?.keptTest).toEqual({
      hash: first.hash,
      kept: kept.length,
      gone: 0,
      joined: second.parts.test.images - kept.length,
    })
    expect(second.parts.train.images).toBeGreaterThan(0)
    expect(second.parts.val.images).toBeGreaterThan(0)
  })

  it('counts aloud the races that its labels have no word for', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    catalogue.addImages([
      { dataset: 2, path: 'x.png', race: 'Asian' },
      { dataset: 2, path: 'y.png', race: 'Asian' },
    ])
    const { plan } = await catalogue.make({})
    expect(plan?.lostLabels).toEqual([{ dataset: '=more', label: 'Asian', images: 2 }])
    expect(plan?.missing.race).toBe(2)
  })

  it('is written as Parquet with the same rows as CSV, a missing label as null', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = await openTwelve(folder.path)
    catalogue.addImages([{ dataset: 1, path: 'z.png', race: null }])
    const { splitId } = await catalogue.make({})
    const file = join(folder.path, 'split.parquet')
    await catalogue.splits.export(splitId, { file, format: 'parquet' })
    const bytes = await readFile(file)
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    })
    expect(rows).toHaveLength(13)
    expect(rows.find(({ image }) => image === 'faces/z.png')).toMatchObject({ race: null, gender: 'Male' })
  })
})
