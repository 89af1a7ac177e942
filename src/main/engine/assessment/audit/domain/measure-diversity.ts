import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import { auditMeasureNames, type AuditMeasure } from '#shared/domain/audit-measures.ts'
import { correctFamily } from '#engine/assessment/metrics/domain/correct-family.ts'
import { findMedian, findQuantile } from '#engine/base/kernel/quantiles.ts'
import { boundMedian } from './bound-median.ts'
import type { AuditedDataset } from './audited-image.ts'
import { testRanks, type RankTest } from './kruskal-wallis.ts'
import { labelOf, listLabels } from './measure-parity.ts'

type Diversity = DatasetAudit['diversity'][number]
type Spread = Diversity['all']

const axes = ['race', 'gender', 'age'] as const

function describeSpread(values: readonly number[]): Spread {
  const ascending = Float64Array.from(values).sort()
  const at = (share: number): number | null => (values.length === 0 ? null : findQuantile(ascending, share))
  return { n: values.length, low: at(0.05), q1: at(0.25), median: at(0.5), q3: at(0.75), high: at(0.95) }
}

/**
 * One value for each person, so that many pictures of one weigh no more than one of another: the median of the pictures in the
 * group that most of the person's pictures are in, the first of several. Nobody stands in two groups, which a rank test wants.
 * @param groupOf `[images]` index of the group of each, -1 where it is in none
 */
function takeMedians(
  { images, people }: AuditedDataset,
  { measure, groupOf, groups }: { measure: AuditMeasure; groupOf: Int32Array; groups: number },
): number[][] {
  const persons = new Map<number, number[][]>()
  images.forEach(({ measures }, index) => {
    const group = groupOf[index] ?? -1
    if (Number.isNaN(measures[measure]) || group < 0) return
    const person = people[index] ?? -1
    const own = persons.get(person) ?? Array.from({ length: groups }, (): number[] => [])
    own[group]?.push(measures[measure])
    persons.set(person, own)
  })
  const medians = Array.from({ length: groups }, (): number[] => [])
  for (const own of persons.values()) {
    const most = Math.max(...own.map(({ length }) => length))
    const group = own.findIndex(({ length }) => length === most)
    medians[group]?.push(findMedian(own[group] ?? []))
  }
  return medians
}

/**
 * How the pictures spread in each measure, and whether groups differ in it: a rank test over people, Holm's correction over
 * all measures and labellings of the data set.
 */
export function measureDiversity(dataset: AuditedDataset): Diversity[] {
  const labels = listLabels(dataset)
  const groupings = axes.map((axis) => ({
    axis,
    groupOf: Int32Array.from(dataset.images, (image) => labels[axis].indexOf(labelOf[axis](image) ?? '')),
  }))
  const found = auditMeasureNames.flatMap((measure) => {
    const valuesOf = (isIn: (index: number) => boolean): number[] =>
      dataset.images.flatMap(({ measures }, index) =>
        Number.isNaN(measures[measure]) || !isIn(index) ? [] : [measures[measure]],
      )
    const all = describeSpread(valuesOf(() => true))
    return groupings.map(({ axis, groupOf }) => {
      const medians = takeMedians(dataset, { measure, groupOf, groups: labels[axis].length })
      const groups = labels[axis].map((group, at) => ({
        group,
        spread: describeSpread(valuesOf((index) => groupOf[index] === at)),
        people: medians[at]?.length ?? 0,
        typical: boundMedian(medians[at] ?? []),
      }))
      return { measure, axis, all, groups, test: testRanks(medians) }
    })
  })
  const corrected = correctFamily(
    found.map(({ test }) => test?.p ?? Number.NaN),
    { correction: 'holm' },
  )
  return found.map(({ groups, test, ...facts }, index) => ({
    ...facts,
    groups: groups.map(({ group, spread, people, typical }) => ({ group, people, ...spread, typical })),
    test: test === null ? null : describeTest(test, corrected[index]?.adjusted ?? 1),
  }))
}

const describeTest = (
  { statistic, degrees, p, epsilonSquared, n }: RankTest,
  adjusted: number,
): NonNullable<Diversity['test']> => ({ statistic, degrees, p, adjusted, epsilonSquared, n })
