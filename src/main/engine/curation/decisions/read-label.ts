import { AppError } from '#shared/contract/errors.ts'
import { labelSchemeNames, labelSchemes } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { fitsScheme, type ChosenLabel } from '#engine/curation/decisions/domain/plan-decision.ts'
import { readAge, writeAge } from '#engine/data/catalogue/domain/age-label.ts'

/** An age is brought into one writing. Throws INVALID_INPUT for a label of no scheme. */
export function readLabel(task: Task, value: string | null): ChosenLabel {
  if (!labelSchemeNames.some((scheme) => fitsScheme(scheme, task, value))) {
    const known =
      task === 'age'
        ? 'years from 0 to 116 or one of the nine bins, such as 20-29'
        : [...new Set(labelSchemeNames.flatMap((scheme) => [...labelSchemes[scheme][task]]))].join(', ')
    throw new AppError('INVALID_INPUT', `"${value}" is no ${task} label. Give ${known}.`, {
      details: { field: 'value' },
    })
  }
  const age = task === 'age' && value !== null ? readAge(value) : null
  return { task, value: age === null ? value : writeAge(age) }
}
