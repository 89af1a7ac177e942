import { binOfYears, type AgeBin } from '#shared/domain/label-schemes.ts'

/** The labels of one image as a data set gives them; null where missing. Years derive the bin, never the reverse. */
export interface ImageLabels {
  readonly ageYears: number | null
  readonly ageBin: AgeBin | null
  readonly gender: string | null
  readonly race: string | null
  /** Name of the person, unique within the data set. */
  readonly identity: string | null
}

export const noLabels: ImageLabels = {
  ageYears: null,
  ageBin: null,
  gender: null,
  race: null,
  identity: null,
}

/** Something in the source that was not taken as it stood; `to` is null where the label was left missing. */
export interface Repair {
  readonly field: 'age' | 'gender' | 'race' | 'identity' | 'date' | 'name' | 'labels'
  readonly from: string
  readonly to: string | null
  /** One sentence for people. */
  readonly reason: string
  /** The same where the image keeps a label that it has already. */
  readonly reasonIfKept?: string
}

/** One value read from text: the label, and the repair that was needed, if any. */
export interface ReadValue<Value> {
  readonly value: Value | null
  readonly repair: Repair | null
}

export interface ReadLabels {
  readonly labels: ImageLabels
  readonly repairs: readonly Repair[]
}

/** The oldest age in UTKFace, and near the oldest ever documented: a larger number is a slip. */
export const oldestAgeYears = 116

export const withYears = (years: number): Pick<ImageLabels, 'ageYears' | 'ageBin'> => ({
  ageYears: years,
  ageBin: binOfYears(years),
})
