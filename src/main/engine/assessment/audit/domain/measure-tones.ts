import type { SkinAudit } from '#shared/contract/audit.contract.ts'
import { skinCells, skinLeftOuts, skinThresholds } from '#shared/domain/audit-measures.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { studentCritical } from '#engine/assessment/metrics/domain/distributions.ts'
import type { AuditedDataset, AuditedImage } from './audited-image.ts'
import { estimateComposition, type Bounded } from './estimate-composition.ts'
import { labelOf, listLabels } from './measure-parity.ts'

type Tones = SkinAudit['tones'][number]
type OnePerson = NonNullable<SkinAudit['onePerson']>

const axes = ['race', 'gender', 'age'] as const

const isTold = ({ skin }: AuditedImage): boolean => skin === 'measured' || skin === 'coloured'

/** Place of an image among the cells of light and dark, red and yellow; -1 where its skin is not told. */
function cellOf(image: AuditedImage): number {
  if (!isTold(image)) return -1
  const { skinLightness, skinHue } = image.measures
  return skinCells.findIndex(
    ({ tone, hue }) =>
      (tone === 'light') === skinLightness >= skinThresholds.lightness &&
      (hue === 'yellow') === skinHue >= skinThresholds.hue,
  )
}

function describeTones(
  { images, people }: AuditedDataset,
  { axis, group, isIn }: Pick<Tones, 'axis' | 'group'> & { readonly isIn: (image: AuditedImage) => boolean },
): Tones {
  const indices = Int32Array.from(images, (image) => (isIn(image) ? cellOf(image) : -1))
  const found = estimateComposition(indices, people, skinCells.length)
  const own = images.filter(isIn).length
  return {
    axis,
    group,
    people: found.people,
    usable: estimateProportion(found.n, own),
    cells: skinCells.map((cell, index) => ({
      ...cell,
      n: found.counts[index] ?? 0,
      ...(found.shares[index] ?? { value: null, low: null, high: null }),
    })),
  }
}

interface PersonSpread {
  readonly n: number
  readonly mean: number
  /** Sum of squared distances from the mean. */
  readonly squares: number
  readonly isAcross: boolean
}

function spreadOf(values: readonly number[], threshold: number): PersonSpread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    n: values.length,
    mean,
    squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0),
    isAcross: new Set(values.map((value) => value >= threshold)).size > 1,
  }
}

/** The pooled standard deviation within people, with an interval by the delta method over people on its logarithm. */
function poolWithin(people: readonly PersonSpread[]): Bounded {
  const squares = people.reduce((sum, one) => sum + one.squares, 0)
  const degrees = people.reduce((sum, one) => sum + one.n - 1, 0)
  const variance = squares / degrees
  const value = Math.sqrt(variance)
  if (people.length < 2 || variance === 0) return { value, low: null, high: null }
  const residuals = people.reduce((sum, one) => sum + (one.squares - variance * (one.n - 1)) ** 2, 0)
  const error = Math.sqrt((residuals * people.length) / (people.length - 1)) / degrees
  const factor = Math.exp((studentCritical(0.05, people.length - 1) * error) / (2 * variance))
  return { value, low: value / factor, high: value * factor }
}

/** Of the people themselves: the analysis of variance with groups of unequal size (Searle, Casella, McCulloch 1992). */
function estimateBetween(people: readonly PersonSpread[], within: number): number | null {
  if (people.length < 2) return null
  const n = people.reduce((sum, one) => sum + one.n, 0)
  const mean = people.reduce((sum, one) => sum + one.n * one.mean, 0) / n
  const among = people.reduce((sum, one) => sum + one.n * (one.mean - mean) ** 2, 0) / (people.length - 1)
  const size = (n - people.reduce((sum, one) => sum + one.n ** 2, 0) / n) / (people.length - 1)
  return Math.sqrt(Math.max(0, (among - within ** 2) / size))
}

function comparePictures({ images, people, isKnown }: AuditedDataset): OnePerson | null {
  const own = new Map<number, AuditedImage[]>()
  images.forEach((image, index) => {
    if (isKnown[index] !== true || !isTold(image)) return
    const person = people[index] ?? -1
    const pictures = own.get(person)
    if (pictures === undefined) own.set(person, [image])
    else pictures.push(image)
  })
  const several = [...own.values()].filter(({ length }) => length > 1)
  if (several.length === 0) return null
  return {
    people: several.length,
    images: several.reduce((sum, { length }) => sum + length, 0),
    figures: (['skinLightness', 'skinHue'] as const).map((measure) => {
      const threshold = skinThresholds[measure === 'skinLightness' ? 'lightness' : 'hue']
      const spreads = several.map((pictures) =>
        spreadOf(
          pictures.map(({ measures }) => measures[measure]),
          threshold,
        ),
      )
      const within = poolWithin(spreads)
      return {
        measure,
        within,
        between: estimateBetween(spreads, within.value ?? 0),
        across: estimateProportion(spreads.filter(({ isAcross }) => isAcross).length, spreads.length),
      }
    }),
  }
}

/** How apparent skin colour spreads over the data set and its groups, of how many it is told, and how one person's pictures differ. */
export function measureTones(dataset: AuditedDataset): SkinAudit {
  const { images } = dataset
  const labels = listLabels(dataset)
  const leftOut = Object.fromEntries(skinLeftOuts.map((reason) => [reason, 0])) as SkinAudit['leftOut']
  for (const { skin } of images) if (skin !== 'measured' && skin !== 'coloured') leftOut[skin] += 1
  return {
    measured: images.filter(isTold).length,
    coloured: images.filter(({ skin }) => skin === 'coloured').length,
    leftOut,
    tones: [
      describeTones(dataset, { axis: null, group: null, isIn: () => true }),
      ...axes.flatMap((axis) =>
        labels[axis].map((group) =>
          describeTones(dataset, { axis, group, isIn: (image) => labelOf[axis](image) === group }),
        ),
      ),
    ],
    onePerson: comparePictures(dataset),
  }
}
