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
  /** `[images]` numbers of people; images of one stay together. */
  readonly people: Int32Array
}

export interface GroupMap {
  readonly group: string
  readonly images: number
  readonly people: number
  /** `[cells]` means; null where a cell is not compared, and all below 30 images. */
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
}

/** Sums over the images of each person: shuffles move people as a whole. */
interface PersonSums {
  readonly sums: Float64Array
  readonly sizes: Int32Array
  readonly groups: Int32Array
}

/**
 * Images of one person that stand in one group become one row. A person whose images stand in several groups has a row in each, which
 * move apart: where an outcome differs between pictures of one person, pictures are what is shuffled.
 */
function sumByPerson({ maps, cells, groups, people }: AlignedMaps, used: readonly number[]): PersonSums {
  const rows = new Map<string, number>()
  const rowOf = new Int32Array(groups.length).fill(-1)
  for (let image = 0; image < groups.length; image++) {
    if ((groups[image] ?? -1) < 0) continue
    const person = people[image] ?? -1
    const key = person < 0 ? `image ${image}` : `${person} ${groups[image]}`
    const row = rows.get(key) ?? rows.size
    rows.set(key, row)
    rowOf[image] = row
  }
  const sums = new Float64Array(rows.size * used.length)
  const sizes = new Int32Array(rows.size)
  const rowGroups = new Int32Array(rows.size)
  const means = used.map((cell) => {
    let [sum, count] = [0, 0]
    for (let image = 0; image < groups.length; image++) {
      const value = maps[image * cells + cell] ?? Number.NaN
      if (rowOf[image] === -1 || Number.isNaN(value)) continue
      sum += value
      count++
    }
    return count > 0 ? sum / count : 0
  })
  for (let image = 0; image < groups.length; image++) {
    const row = rowOf[image] ?? -1
    if (row < 0) continue
    sizes[row] = (sizes[row] ?? 0) + 1
    rowGroups[row] = groups[image] ?? 0
    used.forEach((cell, at) => {
      const value = maps[image * cells + cell] ?? Number.NaN
      const place = row * used.length + at
      // What lies beyond one picture speaks for no group.
      sums[place] = (sums[place] ?? 0) + (Number.isNaN(value) ? (means[at] ?? 0) : value)
    })
  }
  return { sums, sizes, groups: rowGroups }
}

function findUsed({ maps, cells, groups }: AlignedMaps): number[] {
  const images = [...groups.keys()].filter((image) => (groups[image] ?? -1) >= 0)
  return Array.from({ length: cells }, (_, cell) => cell).filter((cell) => {
    const covered = images.filter((image) => !Number.isNaN(maps[image * cells + cell])).length
    return images.length > 0 && covered >= coveredFrom * images.length
  })
}

interface Totals {
  /** `[groups, used]` */
  readonly sums: Float64Array
  /** `[groups]` images. */
  readonly sizes: Float64Array
}

function addUp({ sums, sizes }: PersonSums, groupOf: Int32Array, count: number, width: number): Totals {
  const totals = new Float64Array(count * width)
  const images = new Float64Array(count)
  for (let row = 0; row < sizes.length; row++) {
    const group = groupOf[row] ?? 0
    images[group] = (images[group] ?? 0) + (sizes[row] ?? 0)
    const [from, to] = [row * width, group * width]
    for (let at = 0; at < width; at++) totals[to + at] = (totals[to + at] ?? 0) + (sums[from + at] ?? 0)
  }
  return { sums: totals, sizes: images }
}

/** `[judged, used]` differences between a group and all others, each over the spread that `spread` names. */
function contrast(
  { sums, sizes }: Totals,
  { judged, width, spread }: { judged: readonly number[]; width: number; spread: Float64Array },
) {
  const all = new Float64Array(width)
  let images = 0
  for (let group = 0; group < sizes.length; group++) {
    images += sizes[group] ?? 0
    for (let at = 0; at < width; at++) all[at] = (all[at] ?? 0) + (sums[group * width + at] ?? 0)
  }
  const differences = new Float64Array(judged.length * width)
  const errors = new Float64Array(judged.length * width)
  judged.forEach((group, place) => {
    const own = sizes[group] ?? 0
    const others = images - own
    for (let at = 0; at < width; at++) {
      const sum = sums[group * width + at] ?? 0
      differences[place * width + at] = sum / own - ((all[at] ?? 0) - sum) / others
      errors[place * width + at] = (spread[at] ?? 0) * Math.sqrt(1 / own + 1 / others)
    }
  })
  return { differences, errors }
}

/** Standard deviation of an image's value about the mean of all, from people as the unit that varies; `[used]` */
function measureSpread({ sums, sizes }: PersonSums, width: number): Float64Array {
  const images = sizes.reduce((sum, size) => sum + size, 0)
  const mean = new Float64Array(width)
  for (let row = 0; row < sizes.length; row++)
    for (let at = 0; at < width; at++) mean[at] = (mean[at] ?? 0) + (sums[row * width + at] ?? 0) / images
  const squares = new Float64Array(width)
  for (let row = 0; row < sizes.length; row++) {
    for (let at = 0; at < width; at++) {
      const off = (sums[row * width + at] ?? 0) - (sizes[row] ?? 0) * (mean[at] ?? 0)
      squares[at] = (squares[at] ?? 0) + off * off
    }
  }
  return squares.map((square) => Math.sqrt(square / images))
}

/**
 * Mean maps of groups, and where each differs from all others beyond chance: people keep their images, groups are dealt out anew among
 * people, and each difference is held against the largest that any cell of any group has in a deal.
 */
export function compareMaps(
  aligned: AlignedMaps,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): ComparedMaps {
  const { cells, groups, names, people } = aligned
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
    groups: names.map((group, number) => {
      const images = totals.sizes[number] ?? 0
      const place = judged.indexOf(number)
      const persons = new Set(
        [...groups.keys()].flatMap((image) => {
          if (groups[image] !== number) return []
          const person = people[image] ?? -1
          return [person < 0 ? `image ${image}` : `person ${person}`]
        }),
      ).size
      const from = place * width
      const tell = place >= 0 && isTested
      return {
        group,
        images,
        people: persons,
        mean:
          images < fewestImages ? null : spreadOut((at) => (totals.sums[number * width + at] ?? 0) / images),
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
