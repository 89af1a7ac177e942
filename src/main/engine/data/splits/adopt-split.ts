import { basename } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { splitStratum, type PartName, type SplitPlan } from '#shared/contract/split.contract.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import {
  describeSplit,
  prepareGroups,
  splitParts,
  type AdoptSplitTask,
  type ComputedSplit,
} from './compute-split.ts'
import { readPublishedSplit } from './read-published-split.ts'
import type { SplitSourceImage, SplitSourceRepo } from './split-source.repo.ts'

const firstLines = 20
/** Goes into the hash of every split that was taken over. */
const adoptedAlgorithm = 'evenhand-adopted/1'

interface Adopted {
  readonly sources: readonly SplitSourceImage[]
  /** By image id; images that stand nowhere are left out. */
  readonly partOf: ReadonlyMap<number, PartName>
  readonly imported: NonNullable<SplitPlan['imported']>
}

async function adoptFile(repo: SplitSourceRepo, task: AdoptSplitTask, file: string): Promise<Adopted> {
  const all = repo.readImages({ datasets: task.datasets, snapshotId: null })
  const words = task.source.kind === 'file' ? (task.source.words ?? {}) : {}
  const published = await readPublishedSplit(all, { file, words })
  const partOf = new Map<number, PartName>()
  all.forEach(({ imageId }, index) => {
    const part = published.partOf[index] ?? null
    if (part !== null) partOf.set(imageId, part)
  })
  return {
    sources: all.filter(({ imageId }) => partOf.has(imageId)),
    partOf,
    imported: {
      from: basename(file),
      sha256: await hashFile(file),
      rows: published.rows,
      unknown: published.unknownLines.length,
      unknownLines: published.unknownLines.slice(0, firstLines),
      ambiguous: published.ambiguousLines.length,
      ambiguousLines: published.ambiguousLines.slice(0, firstLines),
      notNamed: all.length - partOf.size,
    },
  }
}

function adoptDatasets(
  repo: SplitSourceRepo,
  parts: Readonly<Partial<Record<PartName, readonly number[] | undefined>>>,
): Adopted {
  const partOf = new Map<number, PartName>()
  const sources: SplitSourceImage[] = []
  const named: string[] = []
  for (const part of splitParts) {
    const datasets = parts[part] ?? []
    const images = datasets.length === 0 ? [] : repo.readImages({ datasets, snapshotId: null })
    for (const image of images) {
      if (partOf.has(image.imageId)) {
        throw new AppError(
          'INVALID_INPUT',
          `Data set ${image.dataset} is named for two parts, ${partOf.get(image.imageId)} and ${part}. Name it for one.`,
        )
      }
      partOf.set(image.imageId, part)
    }
    sources.push(...images)
    const names = [...new Set(images.map(({ dataset }) => dataset))]
    if (names.length > 0) named.push(`${part}: ${names.join(', ')}`)
  }
  return {
    sources,
    partOf,
    imported: {
      from: `data sets (${named.join('; ')})`,
      sha256: null,
      rows: sources.length,
      unknown: 0,
      unknownLines: [],
      ambiguous: 0,
      ambiguousLines: [],
      notNamed: 0,
    },
  }
}

/**
 * Takes over a split that others made, as it is: what it cuts is counted, not mended.
 *
 * @throws AppError INVALID_INPUT where it names no image, or only one part
 */
export async function adoptSplit(repo: SplitSourceRepo, task: AdoptSplitTask): Promise<ComputedSplit> {
  const { source } = task
  const {
    sources,
    partOf: partById,
    imported,
  } = source.kind === 'file' ? await adoptFile(repo, task, source.file) : adoptDatasets(repo, source.parts)
  const counts = splitParts.map(
    (part) => [...partById.values()].filter((standing) => standing === part).length,
  )
  if (counts.filter((count) => count > 0).length < 2) {
    throw new AppError(
      'INVALID_INPUT',
      `A split has at least two parts with images; ${imported.from} gives ${splitParts.map((part, at) => `${counts[at] ?? 0} ${part}`).join(', ')}.`,
    )
  }
  const { labelScheme, images, groups } = prepareGroups(sources)
  const partOf = Uint8Array.from(images, ({ imageId }) =>
    splitParts.indexOf(partById.get(imageId) ?? 'train'),
  )
  const share = (at: number): number => (counts[at] ?? 0) / images.length
  return describeSplit(
    { images, groups, partOf },
    { algorithm: adoptedAlgorithm, strata: [...splitStratum.options], keptTest: null, imported },
    { seed: 0, ratios: { train: share(0), val: share(1), test: share(2) }, labelScheme, sources },
  )
}
