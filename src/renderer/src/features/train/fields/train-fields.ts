import { dataGroup, networkGroup } from './data-fields.ts'
import { engineGroup, limitGroup } from './limit-fields.ts'
import { lossGroup } from './loss-fields.ts'
import { optimiserGroup } from './optimiser-fields.ts'
import { samplingGroup } from './sampling-fields.ts'
import type { TrainField, TrainFieldGroup } from './train-field.ts'

/** The form from top to bottom: every choice of a run with its words and its help. */
export const trainFieldGroups: readonly TrainFieldGroup[] = [
  dataGroup,
  networkGroup,
  lossGroup,
  optimiserGroup,
  samplingGroup,
  limitGroup,
  engineGroup,
]

export const trainFields: readonly TrainField[] = trainFieldGroups.flatMap(({ fields }) => fields)

const byPath = new Map(trainFields.map((field) => [field.path, field]))

export function findField(path: string): TrainField | undefined {
  return byPath.get(path)
}
