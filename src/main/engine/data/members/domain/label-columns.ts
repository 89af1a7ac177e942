import * as z from 'zod'

/** The labels of one image in a list. */
export interface MemberLabels {
  readonly imageId: number
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
  readonly ageYears: number | null
}

const codes = z.instanceof(Int16Array)
const table = z.array(z.string())

/** Columns rather than rows: typed arrays and short tables cross between threads at no cost. */
export const labelColumns = z.object({
  /** `[images]` */
  imageIds: z.instanceof(Float64Array),
  /** `[images]` index into `labels`, -1 where the label is missing */
  labelOf: z.object({ race: codes, gender: codes, ageBin: codes }),
  labels: z.object({ race: table, gender: table, ageBin: table }),
  /** `[images]` NaN where unknown */
  ageYears: z.instanceof(Float64Array),
})
export type LabelColumns = z.infer<typeof labelColumns>

/** Numbers the values of a column as they come. */
class LabelColumn {
  readonly codes: number[] = []
  readonly table: string[] = []
  readonly #known = new Map<string, number>()

  add(value: string | null): void {
    if (value === null) {
      this.codes.push(-1)
      return
    }
    const code = this.#known.get(value) ?? this.table.push(value) - 1
    this.#known.set(value, code)
    this.codes.push(code)
  }
}

/** Packs labels in the order of the images as they come. */
export class LabelPacker {
  readonly #imageIds: number[] = []
  readonly #years: number[] = []
  readonly #race = new LabelColumn()
  readonly #gender = new LabelColumn()
  readonly #ageBin = new LabelColumn()

  add({ imageId, race, gender, ageBin, ageYears }: MemberLabels): void {
    this.#imageIds.push(imageId)
    this.#years.push(ageYears ?? NaN)
    this.#race.add(race)
    this.#gender.add(gender)
    this.#ageBin.add(ageBin)
  }

  pack(): LabelColumns {
    const [race, gender, ageBin] = [this.#race, this.#gender, this.#ageBin]
    return {
      imageIds: Float64Array.from(this.#imageIds),
      labelOf: {
        race: Int16Array.from(race.codes),
        gender: Int16Array.from(gender.codes),
        ageBin: Int16Array.from(ageBin.codes),
      },
      labels: { race: race.table, gender: gender.table, ageBin: ageBin.table },
      ageYears: Float64Array.from(this.#years),
    }
  }
}

/** The value at a place of a column in which NaN stands for none. */
export function readNumber(column: Float64Array, index: number): number | null {
  const value = column[index] ?? NaN
  return Number.isNaN(value) ? null : value
}

/** The image at a place of the columns. */
export function readLabels(
  { imageIds, labelOf, labels, ageYears }: LabelColumns,
  index: number,
): MemberLabels {
  const imageId = imageIds[index]
  if (imageId === undefined) throw new RangeError(`No image ${index} among ${imageIds.length}`)
  return {
    imageId,
    race: labels.race[labelOf.race[index] ?? -1] ?? null,
    gender: labels.gender[labelOf.gender[index] ?? -1] ?? null,
    ageBin: labels.ageBin[labelOf.ageBin[index] ?? -1] ?? null,
    ageYears: readNumber(ageYears, index),
  }
}
