import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import { auditMeasureNames, type AuditMeasure } from '#shared/domain/audit-measures.ts'
import { correctFamily } from '#engine/assessment/metrics/domain/correct-family.ts'
import { findMedian, findQuantile } from '#engine/base/kernel/quantiles.ts'
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

/** One value for each person of a group, so that many pictures of one weigh no more than one of another. */
function takeMedians(
  dataset: AuditedDataset,
  { measure, isIn }: { readonly measure: AuditMeasure; readonly isIn: (index: number) => boolean },
): number[] {
  const values = new Map<number, number[]>()
  dataset.images.forEach(({ measures }, index) => {
    if (Number.isNaN(measures[measure]) || !isIn(index)) return
    const person = dataset.people[index] ?? -1
    const own = values.get(person)
    if (own === undefined) values.set(person, [measures[measure]])
    else own.push(measures[measure])
  })
  return [...values.values()].map((own) => (own.length === 1 ? own[0]! : findMedian(own)))
}

/**
 * How the pictures spread in each measure, and whether groups differ in it: a rank test over people, Holm's correction over
 * all measures and labellings of the data set.
 */
export function measureDiversity(dataset: AuditedDataset): Diversity[] {
  const labels = listLabels(dataset)
  const found = auditMeasureNames.flatMap((measure) => {
    const valuesOf = (isIn: (index: number) => boolean): number[] =>
      dataset.images.flatMap(({ measures }, index) =>
        Number.isNaN(measures[measure]) || !isIn(index) ? [] : [measures[measure]],
      )
    const all = describeSpread(valuesOf(() => true))
    return axes.map((axis) => {
      const groups = labels[axis].map((group) => {
        const isIn = (index: number): boolean => {
          const image = dataset.images[index]
          return image !== undefined && labelOf[axis](image) === group
        }
        return {
          group,
          spread: describeSpread(valuesOf(isIn)),
          medians: takeMedians(dataset, { measure, isIn }),
        }
      })
      return { measure, axis, all, groups, test: testRanks(groups.map(({ medians }) => medians)) }
    })
  })
  const corrected = correctFamily(
    found.map(({ test }) => test?.p ?? Number.NaN),
    { correction: 'holm' },
  )
  return found.map(({ groups, test, ...facts }, index) => ({
    ...facts,
    groups: groups.map(({ group, spread, medians }) => ({ group, people: medians.length, ...spread })),
    test: test === null ? null : describeTest(test, corrected[index]?.adjusted ?? 1),
  }))
}

const describeTest = (
  { statistic, degrees, p, epsilonSquared, n }: RankTest,
  adjusted: number,
): NonNullable<Diversity['test']> => ({ statistic, degrees, p, adjusted, epsilonSquared, n })
