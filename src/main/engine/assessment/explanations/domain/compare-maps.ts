import { createRandom } from '#engine/base/kernel/random.ts'

/** Cells that fewer of the images have are not compared: the frame lies beyond too many pictures there. */
const coveredFrom = 0.9
/** As for all figures of groups: below it a group has its count alone. */
export const fewestImages = 30
const level = 0.05

export interface AlignedMaps {
  /** `[images, cells]`, NaN where a cell lies beyond a picture. */
  readonly maps: Float32Array
  readonly cells: number
  /** `[images]` numbers of groups, -1 for none. */
  readonly groups: Int32Array
  readonly names: readonly string[]
  /** `[images]` numbers of people, or of sets of copies of whom nobody is known; images of one stay together. */
  readonly people: Int32Array
  /** `[images]` 1 where it is known who the person is, 0 else. */
  readonly isKnown: Int32Array
}

export interface GroupMap {
  readonly group: string
  readonly images: number
  readonly people: number
  /** Images of which nobody is known. */
  readonly unknown: number
  /** `[cells]` means over the images that have the cell; null where a cell is not compared, and all below 30 images. */
  readonly mean: readonly (number | null)[] | null
  /** Mean of the group less that of all others, with half the width of its interval, which holds for all cells and groups at once. */
  readonly difference: readonly (number | null)[] | null
  readonly halfWidth: readonly (number | null)[] | null
  /** Chance of a difference so large anywhere, in any group, if groups did not matter (max-T, Westfall & Young 1993). */
  readonly p: readonly (number | null)[] | null
}

export interface ComparedMaps {
  readonly groups: readonly GroupMap[]
  /** Cells that are compared. */
  readonly compared: number
  /** Whether shuffling says something: with fewer than two groups of enough images it does not. */
  readonly isTested: boolean
  readonly draws: number
  /** People whose images stand in several groups, and move apart. */
  readonly peopleInSeveral: number
}

/** Sums over the images of each person: shuffles move people as a whole. */
interface PersonSums {
  /** `[rows, used]` sums of the images that have the cell, and how many these are. */
  readonly sums: Float64Array
  readonly counts: Float64Array
  /** `[rows]` images. */
  readonly sizes: Int32Array
  readonly groups: Int32Array
  readonly peopleInSeveral: number
}

/**
 * Images of one person that stand in one group become one row. A person whose images stand in several groups has a row in each, which
 * move apart: where an outcome differs between pictures of one person, pictures are what is shuffled.
 */
function sumByPerson({ maps, cells, groups, people }: AlignedMaps, used: readonly number[]): PersonSums {
  const rows = new Map<string, number>()
  const rowsOf = new Map<number, number>()
  const rowOf = new Int32Array(groups.length).fill(-1)
  for (let image = 0; image < groups.length; image++) {
    if ((groups[image] ?? -1) < 0) continue
    const person = people[image] ?? -1
    const key = `${person} ${groups[image]}`
    const row = rows.get(key) ?? rows.size
    if (row === rows.size) rowsOf.set(person, (rowsOf.get(person) ?? 0) + 1)
    rows.set(key, row)
    rowOf[image] = row
  }
  const sums = new Float64Array(rows.size * used.length)
  const counts = new Float64Array(rows.size * used.length)
  const sizes = new Int32Array(rows.size)
  const rowGroups = new Int32Array(rows.size)
  for (let image = 0; image < groups.length; image++) {
    const row = rowOf[image] ?? -1
    if (row < 0) continue
    sizes[row] = (sizes[row] ?? 0) + 1
    rowGroups[row] = groups[image] ?? 0
    used.forEach((cell, at) => {
      const value = maps[image * cells + cell] ?? Number.NaN
      // What lies beyond one picture speaks for no group.
      if (Number.isNaN(value)) return
      const place = row * used.length + at
      sums[place] = (sums[place] ?? 0) + value
      counts[place] = (counts[place] ?? 0) + 1
    })
  }
  const peopleInSeveral = [...rowsOf.values()].filter((own) => own > 1).length
  return { sums, counts, sizes, groups: rowGroups, peopleInSeveral }
}

/** Cells that nearly all images have, and nearly all of each group that is told of: else a mean would be of a few pictures of it. */
function findUsed({ maps, cells, groups, names }: AlignedMaps): number[] {
  const images = [...groups.keys()].filter((image) => (groups[image] ?? -1) >= 0)
  const sets = [
    images,
    ...[...names.keys()].map((group) => images.filter((image) => groups[image] === group)),
  ].filter((set, at) => set.length > 0 && (at === 0 || set.length >= fewestImages))
  return Array.from({ length: cells }, (_, cell) => cell).filter(
    (cell) =>
      images.length > 0 &&
      sets.every((set) => {
        const covered = set.filter((image) => !Number.isNaN(maps[image * cells + cell])).length
        return covered >= coveredFrom * set.length
      }),
  )
}

interface Totals {
  /** `[groups, used]`, and how many images have the cell. */
  readonly sums: Float64Array
  readonly counts: Float64Array
  /** `[groups]` images. */
  readonly sizes: Float64Array
}

function addUp(
  { sums, counts, sizes }: PersonSums,
  groupOf: Int32Array,
  groups: number,
  width: number,
): Totals {
  const totals = new Float64Array(groups * width)
  const totalCounts = new Float64Array(groups * width)
  const images = new Float64Array(groups)
  for (let row = 0; row < sizes.length; row++) {
    const group = groupOf[row] ?? 0
    images[group] = (images[group] ?? 0) + (sizes[row] ?? 0)
    const [from, to] = [row * width, group * width]
    for (let at = 0; at < width; at++) {
      totals[to + at] = (totals[to + at] ?? 0) + (sums[from + at] ?? 0)
      totalCounts[to + at] = (totalCounts[to + at] ?? 0) + (counts[from + at] ?? 0)
    }
  }
  return { sums: totals, counts: totalCounts, sizes: images }
}

/** `[judged, used]` differences between a group and all others, and the error of each, 0 where one of the two has no image with the cell. */
function contrast(
  { sums, counts, sizes }: Totals,
  { judged, width, spread }: { judged: readonly number[]; width: number; spread: Float64Array },
) {
  const all = new Float64Array(width)
  const images = new Float64Array(width)
  for (let group = 0; group < sizes.length; group++) {
    for (let at = 0; at < width; at++) {
      all[at] = (all[at] ?? 0) + (sums[group * width + at] ?? 0)
      images[at] = (images[at] ?? 0) + (counts[group * width + at] ?? 0)
    }
  }
  const differences = new Float64Array(judged.length * width)
  const errors = new Float64Array(judged.length * width)
  judged.forEach((group, place) => {
    for (let at = 0; at < width; at++) {
      const own = counts[group * width + at] ?? 0
      const others = (images[at] ?? 0) - own
      if (own === 0 || others === 0) continue
      const sum = sums[group * width + at] ?? 0
      differences[place * width + at] = sum / own - ((all[at] ?? 0) - sum) / others
      errors[place * width + at] = (spread[at] ?? 0) * Math.sqrt(1 / own + 1 / others)
    }
  })
  return { differences, errors }
}

/** Standard deviation of an image's value about the mean of all, from people as the unit that varies; `[used]` */
function measureSpread({ sums, counts, sizes }: PersonSums, width: number): Float64Array {
  const images = new Float64Array(width)
  const mean = new Float64Array(width)
  for (let row = 0; row < sizes.length; row++) {
    for (let at = 0; at < width; at++) {
      mean[at] = (mean[at] ?? 0) + (sums[row * width + at] ?? 0)
      images[at] = (images[at] ?? 0) + (counts[row * width + at] ?? 0)
    }
  }
  for (let at = 0; at < width; at++) mean[at] = (mean[at] ?? 0) / Math.max(1, images[at] ?? 0)
  const squares = new Float64Array(width)
  for (let row = 0; row < sizes.length; row++) {
    for (let at = 0; at < width; at++) {
      const off = (sums[row * width + at] ?? 0) - (counts[row * width + at] ?? 0) * (mean[at] ?? 0)
      squares[at] = (squares[at] ?? 0) + off * off
    }
  }
  return squares.map((square, at) => Math.sqrt(square / Math.max(1, images[at] ?? 0)))
}

/**
 * Mean maps of groups, and where each differs from all others beyond chance: people keep their images, groups are dealt out anew among
 * people, and each difference is held against the largest that any cell of any group has in a deal.
 */
export function compareMaps(
  aligned: AlignedMaps,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): ComparedMaps {
  const { cells, groups, names, people, isKnown } = aligned
  const used = findUsed(aligned)
  const width = used.length
  const rows = sumByPerson(aligned, used)
  const totals = addUp(rows, rows.groups, names.length, width)
  const all = totals.sizes.reduce((sum, size) => sum + size, 0)
  const judged = [...names.keys()].filter((group) => {
    const own = totals.sizes[group] ?? 0
    return own >= fewestImages && all - own >= fewestImages
  })
  const spread = measureSpread(rows, width)
  const seen = contrast(totals, { judged, width, spread })
  const isTested = judged.length >= 2 && width > 0 && draws > 0
  const largest = new Float64Array(isTested ? draws : 0)
  const random = createRandom(seed, ['group maps'])
  const dealt = Int32Array.from(rows.groups)
  for (let draw = 0; draw < largest.length; draw++) {
    random.shuffle(dealt)
    const { differences, errors } = contrast(addUp(rows, dealt, names.length, width), {
      judged,
      width,
      spread,
    })
    let most = 0
    for (let at = 0; at < differences.length; at++) most = Math.max(most, sizeOf(differences, errors, at))
    largest[draw] = most
  }
  const sorted = largest.toSorted()
  const limit =
    sorted[Math.min(sorted.length - 1, Math.ceil((1 - level) * (sorted.length + 1)) - 1)] ?? Number.NaN
  const chance = (size: number): number =>
    (1 + largest.filter((other) => other >= size).length) / (1 + largest.length)
  const spreadOut = (read: (at: number) => number): (number | null)[] => {
    const row: (number | null)[] = Array.from({ length: cells }, () => null)
    used.forEach((cell, at) => (row[cell] = read(at)))
    return row
  }
  return {
    compared: width,
    isTested,
    draws: largest.length,
    peopleInSeveral: rows.peopleInSeveral,
    groups: names.map((group, number) => {
      const images = totals.sizes[number] ?? 0
      const place = judged.indexOf(number)
      const own = [...groups.keys()].filter((image) => groups[image] === number)
      const from = place * width
      const tell = place >= 0 && isTested
      return {
        group,
        images,
        people: new Set(own.map((image) => people[image])).size,
        unknown: own.filter((image) => isKnown[image] === 0).length,
        mean:
          images < fewestImages
            ? null
            : spreadOut(
                (at) => (totals.sums[number * width + at] ?? 0) / (totals.counts[number * width + at] ?? 0),
              ),
        difference: tell ? spreadOut((at) => seen.differences[from + at] ?? 0) : null,
        halfWidth: tell ? spreadOut((at) => limit * (seen.errors[from + at] ?? 0)) : null,
        p: tell ? spreadOut((at) => chance(sizeOf(seen.differences, seen.errors, from + at))) : null,
      }
    }),
  }
}

const sizeOf = (differences: Float64Array, errors: Float64Array, at: number): number => {
  const error = errors[at] ?? 0
  return error > 0 ? Math.abs(differences[at] ?? 0) / error : 0
}
