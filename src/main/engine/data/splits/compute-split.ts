import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { sha256, splitId } from '#shared/contract/base.contract.ts'
import {
  partName,
  splitPlan,
  splitSource,
  splitStratum,
  type PartName,
} from '#shared/contract/split.contract.ts'
import { labelSchemeNames, mapRace, type LabelScheme } from '#shared/domain/label-schemes.ts'
import { LabelPacker, labelColumns } from '#engine/data/members/domain/label-columns.ts'
import { compareByContent } from '#engine/data/members/hash-members.ts'
import {
  countLostLabels,
  countMissing,
  countTies,
  findInfeasible,
} from '#engine/data/splits/domain/describe-plan.ts'
import { groupImages, type ImageGroups } from '#engine/data/splits/domain/group-images.ts'
import { planSplit, splitAlgorithm, splitMethod } from '#engine/data/splits/domain/plan-split.ts'
import {
  boundTotalVariation,
  buildStrata,
  maskStrata,
  measureTotalVariation,
} from '#engine/data/splits/domain/split-strata.ts'
import { planAroundTest, type KeptTest } from './plan-around-test.ts'
import { hashSplit } from './split-hash.ts'
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
  strata: z.array(splitStratum),
  /** The split whose test part is kept. */
  keepTest: z.object({ splitId: z.int(), hash: sha256 }).nullable(),
})
export type ComputeSplitTask = z.infer<typeof computeSplitTask>

const adoptSplitTask = z.object({
  kind: z.literal('adopt'),
  catalogue: z.string(),
  datasets: z.array(z.int()).nullable(),
  source: splitSource,
})
export type AdoptSplitTask = z.infer<typeof adoptSplitTask>

export const splitTask = z.discriminatedUnion('kind', [
  computeSplitTask,
  adoptSplitTask,
  z.object({ kind: z.literal('restate'), catalogue: z.string(), splitId: z.int() }),
  z.object({ kind: z.literal('cells'), catalogue: z.string(), splitId }),
  z.object({ kind: z.literal('compare'), catalogue: z.string(), splitId, otherId: splitId }),
  /** Of all splits where none is named. */
  z.object({ kind: z.literal('standing'), catalogue: z.string(), splitId: splitId.nullable() }),
])
export type SplitTask = z.infer<typeof splitTask>

/** In the order of the images' ids. */
export const computedSplit = labelColumns.extend({
  hash: sha256,
  labelScheme: z.enum(labelSchemeNames),
  parts: perPart(z.object({ images: z.int(), groups: z.int() })),
  ratios: perPart(z.number()),
  totalVariation: perPart(z.number()),
  plan: splitPlan,
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
  const strata = buildStrata(rules.plan === null ? members : maskStrata(members, rules.plan.strata))
  return {
    hash: hashSplit(rules, members),
    parts: countParts(partOf, groupOf),
    totalVariation: nameByPart(measureTotalVariation(strata, partOf, splitParts.length), 0),
  }
}

interface Assignment {
  readonly images: readonly PreparedImage[]
  readonly groups: ImageGroups
  /** `[images]` */
  readonly partOf: Uint8Array
}

function countCutGroups({ groups, partOf }: Assignment): number {
  const first = new Int8Array(groups.count).fill(-1)
  const cut = new Set<number>()
  groups.groupOf.forEach((group, image) => {
    const part = partOf[image] ?? 0
    if (first[group] === -1) first[group] = part
    else if (first[group] !== part) cut.add(group)
  })
  return cut.size
}

type Told = Pick<ComputedSplit['plan'], 'algorithm' | 'strata' | 'keptTest' | 'imported'>
interface Rules extends Pick<ComputedSplit, 'ratios' | 'labelScheme'> {
  readonly seed: number
  readonly sources: readonly SplitSourceImage[]
}

/** All that is stored of a split, by where each image stands. */
export function describeSplit(assignment: Assignment, told: Told, rules: Rules): ComputedSplit {
  const { images, groups, partOf } = assignment
  const { seed, ratios, labelScheme, sources } = rules
  const strata = buildStrata(maskStrata(images, told.strata))
  const parts = countParts(partOf, groups.groupOf)
  const usedParts = splitParts.filter((part) => parts[part].images > 0).length
  const plan: ComputedSplit['plan'] = {
    ...told,
    bound: {
      train: boundTotalVariation(strata, parts.train.images),
      val: boundTotalVariation(strata, parts.val.images),
      test: boundTotalVariation(strata, parts.test.images),
    },
    infeasible: findInfeasible(maskedLabels(images, told.strata), groups, usedParts),
    lostLabels: countLostLabels(sources, labelScheme),
    missing: countMissing(images),
    tied: countTies(images),
    notCompared: images.filter(({ isCompared }) => !isCompared).length,
    cutGroups: countCutGroups(assignment),
  }
  // Images are in the order of their file hashes, so the first of a group has its smallest.
  const keys = Array.from({ length: groups.count }, () => '')
  groups.groupOf.forEach((group, image) => {
    if (keys[group] === '') keys[group] = images[image]?.fileSha256.slice(0, groupKeyDigits) ?? ''
  })
  const partNameOf = (image: number): PartName => splitParts[partOf[image] ?? 0] ?? 'train'
  const hash = hashSplit(
    { seed, ratios, labelScheme, plan },
    images.map((image, index) => ({
      ...image,
      groupKey: keys[groups.groupOf[index] ?? 0] ?? '',
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
    ratios,
    parts,
    plan,
    totalVariation: nameByPart(measureTotalVariation(strata, partOf, splitParts.length), 0),
    ...labels.pack(),
    partOf: Uint8Array.from(byId, (index) => partOf[index] ?? 0),
    groupOf: byId.map((index) => groups.groupOf[index] ?? 0),
    groupKeys: keys.join(''),
  }
}

/** Labels that no stratum is made of are the same for all. */
function maskedLabels(images: readonly PreparedImage[], strata: Told['strata']): PreparedImage[] {
  return images.map((image) => ({
    ...image,
    race: strata.includes('race') ? image.race : null,
    gender: strata.includes('gender') ? image.gender : null,
    ageBin: strata.includes('age') ? image.ageBin : null,
  }))
}

/** Images in the order of their content and the groups that hold them together. */
export function prepareGroups(sources: readonly SplitSourceImage[]) {
  const labelScheme = chooseScheme(sources)
  const images = prepareImages(sources, labelScheme)
  return { labelScheme, images, groups: groupImages(images) }
}

type PlanRules = Pick<ComputeSplitTask, 'ratios' | 'seed' | 'strata'> & { readonly keepTest: KeptTest | null }

/** Plans a split of the images: pure, and the same for any order of them and any ids in the catalogue. */
export function computeSplit(sources: readonly SplitSourceImage[], rules: PlanRules): ComputedSplit {
  const { ratios, seed, strata: strataNames, keepTest } = rules
  const { labelScheme, images, groups } = prepareGroups(sources)
  checkFeasible(images.length, groups.count)
  const masked = maskStrata(images, strataNames)
  const { partOf, keptTest } =
    keepTest === null
      ? {
          partOf: planSplit(groups, buildStrata(masked), {
            ratios: splitParts.map((part) => ratios[part]),
            seed,
            method: splitMethod,
          }),
          keptTest: null,
        }
      : planAroundTest({ images, groups, masked }, { ratios, seed, keepTest })
  return describeSplit(
    { images, groups, partOf },
    {
      algorithm: splitAlgorithm,
      strata: splitStratum.options.filter((one) => strataNames.includes(one)),
      keptTest,
      imported: null,
    },
    { seed, ratios, labelScheme, sources },
  )
}
