import { ageBins, labelSchemes } from '#shared/domain/label-schemes.ts'
import { createRandom, type Random } from '#engine/base/kernel/random.ts'

/** What is wrong with a portrait on purpose, so that a search for it can be scored. */
export const plantedDefects = [
  'greyscale',
  'no-subject',
  'mislabelled',
  'distorted',
  'duplicate',
  'duplicate-conflict',
] as const
export type PlantedDefect = (typeof plantedDefects)[number]

export const distortions = ['blur', 'pixelate', 'stretch', 'noise'] as const
export type Distortion = (typeof distortions)[number]

/** The marks that carry the labels, as indices into the sample scheme and the age bins. */
export interface PortraitMarks {
  readonly ring: number
  readonly corners: number
  /** Number of tally lines, which is the index of the age bin. */
  readonly lines: number
}

export interface PortraitLabels {
  readonly race: string
  readonly gender: string
  readonly ageYears: number
}

export interface PlannedPortrait {
  readonly file: string
  /** Seed of everything about the drawing that no label depends on. */
  readonly drawSeed: number
  readonly marks: PortraitMarks
  /** 15 bits of an ornament that all portraits of one identity share. */
  readonly seal: number
  readonly isFaint: boolean
  readonly identity: string
  /** False where the label file keeps quiet about the identity, so that there is something to find. */
  readonly isIdentityTold: boolean
  readonly truth: PortraitLabels
  /** As the label file has them; differs from the truth where mislabelled. */
  readonly labels: PortraitLabels
  readonly defect: PlantedDefect | null
  /** The original's file for duplicates, the kind of distortion, the label that is wrong. */
  readonly detail: string
  readonly distortion: Distortion | null
}

const { race: rings, gender: corners } = labelSchemes.sample
/** Uneven on purpose: small groups are what fairness is about. */
const ringShares = [34, 26, 19, 13, 8]
const cornerShares = [54, 46]
const lineShares = [8, 8, 10, 18, 16, 13, 10, 9, 8]
/** Dotted rings are drawn faintly more often, so that one group is harder than the others. */
const faintShares = [0.06, 0.06, 0.06, 0.35, 0.06]
const defectShares: Readonly<Record<PlantedDefect, number>> = {
  greyscale: 0.03,
  'no-subject': 0.02,
  mislabelled: 0.03,
  distorted: 0.02,
  duplicate: 0.02,
  'duplicate-conflict': 0.015,
}
const repeatedShare = 0.15
const untoldShare = 0.25
const oldestYears = 89

function drawIndex(random: Random, shares: readonly number[]): number {
  let left = random.float() * shares.reduce((sum, share) => sum + share, 0)
  const index = shares.findIndex((share) => (left -= share) < 0)
  return index === -1 ? shares.length - 1 : index
}

function drawYears(random: Random, lines: number): number {
  const bin = ageBins[lines]
  if (bin === undefined) throw new RangeError(`No age bin ${lines}`)
  return random.int(bin.from, Math.min(bin.to, oldestYears))
}

function nameMarks({ ring, corners: corner }: PortraitMarks, ageYears: number): PortraitLabels {
  return { race: rings[ring] ?? rings[0], gender: corners[corner] ?? corners[0], ageYears }
}

/** Everything of a portrait but its file name, which is given when the order is known. */
type Draft = Omit<PlannedPortrait, 'file'>

function drawIdentity(number: number, random: Random): Draft[] {
  // The first nine people make sure that each age bin has somebody, however small the sample.
  const lines = number < ageBins.length ? number : drawIndex(random, lineShares)
  const marks = { ring: drawIndex(random, ringShares), corners: drawIndex(random, cornerShares), lines }
  const isRepeated = random.float() < repeatedShare
  const images = isRepeated ? random.int(2, 5) : 1
  const isIdentityTold = isRepeated && random.float() >= untoldShare
  const seal = random.int(1, 0x7fff)
  return Array.from({ length: images }, () => {
    const truth = nameMarks(marks, drawYears(random, lines))
    return {
      drawSeed: random.int(0, 0x7fffffff),
      marks,
      seal,
      isFaint: random.float() < (faintShares[marks.ring] ?? 0),
      identity: `P${String(number + 1).padStart(5, '0')}`,
      isIdentityTold,
      truth,
      labels: truth,
      defect: null,
      detail: '',
      distortion: null,
    }
  })
}

/** One label that is certainly wrong: another ring, the other corners, or an age at least two bins away. */
function mislabel(
  { marks, truth }: Pick<Draft, 'marks' | 'truth'>,
  random: Random,
): Pick<Draft, 'labels' | 'detail'> {
  const task = (['race', 'gender', 'age'] as const)[random.int(0, 2)] ?? 'race'
  switch (task) {
    case 'race': {
      const ring = (marks.ring + random.int(1, rings.length - 1)) % rings.length
      return { labels: nameMarks({ ...marks, ring }, truth.ageYears), detail: task }
    }
    case 'gender':
      return { labels: nameMarks({ ...marks, corners: 1 - marks.corners }, truth.ageYears), detail: task }
    case 'age': {
      const lines = (marks.lines + random.int(2, ageBins.length - 2)) % ageBins.length
      return { labels: { ...truth, ageYears: drawYears(random, lines) }, detail: task }
    }
    default:
      return task satisfies never
  }
}

function plantDefect(
  draft: Draft,
  defect: 'greyscale' | 'no-subject' | 'mislabelled' | 'distorted',
  random: Random,
): Draft {
  switch (defect) {
    case 'greyscale':
    case 'no-subject':
      return { ...draft, defect }
    case 'mislabelled':
      return { ...draft, defect, ...mislabel(draft, random) }
    case 'distorted': {
      const distortion = distortions[random.int(0, distortions.length - 1)] ?? 'blur'
      return { ...draft, defect, distortion, detail: distortion }
    }
    default:
      return defect satisfies never
  }
}

/**
 * Plans the sample: neutral marks drawn in uneven proportions, people with several portraits, and defects whose
 * truth is known. The same seed and number give the same plan.
 *
 * @returns exactly `images` portraits in file order; a duplicate's `detail` names its original's file.
 */
export function planSample({ images, seed }: { images: number; seed: number }): PlannedPortrait[] {
  const random = createRandom(seed, ['sample', images])
  const countOf = (defect: PlantedDefect): number => Math.round(defectShares[defect] * images)
  const copies = countOf('duplicate') + countOf('duplicate-conflict')
  const drafts: Draft[] = []
  for (let person = 0; drafts.length < images - copies; person++) drafts.push(...drawIdentity(person, random))
  drafts.length = images - copies

  // Defects go to portraits that stand alone, so that no person is known by a spoilt picture only.
  const portraitsOf = new Map<string, number>()
  for (const { identity } of drafts) portraitsOf.set(identity, (portraitsOf.get(identity) ?? 0) + 1)
  const alone = drafts.flatMap(({ identity }, index) => (portraitsOf.get(identity) === 1 ? [index] : []))
  random.shuffle(alone)
  for (const defect of ['greyscale', 'no-subject', 'mislabelled', 'distorted'] as const) {
    for (const index of alone.splice(0, countOf(defect))) {
      const draft = drafts[index]
      if (draft !== undefined) drafts[index] = plantDefect(draft, defect, random)
    }
  }
  const copied = alone.splice(0, copies).map((original, index) => ({
    original,
    defect: index < countOf('duplicate') ? ('duplicate' as const) : ('duplicate-conflict' as const),
  }))

  const order = random.shuffle(Array.from({ length: drafts.length + copied.length }, (_, index) => index))
  const files: string[] = []
  order.forEach((item, position) => {
    files[item] = `portrait-${String(position + 1).padStart(5, '0')}.png`
  })
  const portraits = drafts.map((draft, index) => ({ ...draft, file: files[index] ?? '' }))
  const duplicates = copied.flatMap(({ original, defect }, index) => {
    const source = portraits[original]
    if (source === undefined) return []
    const labels = defect === 'duplicate' ? {} : { labels: mislabel(source, random).labels }
    return [{ ...source, ...labels, defect, detail: source.file, file: files[drafts.length + index] ?? '' }]
  })
  return [...portraits, ...duplicates].sort((a, b) => (a.file < b.file ? -1 : 1))
}
