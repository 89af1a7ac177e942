import { readAgeRange } from '#shared/domain/age-range.ts'
import type { PersonFacts } from './people-rules.ts'

interface LabelledImage {
  readonly datasetId: number
  readonly identityId: number | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
}

/** Below, faces of different people are much alike. */
export const childYears = 10

export const readFacts = ({
  datasetId,
  identityId,
  gender,
  ageYears,
  ageBin,
}: LabelledImage): PersonFacts => ({
  gender,
  age: readAgeRange({ ageYears, ageBin }),
  identity: identityId === null ? null : { dataset: datasetId, id: identityId },
})

export const isChild = ({ age }: PersonFacts): boolean => age !== null && age.to < childYears
