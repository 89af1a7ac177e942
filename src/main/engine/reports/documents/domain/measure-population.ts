import type { ReportPopulation } from '#shared/contract/report.contract.ts'
import { fewestForFigure } from '#shared/domain/fairness-metrics.ts'
import { crossGroups, type TaskRecords } from '#engine/assessment/metrics/domain/records.ts'

/** Who is in the images, by what they are labelled: all images of the part, whatever a task asks. */
export function measurePopulation(
  records: Pick<TaskRecords, 'clusters' | 'groupings' | 'labelled'>,
): ReportPopulation {
  const { clusters, groupings } = records
  const cells = crossGroups(records, ['race', 'gender', 'age'])
  const inCells = new Int32Array(cells.names.length)
  for (const cell of cells.indices) if (cell >= 0) inCells[cell]! += 1
  return {
    images: clusters.length,
    people: new Set(clusters).size,
    groupings: (['race', 'gender', 'age'] as const).map((grouping) => {
      const { groups, indices } = groupings[grouping]
      const images = groups.map(() => 0)
      const people = groups.map(() => new Set<number>())
      let unlabelled = 0
      indices.forEach((group, image) => {
        if (group < 0) unlabelled += 1
        else {
          images[group]! += 1
          people[group]?.add(clusters[image] ?? -1)
        }
      })
      return {
        grouping,
        groups: groups.map((group, index) => ({
          group,
          images: images[index] ?? 0,
          people: people[index]?.size ?? 0,
        })),
        unlabelled,
      }
    }),
    cells: {
      all: inCells.length,
      empty: inCells.filter((n) => n === 0).length,
      below30: inCells.filter((n) => n > 0 && n < fewestForFigure).length,
    },
  }
}
