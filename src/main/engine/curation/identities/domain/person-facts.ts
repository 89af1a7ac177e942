import type { PersonFacts } from './people-rules.ts'

interface LabelledImage {
  readonly datasetId: number
  readonly identityId: number | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
}

/** Beyond it nobody is. */
const oldest = 120
/** Below, faces of different people are much alike. */
export const childYears = 10

function readAge(years: number | null, bin: string | null): PersonFacts['age'] {
  if (years !== null) return { from: years, to: years }
  const [first, last] = /^(\d+)(?:-(\d+)|\+)$/.exec(bin ?? '')?.slice(1) ?? []
  return first === undefined ? null : { from: Number(first), to: last === undefined ? oldest : Number(last) }
}

export const readFacts = ({
  datasetId,
  identityId,
  gender,
  ageYears,
  ageBin,
}: LabelledImage): PersonFacts => ({
  gender,
  age: readAge(ageYears, ageBin),
  identity: identityId === null ? null : { dataset: datasetId, id: identityId },
})

export const isChild = ({ age }: PersonFacts): boolean => age !== null && age.to < childYears
