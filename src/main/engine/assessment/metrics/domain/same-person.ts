import type { Estimate } from '#shared/domain/intervals.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { studentCritical } from './distributions.ts'
import type { Cells, TaskRecords } from './records.ts'

/** How one group's people are answered over several pictures of each. */
export interface SameAnswer {
  readonly group: readonly string[]
  /** Share of the people with two pictures or more who got more than one answer; n counts people. */
  readonly flips: Estimate
  /**
   * Mean over people of the standard deviation of the predicted age over their pictures, less what the labels say of
   * the years that lay between them where every picture has an exact one; null for answers without years.
   */
  readonly spreadYears: Estimate | null
}

interface Person {
  readonly group: number
  readonly images: number[]
}

interface Depicted {
  readonly cells: Cells
  /** `[n]` what is equal for copies of one picture. */
  readonly pictures: readonly string[]
  /** `[n]` number of the person, -1 where nobody is known. */
  readonly people: Int32Array
}

/** People with at least two different pictures whose pictures stand in one group. */
function listPeople(records: TaskRecords, { cells, pictures, people: known }: Depicted): Person[] {
  const people = new Map<number, { groups: Set<number>; images: Map<string, number> }>()
  known.forEach((number, image) => {
    if (number < 0) return
    const person = people.get(number) ?? { groups: new Set<number>(), images: new Map<string, number>() }
    people.set(number, person)
    if ((records.predicted[image] ?? -1) < 0) return
    person.groups.add(cells.indices[image] ?? -1)
    // A copy of a picture is answered alike by itself and would hide what other pictures show.
    const picture = pictures[image] ?? String(image)
    if (!person.images.has(picture)) person.images.set(picture, image)
  })
  return [...people.values()].flatMap(({ groups, images }) => {
    const [group = -1] = groups
    return groups.size === 1 && group >= 0 && images.size >= 2
      ? [{ group, images: [...images.values()] }]
      : []
  })
}

function deviate(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

function estimateMean(values: readonly number[]): Estimate {
  const n = values.length
  if (n === 0) return { value: null, low: null, high: null, n }
  const value = values.reduce((sum, one) => sum + one, 0) / n
  if (n === 1) return { value, low: null, high: null, n }
  const half = (studentCritical(0.05, n - 1) * deviate(values)) / Math.sqrt(n)
  return { value, low: value - half, high: value + half, n }
}

/** The years of answers that the pictures' own ages do not account for. */
function listYears({ years }: TaskRecords, { images }: Person): number[] {
  if (years === undefined) return []
  const exact = images.every((image) => !Number.isNaN(years.labelled[image] ?? Number.NaN))
  return images.map((image) => years.predicted[image]! - (exact ? years.labelled[image]! : 0))
}

/**
 * Same person, same answer: over the pictures of one person, how often the answer changes and how far the age wanders.
 * Pictures of nobody who is known count nowhere: copies of one picture, which are answered alike, are no person.
 */
export function compareSamePeople(records: TaskRecords, depicted: Depicted): SameAnswer[] {
  const { cells } = depicted
  const people = listPeople(records, depicted)
  return cells.names.map((group, index) => {
    const own = people.filter((person) => person.group === index)
    const flipped = own.filter(
      ({ images }) => new Set(images.map((image) => records.predicted[image])).size > 1,
    )
    return {
      group,
      flips: estimateProportion(flipped.length, own.length),
      spreadYears:
        records.years === undefined
          ? null
          : estimateMean(own.map((person) => deviate(listYears(records, person)))),
    }
  })
}
