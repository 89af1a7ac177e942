import type { Task } from '#shared/domain/tasks.ts'
import type { Grouping } from './measure.ts'

/** One labelling of the images into groups. */
export interface RecordGroups {
  readonly groups: readonly string[]
  /** `[n]` index into `groups`, -1 where unknown. */
  readonly indices: Int16Array
}

/** What one system answered for one task, image by image, and what is known of each image; all arrays `[n]`. */
export interface TaskRecords {
  readonly task: Task
  readonly labels: readonly string[]
  /** Class index; -1 where the image has no label for the task, and it counts nowhere. */
  readonly labelled: Int16Array
  /** Class index; -1 where the system found no face or gave no answer, which counts as an error. */
  readonly predicted: Int16Array
  /** `[n, labels]` row by row; a row of NaN where there are none. */
  readonly probabilities?: Float32Array
  /** Predicted and exact labelled age; NaN where unknown. Only of systems that give years. */
  readonly years?: { readonly predicted: Float64Array; readonly labelled: Float64Array }
  /** Number of the cluster from 0 on: one person, or copies of one picture. */
  readonly clusters: Int32Array
  readonly groupings: Readonly<Record<Grouping, RecordGroups>>
}

/** Groups of a table: cells of one labelling or of several crossed. */
export interface Cells {
  readonly by: readonly Grouping[]
  /** The group of each labelling, in the order of `by`. */
  readonly names: readonly (readonly string[])[]
  /** `[n]` index into `names`, -1 where one of the labels is unknown. */
  readonly indices: Int32Array
}

/** Crosses labellings: every combination is a cell, in the order of the labels, also those without an image. */
export function crossGroups(
  records: Pick<TaskRecords, 'groupings' | 'labelled'>,
  by: readonly Grouping[],
): Cells {
  const indices = new Int32Array(records.labelled.length)
  let names: (readonly string[])[] = [[]]
  for (const grouping of by) {
    const { groups, indices: own } = records.groupings[grouping]
    names = names.flatMap((name) => groups.map((group) => [...name, group]))
    for (let image = 0; image < indices.length; image++) {
      const [before, group] = [indices[image] ?? -1, own[image] ?? -1]
      indices[image] = before < 0 || group < 0 ? -1 : before * groups.length + group
    }
  }
  return { by, names, indices }
}
