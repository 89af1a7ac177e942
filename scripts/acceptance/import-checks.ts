import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import * as z from 'zod'
import {
  datasetSummary,
  importRecord,
  importResult,
  type ImportResult,
} from '../../src/shared/contract/dataset.contract.ts'
import { splitResult } from '../../src/shared/contract/split.contract.ts'
import { require, type Checklist } from './checklist.ts'
import { readSplit, type Product, type SplitRow } from './product.ts'

export interface Site {
  readonly product: Product
  readonly faces: string
  readonly checks: Checklist
}

interface Imported {
  readonly project: string
  readonly result: ImportResult
}

async function importInto(product: Product, project: string, argv: readonly string[]): Promise<ImportResult> {
  return product.run(importResult, ['import', ...argv, '--project', project])
}

/** Splits the project's images and reads the export: the one document that shows every image with its labels. */
export async function exportSplit(
  product: Product,
  project: string,
  name = 'all',
): Promise<{ hash: string; file: string; rows: SplitRow[] }> {
  const { hash } = await product.run(splitResult, ['split', 'create', '--name', name, '--project', project])
  const file = join(product.folder, `${name}-${project.split('/').at(-1)}.csv`)
  await product.run(z.object({ rows: z.int() }), [
    'split',
    'export',
    name,
    '--out',
    file,
    '--project',
    project,
  ])
  return { hash, file, rows: readSplit(file) }
}

const validUtkfaceName = /^\d{1,3}_[01]_[0-4]_\d{17}\.jpg\.chip\.jpg$/
const raceless = /^\d{1,3}_[01]_\d+\.jpg/

export async function checkUtkface({ product, faces, checks }: Site): Promise<Imported | null> {
  const source = join(faces, 'utkface')
  const files = readdirSync(source).filter((name) => /\.jpe?g$/i.test(name))
  const malformed = files.filter((name) => !validUtkfaceName.test(name)).toSorted()
  return checks.check('UTKFace import: all seen, each malformed name told, nothing lost', async () => {
    const project = await product.makeProject('utkface')
    const result = await importInto(product, project, [source, '--format', 'utkface'])
    require(result.seen === files.length, `saw ${result.seen} of ${files.length} files`)
    require(result.imported + result.skipped.length ===
      result.seen, `${result.imported} imported and ${result.skipped.length} skipped of ${result.seen}`)
    const told = [...result.skipped, ...result.repaired]
    const named = [...new Set(told.map(({ file }) => file))].toSorted()
    require(JSON.stringify(named) ===
      JSON.stringify(malformed), `told ${named.join(', ')}; malformed are ${malformed.join(', ')}`)
    const withoutReason = told.filter((entry) => !('reason' in entry) || entry.reason === '')
    require(withoutReason.length === 0, `${withoutReason.length} without a reason`)
    const detail = `${result.seen} seen, ${result.imported} imported, ${named.length} malformed told with a reason`
    return { detail, value: { project, result } }
  })
}

export async function checkUtkfaceLabels(
  { product, checks }: Site,
  { project }: Imported,
): Promise<string | null> {
  return checks.check('UTKFace labels: as the names say', async () => {
    const { rows, file } = await exportSplit(product, project)
    const races = ['White', 'Black', 'Asian', 'Indian', 'Others']
    const wrong = rows.filter(({ image, race, gender }) => {
      const name = image.split('/').at(-1) ?? ''
      const [, sex, code] = name.split('_')
      const expected = raceless.test(name) ? '' : races[Number(code)]
      return race !== expected || gender !== (sex === '0' ? 'Male' : 'Female')
    })
    require(wrong.length === 0, `${wrong.length} differ, such as ${wrong[0]?.image}`)
    const unlabelled = rows.filter(({ race }) => race === '').length
    return { detail: `${rows.length} images equal, ${unlabelled} with race missing`, value: file }
  })
}

export async function checkRepeat(
  { product, faces, checks }: Site,
  { project, result }: Imported,
): Promise<void> {
  await checks.check('UTKFace again: the second import adds nothing', async () => {
    const again = await importInto(product, project, [join(faces, 'utkface'), '--format', 'utkface'])
    require(again.imported === 0, `${again.imported} imported`)
    require(again.unchanged === result.imported, `${again.unchanged} unchanged of ${result.imported}`)
    return { detail: `${again.unchanged} unchanged`, value: null }
  })
}

const canonicalRow = z.object({ file: z.string(), age: z.string(), gender: z.string(), race: z.string() })

function readCanonical(folder: string): Map<string, z.infer<typeof canonicalRow>> {
  const rows = ['train', 'val'].flatMap((part) =>
    z
      .array(canonicalRow)
      .parse(parse(readFileSync(join(folder, `fairface_label_${part}_canonical.csv`)), { columns: true })),
  )
  return new Map(rows.map((row) => [row.file, row]))
}

/** FairFace writes its oldest bin in words. */
const readBin = (age: string): string => (age === 'more than 70' ? '70+' : age)

export async function checkFairface(
  { product, faces, checks }: Site,
  isQuick: boolean,
): Promise<string | null> {
  const source = join(faces, 'fairface')
  const canonical = readCanonical(source)
  const split = await checks.check(
    'FairFace with a spreadsheet’s dates: the canonical labels, repairs counted',
    async () => {
      const project = await product.makeProject('fairface')
      const { imported, repaired } = await importInto(product, project, [source, '--format', 'fairface'])
      const { rows, file, hash } = await exportSplit(product, project)
      require(rows.length === canonical.size, `${rows.length} of ${canonical.size} images`)
      const wrong = rows.filter(({ image, age, gender, race }) => {
        const expected = canonical.get(image.slice(image.indexOf('/') + 1))
        return expected?.gender !== gender || expected.race !== race || readBin(expected.age) !== age
      })
      require(wrong.length === 0, `${wrong.length} differ, such as ${JSON.stringify(wrong[0])}`)
      const mangled = repaired.filter(({ field }) => field === 'age').length
      require(mangled > 0, 'no repair was told')
      return {
        detail: `${imported} images, ${rows.length} labels equal, ${mangled} ages repaired`,
        value: { file, hash },
      }
    },
  )
  if (!isQuick && split !== null) {
    await checks.check('FairFace from the canonical files: the same split to the last bit', async () => {
      const project = await product.makeProject('fairface-canonical')
      const labels = ['train', 'val'].flatMap((part) => [
        '--labels',
        join(source, `fairface_label_${part}_canonical.csv`),
      ])
      await importInto(product, project, [source, '--format', 'fairface', ...labels])
      const { hash } = await exportSplit(product, project)
      require(hash === split.hash, `${hash} instead of ${split.hash}`)
      return { detail: `hash ${hash.slice(0, 12)}`, value: null }
    })
  }
  return split?.file ?? null
}

/** As `evenhand datasets --json` prints them. */
const listedDatasets = z.array(datasetSummary.extend({ imports: z.array(importRecord) }))

export async function checkLfw({
  product,
  faces,
  checks,
}: Site): Promise<{ file: string; hash: string } | null> {
  const source = join(faces, 'lfw')
  const people = readdirSync(source).filter((name) => statSync(join(source, name)).isDirectory())
  return checks.check('LFW: identities equal folders, none in two parts', async () => {
    const project = await product.makeProject('lfw')
    const result = await importInto(product, project, [source, '--format', 'lfw'])
    const [dataset] = await product.run(listedDatasets, ['datasets', '--project', project])
    require(dataset?.identities ===
      people.length, `${dataset?.identities} identities, ${people.length} folders`)
    const { rows, file, hash } = await exportSplit(product, project)
    const groupsOf = Map.groupBy(rows, ({ image }) => image.split('/')[1] ?? '')
    require(groupsOf.size === people.length, `${groupsOf.size} folders in the export`)
    const torn = [...groupsOf].filter(([, images]) => new Set(images.map(({ group }) => group)).size > 1)
    require(torn.length === 0, `${torn.length} people in several groups, such as ${torn[0]?.[0]}`)
    return { detail: `${result.imported} images of ${people.length} people`, value: { file, hash } }
  })
}

/** Ends the import as a power cut would, at moments spread over its length, and takes it up again. */
export async function checkKilledImport(
  { product, faces, checks }: Site,
  undisturbedHash: string,
): Promise<void> {
  await checks.check('LFW import killed three times: the same catalogue in the end', async () => {
    const project = await product.makeProject('lfw-killed')
    const argv = ['import', join(faces, 'lfw'), '--format', 'lfw', '--name', 'lfw', '--project', project]
    const moments: string[] = []
    for (let kill = 0; kill < 3; kill++) {
      const afterMs = 1000 + kill * 1000
      const child = product.start(argv)
      const ended = once(child, 'close')
      await Promise.race([delay(afterMs), ended])
      child.kill('SIGKILL')
      await ended
      moments.push(child.signalCode === 'SIGKILL' ? `${(afterMs / 1000).toFixed(2)} s` : 'ended before')
    }
    await product.run(importResult, argv.slice(0))
    const { hash, rows } = await exportSplit(product, project)
    require(hash ===
      undisturbedHash, `hash ${hash} with ${rows.length} images, undisturbed ${undisturbedHash}`)
    return { detail: `killed after ${moments.join(', ')}; split hash equal`, value: null }
  })
}
