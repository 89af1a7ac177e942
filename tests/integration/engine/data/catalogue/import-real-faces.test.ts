import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importRequest } from '#shared/contract/dataset.contract.ts'
import type { LabelSource } from '#engine/data/catalogue/labels/label-source.ts'
import { openLabelSource } from '#engine/data/catalogue/labels/open-label-source.ts'
import { walkImages } from '#engine/base/media/walk-images.ts'
import { facesFolder, hasFaces } from '#tests/fixtures/faces.ts'
import { dumpCatalogue, importFolder, openProject, type ImportInput } from '#tests/fixtures/imports.ts'

const openLabels = (input: ImportInput): Promise<LabelSource> => openLabelSource(importRequest.parse(input))

async function listPaths(source: string): Promise<string[]> {
  const paths: string[] = []
  for await (const { path } of walkImages(source)) paths.push(path)
  return paths
}

/** Copies part of a data set, so that the whole need not be decoded here. */
function copySome(source: string, target: string, names: readonly string[]): void {
  mkdirSync(target, { recursive: true })
  for (const name of names) copyFileSync(join(source, name), join(target, name))
}

describe.runIf(hasFaces)('real faces', () => {
  const utkface = join(facesFolder, 'utkface')
  const fairface = join(facesFolder, 'fairface')
  const lfw = join(facesFolder, 'lfw')

  test('every UTKFace name is read: each odd one has its own reason, and only three races are missing', async () => {
    const labels = await openLabels({ source: utkface, format: 'utkface' })
    const paths = await listPaths(utkface)
    const sound = /^\d+_[01]_[0-4]_\d{17}\.jpg\.chip\.jpg$/
    const read = paths.map((path) => ({ path, ...labels.read(path) }))
    expect(read.filter(({ repairs }) => repairs.length > 0).map(({ path }) => path)).toEqual(
      paths.filter((path) => !sound.test(path)),
    )
    expect(read.filter(({ repairs }) => repairs.length > 1)).toEqual([])
    expect(read.filter(({ labels: { race } }) => race === null)).toHaveLength(3)
    expect(read.every(({ labels: { ageYears, gender } }) => ageYears !== null && gender !== null)).toBe(true)
  })

  test('a part of UTKFace with all its odd names loses nothing, and twice adds nothing', async () => {
    await using opened = await openProject()
    const { client, project, source } = opened
    const all = readdirSync(utkface)
    const odd = all.filter((name) => !/^\d+_[01]_[0-4]_\d{17}\.jpg\.chip\.jpg$/.test(name))
    copySome(utkface, source, [...new Set([...odd, ...all.slice(0, 300)])])
    const seen = readdirSync(source).length
    const result = await importFolder(client, { source, format: 'utkface' })
    expect(result).toMatchObject({ seen, imported: seen, unlabelled: 0, skipped: [] })
    expect(result.repaired.map(({ file }) => file).toSorted()).toEqual(odd.toSorted())
    const before = dumpCatalogue(project)
    expect(await importFolder(client, { source, format: 'utkface' })).toMatchObject({
      imported: 0,
      unchanged: seen,
    })
    expect(dumpCatalogue(project)).toEqual(before)
  })

  test('the FairFace labels that a spreadsheet mangled equal the canonical ones on every image', async () => {
    const mangled = await openLabels({ source: fairface, format: 'fairface' })
    const canonical = await openLabels({
      source: fairface,
      format: 'fairface',
      labels: ['fairface_label_train_canonical.csv', 'fairface_label_val_canonical.csv'],
    })
    const paths = await listPaths(fairface)
    expect(paths).toHaveLength(6500)
    const read = paths.map((path) => ({ mangled: mangled.read(path), canonical: canonical.read(path) }))
    expect(
      read.filter((pair) => JSON.stringify(pair.mangled.labels) !== JSON.stringify(pair.canonical.labels)),
    ).toEqual([])
    expect(read.every(({ canonical: { labels } }) => labels.ageBin && labels.gender && labels.race)).toBe(
      true,
    )
    expect(read.filter((pair) => pair.mangled.repairs.length === 1)).toHaveLength(1479)
    expect(read.flatMap((pair) => pair.canonical.repairs)).toEqual([])
    expect([...mangled.listLeftOver(), ...canonical.listLeftOver()]).toEqual([])
  })

  test('the LFW identities are the folders', async () => {
    const labels = await openLabels({ source: lfw, format: 'lfw' })
    const paths = await listPaths(lfw)
    const identities = new Set(paths.map((path) => labels.read(path).labels.identity))
    const folders = readdirSync(lfw, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(identities).toEqual(new Set(folders.map(({ name }) => name)))
  })
})
