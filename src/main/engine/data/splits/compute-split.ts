import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { sha256, splitId } from '#shared/contract/base.contract.ts'
import { partName, type PartName } from '#shared/contract/split.contract.ts'
import { labelSchemeNames, mapRace, type LabelScheme } from '#shared/domain/label-schemes.ts'
import { LabelPacker, labelColumns } from '#engine/data/members/domain/label-columns.ts'
import { compareByContent, hashMembers } from '#engine/data/members/hash-members.ts'
import { groupImages } from '#engine/data/splits/domain/group-images.ts'
import { planSplit, splitAlgorithm } from '#engine/data/splits/domain/plan-split.ts'
import { buildStrata, measureTotalVariation } from '#engine/data/splits/domain/split-strata.ts'
import type { SplitSourceImage, StoredMember, StoredRules } from './split-source.repo.ts'

/** The order of part indices everywhere. */
export const splitParts = partName.options

/** Hexadecimal digits of the smallest file hash in a group, which name the group: 80 bits never meet by chance. */
const groupKeyDigits = 20

const perPart = <Value extends z.ZodType>(value: Value) => z.object({ train: value, val: value, test: value })

const computeSplitTask = z.object({
  kind: z.literal('plan'),
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  datasets: z.array(z.int()).nullable(),
  /** Null for the catalogue as it is now. */
  snapshotId: z.int().nullable(),
  ratios: perPart(z.number()),
  seed: z.int(),
})
export type ComputeSplitTask = z.infer<typeof computeSplitTask>

export const splitTask = z.discriminatedUnion('kind', [
  computeSplitTask,
  z.object({ kind: z.literal('restate'), catalogue: z.string(), splitId: z.int() }),
  /** Of all splits where none is named. */
  z.object({ kind: z.literal('standing'), catalogue: z.string(), splitId: splitId.nullable() }),
])
export type SplitTask = z.infer<typeof splitTask>

/** In the order of the images' ids. */
export const computedSplit = labelColumns.extend({
  hash: sha256,
  labelScheme: z.enum(labelSchemeNames),
  parts: perPart(z.object({ images: z.int(), groups: z.int() })),
  totalVariation: perPart(z.number()),
  /** `[images]` index into the parts */
  partOf: z.instanceof(Uint8Array),
  /** `[images]` index into the groups' keys */
  groupOf: z.instanceof(Int32Array),
  /** `[groups]` concatenated, `groupKeyDigits` characters each */
  groupKeys: z.string(),
})
export type ComputedSplit = z.infer<typeof computedSplit>

export const readGroupKey = (keys: string, group: number): string =>
  keys.slice(group * groupKeyDigits, (group + 1) * groupKeyDigits)

/** The scheme that all labels of a split are told in: the common one, or FairFace's where real schemes meet. */
function chooseScheme(images: readonly SplitSourceImage[]): LabelScheme {
  const schemes = [...new Set(images.map(({ scheme }) => scheme))].sort()
  const [only, ...others] = schemes
  if (only === undefined || others.length === 0) return only ?? 'fairface7'
  if (schemes.includes('sample')) {
    throw new AppError(
      'INVALID_INPUT',
      'The synthetic sample and data sets of faces cannot share a split: their labels mean different things. ' +
        'Name the data sets that the split shall hold.',
      { details: { schemes: schemes.join(', ') } },
    )
  }
  return 'fairface7'
}

/** What a split is as it stands: the same as when it was planned, as long as nothing was taken from it. */
export const restatedSplit = computedSplit.pick({ hash: true, parts: true, totalVariation: true })
export type RestatedSplit = z.infer<typeof restatedSplit>

type PreparedImage = SplitSourceImage & { readonly image: string }

function prepareImages(images: readonly SplitSourceImage[], scheme: LabelScheme): PreparedImage[] {
  const prepared = images.map((image) => ({
    ...image,
    image: `${image.dataset}/${image.path}`,
    race: image.race === null ? null : mapRace(image.race, image.scheme, scheme),
  }))
  return prepared.sort(compareByContent)
}

function checkFeasible(images: number, groups: number): void {
  if (groups >= splitParts.length) return
  throw new AppError(
    'PRECONDITION',
    `A split needs at least ${splitParts.length} groups of images that belong together, one for each part; ` +
      `here are ${images} images in ${groups} groups. Import more images or choose more data sets.`,
    { details: { images, groups } },
  )
}

const nameByPart = <Value>(values: readonly Value[], otherwise: Value): Record<PartName, Value> => ({
  train: values[0] ?? otherwise,
  val: values[1] ?? otherwise,
  test: values[2] ?? otherwise,
})

function countParts(partOf: Uint8Array, groupOf: Int32Array): ComputedSplit['parts'] {
  const images = new Int32Array(splitParts.length)
  const groups = splitParts.map(() => new Set<number>())
  partOf.forEach((part, image) => {
    images[part] = (images[part] ?? 0) + 1
    groups[part]?.add(groupOf[image] ?? 0)
  })
  return nameByPart(
    splitParts.map((_, part) => ({ images: images[part] ?? 0, groups: groups[part]?.size ?? 0 })),
    { images: 0, groups: 0 },
  )
}

type HashedMember = Omit<StoredMember, 'dataset' | 'path'> & { readonly image: string }

/** @param members in the order of their content */
function hashSplit({ seed, ratios, labelScheme }: StoredRules, members: readonly HashedMember[]): string {
  return hashMembers(
    { algorithm: splitAlgorithm, seed, ratios, labelScheme },
    members.map(({ fileSha256, image, groupKey, part, race, gender, ageBin, ageYears }) => [
      fileSha256,
      image,
      groupKey,
      part,
      race,
      gender,
      ageBin,
      ageYears,
    ]),
  )
}

/** Hash and figures of a stored split, by what it holds now. */
export function restateSplit(rules: StoredRules, stored: readonly StoredMember[]): RestatedSplit {
  const members = stored
    .map((member) => ({ ...member, image: `${member.dataset}/${member.path}` }))
    .sort(compareByContent)
  const groups = new Map<string, number>()
  const groupOf = Int32Array.from(members, ({ groupKey }) => {
    const group = groups.get(groupKey) ?? groups.size
    groups.set(groupKey, group)
    return group
  })
  const partOf = Uint8Array.from(members, ({ part }) => splitParts.indexOf(part))
  return {
    hash: hashSplit(rules, members),
    parts: countParts(partOf, groupOf),
    totalVariation: nameByPart(measureTotalVariation(buildStrata(members), partOf, splitParts.length), 0),
  }
}

/** Plans a split of the images: pure, and the same for any order of them and any ids in the catalogue. */
export function computeSplit(
  sources: readonly SplitSourceImage[],
  { ratios, seed }: Pick<ComputeSplitTask, 'ratios' | 'seed'>,
): ComputedSplit {
  const labelScheme = chooseScheme(sources)
  const images = prepareImages(sources, labelScheme)
  const groups = groupImages(images)
  checkFeasible(images.length, groups.count)
  const strata = buildStrata(images)
  const partOf = planSplit(groups, strata, { ratios: splitParts.map((part) => ratios[part]), seed })

  // Images are in the order of their file hashes, so the first of a group has its smallest.
  let groupKeys = ''
  groups.groupOf.forEach((group, image) => {
    if (group * groupKeyDigits === groupKeys.length)
      groupKeys += images[image]?.fileSha256.slice(0, groupKeyDigits)
  })
  const partNameOf = (image: number): PartName => splitParts[partOf[image] ?? 0] ?? 'train'
  const hash = hashSplit(
    { seed, ratios, labelScheme },
    images.map((image, index) => ({
      ...image,
      groupKey: readGroupKey(groupKeys, groups.groupOf[index] ?? 0),
      part: partNameOf(index),
    })),
  )

  const byId = Int32Array.from(images, (_, index) => index)
  byId.sort((a, b) => (images[a]?.imageId ?? 0) - (images[b]?.imageId ?? 0))
  const labels = new LabelPacker()
  for (const index of byId) {
    const image = images[index]
    if (image !== undefined) labels.add(image)
  }
  return {
    hash,
    labelScheme,
    parts: countParts(partOf, groups.groupOf),
    totalVariation: nameByPart(measureTotalVariation(strata, partOf, splitParts.length), 0),
    ...labels.pack(),
    partOf: Uint8Array.from(byId, (index) => partOf[index] ?? 0),
    groupOf: byId.map((index) => groups.groupOf[index] ?? 0),
    groupKeys,
  }
}
