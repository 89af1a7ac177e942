import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import { parityAxes, parityAxisNames, smallCell, type ParityAxis } from '#shared/domain/audit-measures.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { AuditedDataset, AuditedImage } from './audited-image.ts'
import { estimateComposition } from './estimate-composition.ts'

type Parity = DatasetAudit['parity'][number]

export const labelOf: Readonly<Record<Task, (image: AuditedImage) => string | null>> = {
  race: ({ race }) => race,
  gender: ({ gender }) => gender,
  age: ({ ageBin }) => ageBin,
}

/** What a data set can be labelled with, by task. */
export const listLabels = ({
  labelScheme,
}: Pick<AuditedDataset, 'labelScheme'>): Record<Task, readonly string[]> => ({
  ...labelSchemes[labelScheme],
  age: ageBinLabels,
})

/** How evenly the labelled images of a data set fill the groups of one labelling, or of several crossed. */
function measureAxis(dataset: AuditedDataset, axis: ParityAxis): Parity {
  const { images, people } = dataset
  const labels = listLabels(dataset)
  const tasks: readonly Task[] = parityAxes[axis]
  const indices = Int32Array.from(images, (image) => {
    let index = 0
    for (const task of tasks) {
      const own = labels[task].indexOf(labelOf[task](image) ?? '')
      if (own < 0) return -1
      index = index * labels[task].length + own
    }
    return index
  })
  const groups = tasks.reduce<Record<string, string>[]>(
    (before, task) => before.flatMap((group) => labels[task].map((label) => ({ ...group, [task]: label }))),
    [{}],
  )
  const found = estimateComposition(indices, people, groups.length)
  return {
    axis,
    groups: groups.length,
    labelled: found.n,
    unlabelled: images.length - found.n,
    people: found.people,
    entropy: found.entropy,
    minMaxRatio: found.minMaxRatio,
    least: groups[found.least] ?? null,
    most: groups[found.most] ?? null,
    empty: found.n === 0 ? groups.length : found.counts.filter((count) => count === 0).length,
    small: found.counts.filter((count) => count > 0 && count < smallCell).length,
    shares: groups.map((group, index) => ({
      group,
      n: found.counts[index] ?? 0,
      ...(found.shares[index] ?? { value: null, low: null, high: null }),
    })),
  }
}

export const measureParity = (dataset: AuditedDataset): Parity[] =>
  parityAxisNames.map((axis) => measureAxis(dataset, axis))
