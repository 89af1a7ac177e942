import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as z from 'zod'
import { scanResult, type ScanResult } from '../../src/shared/contract/check.contract.ts'
import { require } from './checklist.ts'
import type { Site } from './import-checks.ts'
import type { Product } from './product.ts'

/** What these checks read of a finding. */
const listedFinding = z.object({ file: z.string(), groupId: z.int().nullable() })

const scan = (product: Product, project: string, checks: readonly string[]): Promise<ScanResult> =>
  product.run(scanResult, ['scan', '--checks', checks.join(','), '--project', project])

/** The groups that a check lists, each as the names of its files in order. */
async function readGroups(product: Product, project: string, check: string): Promise<string[][]> {
  const argv = ['findings', '--kind', check, '--top', '100000', '--project', project]
  const found = await product.run(z.array(listedFinding), argv)
  return [...Map.groupBy(found, ({ groupId }) => groupId).values()].map((members) =>
    members.map(({ file }) => basename(file)).toSorted(),
  )
}

/** Files of a folder with the same bytes, each group as its names in order. */
function findCopies(folder: string): string[][] {
  const names = readdirSync(folder).filter((name) => /\.jpe?g$/i.test(name))
  const hash = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex')
  return [...Map.groupBy(names.toSorted(), hash).values()].filter((group) => group.length > 1)
}

/** Age, gender and race as the name of a file of UTKFace tells them. */
const readLabels = (name: string): string => name.split('_').slice(0, 3).join(' ')

/** The groups are worked out here from bytes and names alone. */
export async function checkDuplicates({ product, faces, checks }: Site, project: string): Promise<void> {
  const copies = findCopies(join(faces, 'utkface'))
  const conflicting = copies.filter((group) => new Set(group.map(readLabels)).size > 1)
  const nameGroup = (group: readonly string[]): string => group.join(', ')
  await checks.check('UTKFace scan: every group of equal files, and no other', async () => {
    const { worked } = await scan(product, project, [
      'exact-duplicate',
      'near-duplicate',
      'conflicting-labels',
      'unreadable',
    ])
    const listed = new Set((await readGroups(product, project, 'exact-duplicate')).map(nameGroup))
    const missing = copies.filter((group) => !listed.has(nameGroup(group)))
    require(missing.length === 0, `${missing.length} of ${copies.length} missing, such as ${missing[0]?.[0]}`)
    require(listed.size === copies.length, `${listed.size} groups listed, ${copies.length} by bytes`)
    const detail = `${listed.size} of ${copies.length} groups with ${copies.flat().length} images, ${worked} images worked on`
    return { detail, value: null }
  })
  await checks.check('UTKFace scan: every group of equal files whose labels differ', async () => {
    const listed = await readGroups(product, project, 'conflicting-labels')
    const places = new Map(listed.flatMap((group, place) => group.map((name) => [name, place] as const)))
    const missing = conflicting.filter((group) => {
      const found = new Set(group.map((name) => places.get(name)))
      return found.size !== 1 || found.has(undefined)
    })
    require(missing.length ===
      0, `${missing.length} of ${conflicting.length} missing, such as ${missing[0]?.[0]}`)
    const detail = `${conflicting.length} of ${conflicting.length} groups; ${listed.length} listed with those of near duplicates`
    return { detail, value: null }
  })
}

/** Of photographs of one face each; every one is aligned and in the middle. */
const leastFound = 0.97

/** @param count so many images, spread evenly over the people */
export async function checkFaces({ product, faces, checks }: Site, count: number): Promise<void> {
  await checks.check(`LFW: faces found in ${count} images`, async () => {
    const source = join(faces, 'lfw')
    const pictures = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.jpg'))
      .toSorted()
    const drawn = Array.from(
      { length: count },
      (_, index) => pictures[Math.floor((index * pictures.length) / count)] ?? '',
    )
    const some = join(product.folder, 'lfw-faces')
    for (const name of drawn) {
      mkdirSync(dirname(join(some, name)), { recursive: true })
      cpSync(join(source, name), join(some, name))
    }
    const project = await product.makeProject('faces')
    await product.run(z.object({ imported: z.literal(count) }), [
      'import',
      some,
      '--format',
      'lfw',
      '--project',
      project,
    ])
    const { checks: results } = await scan(product, project, ['no-face'])
    const result = results.find(({ check }) => check === 'no-face')
    require(result?.unavailable === null, `not checked: ${result?.unavailable}`)
    require(result.images === count, `${result.images} of ${count} images checked`)
    const share = 1 - result.flagged / count
    const words = `${count - result.flagged} of ${count} (${(share * 100).toFixed(1)} %)`
    require(share >= leastFound, `${words}; at least ${leastFound * 100} % are asked for`)
    return { detail: words, value: null }
  })
}
