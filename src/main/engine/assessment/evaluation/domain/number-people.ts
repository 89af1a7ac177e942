/** Who is in one image. */
export interface DepictedRow {
  readonly imageId: number
  /** As the data set names it. */
  readonly identity: number | null
  /** As inferred from faces, and corrected by people; equal for images of one person. */
  readonly person: number | null
}

/** Whose pictures are whose. */
export interface KnownPeople {
  /** `[n]` number of the person from 0 on, -1 where nobody is known. */
  readonly people: Int32Array
  /** Images whose person the data set names, whose person was inferred from faces, and of whom nobody is known. */
  readonly known: { readonly dataset: number; readonly inferred: number; readonly unknown: number }
}

/**
 * Numbers the people of images: by the data set's identity, else by the inferred person, who is the data set's where all of
 * its named images are of one.
 * @param imageIds `[n]`
 */
export function numberPeople(imageIds: readonly number[], rows: Iterable<DepictedRow>): KnownPeople {
  const rowOf = new Map<number, DepictedRow>()
  const identitiesOf = new Map<number, Set<number>>()
  for (const row of rows) {
    rowOf.set(row.imageId, row)
    if (row.person === null || row.identity === null) continue
    identitiesOf.set(row.person, (identitiesOf.get(row.person) ?? new Set()).add(row.identity))
  }
  const keyOf = ({ identity, person }: DepictedRow): string | null => {
    if (identity !== null) return `identity ${identity}`
    if (person === null) return null
    const [named, ...others] = identitiesOf.get(person) ?? []
    return named !== undefined && others.length === 0 ? `identity ${named}` : `person ${person}`
  }
  const numbers = new Map<string, number>()
  let [dataset, inferred] = [0, 0]
  const people = Int32Array.from(imageIds, (id) => {
    const row = rowOf.get(id)
    const key = row === undefined ? null : keyOf(row)
    if (row === undefined || key === null) return -1
    if (row.identity === null) inferred += 1
    else dataset += 1
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
  return { people, known: { dataset, inferred, unknown: imageIds.length - dataset - inferred } }
}
