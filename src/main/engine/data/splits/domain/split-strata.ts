export interface StratifiedImage {
  readonly dataset: string
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
}

/** One way to sort images into values, as a function of their stratum. */
export interface SplitAxis {
  readonly name: 'cell' | 'cellByDataset' | 'race' | 'gender' | 'age' | 'dataset'
  readonly weight: number
  /** `[strata]` value of each stratum. */
  readonly valueOf: Int32Array
  readonly values: number
}

export interface SplitStrata {
  /** `[images]` finest stratum (race, gender, age bin and data set) of each image. */
  readonly stratumOf: Int32Array
  readonly count: number
  /** `[strata]` race x gender x age bin cell of each stratum; a missing label is a value of its own. */
  readonly cellOf: Int32Array
  readonly cells: number
  readonly axes: readonly SplitAxis[]
}

/** Numbers values by first appearance. */
class Numbering {
  readonly #codes = new Map<string, number>()
  get count(): number {
    return this.#codes.size
  }
  code(...key: readonly (string | null)[]): number {
    const text = key.length === 1 && typeof key[0] === 'string' ? key[0] : JSON.stringify(key)
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    this.#codes.set(text, this.#codes.size)
    return this.#codes.size - 1
  }
}

/**
 * Strata of the images and the axes along which a split is judged. The cell axis is the goal (weight 1);
 * the others weigh a quarter each, enough to decide between plans that cut the cells equally well.
 */
export function buildStrata(images: readonly StratifiedImage[]): SplitStrata {
  const strata = new Numbering()
  const byAxis = {
    cell: new Numbering(),
    race: new Numbering(),
    gender: new Numbering(),
    age: new Numbering(),
    dataset: new Numbering(),
  }
  const valueOf = {
    cell: [] as number[],
    race: [] as number[],
    gender: [] as number[],
    age: [] as number[],
    dataset: [] as number[],
  }
  const stratumOf = new Int32Array(images.length)
  images.forEach(({ dataset, race, gender, ageBin }, index) => {
    const stratum = strata.code(dataset, race, gender, ageBin)
    stratumOf[index] = stratum
    if (stratum < valueOf.cell.length) return
    valueOf.cell.push(byAxis.cell.code(race, gender, ageBin))
    valueOf.race.push(byAxis.race.code(race))
    valueOf.gender.push(byAxis.gender.code(gender))
    valueOf.age.push(byAxis.age.code(ageBin))
    valueOf.dataset.push(byAxis.dataset.code(dataset))
  })
  const axis = (name: keyof typeof byAxis, weight: number): SplitAxis => ({
    name,
    weight,
    valueOf: Int32Array.from(valueOf[name]),
    values: byAxis[name].count,
  })
  const cell = axis('cell', 1)
  const axes = [cell, axis('race', 0.25), axis('gender', 0.25), axis('age', 0.25)]
  if (byAxis.dataset.count > 1) {
    const identity = Int32Array.from({ length: strata.count }, (_, index) => index)
    axes.push(axis('dataset', 0.25), {
      name: 'cellByDataset',
      weight: 0.5,
      valueOf: identity,
      values: strata.count,
    })
  }
  return { stratumOf, count: strata.count, cellOf: cell.valueOf, cells: cell.values, axes }
}

/** Images as their strata see them: an axis that shall not count is the same for all. */
export function maskStrata<Image extends StratifiedImage>(
  images: readonly Image[],
  strata: readonly ('race' | 'gender' | 'age' | 'dataset')[],
): StratifiedImage[] {
  const kept = new Set(strata)
  return images.map(({ dataset, race, gender, ageBin }) => ({
    dataset: kept.has('dataset') ? dataset : '',
    race: kept.has('race') ? race : null,
    gender: kept.has('gender') ? gender : null,
    ageBin: kept.has('age') ? ageBin : null,
  }))
}

/**
 * The least total variation that any part of `size` images can have against the whole: every count is a whole number,
 * so what the exact share leaves over cannot be had. Rounding by largest remainders attains it.
 */
export function boundTotalVariation(strata: SplitStrata, size: number): number | null {
  if (size === 0) return null
  const whole = new Float64Array(strata.cells)
  for (const stratum of strata.stratumOf) {
    const cell = strata.cellOf[stratum] ?? 0
    whole[cell] = (whole[cell] ?? 0) + 1
  }
  const share = size / strata.stratumOf.length
  const remainders = Float64Array.from(whole, (count) => count * share - Math.floor(count * share)).sort()
  const up = Math.round(remainders.reduce((sum, rest) => sum + rest, 0))
  const firstUp = remainders.length - up
  let off = 0
  remainders.forEach((rest, at) => {
    off += at < firstUp ? rest : 1 - rest
  })
  return off / 2 / size
}

/** Total variation distance between each part's distribution over cells and the whole's, 0-1; an empty part has 1. */
export function measureTotalVariation(strata: SplitStrata, partOf: Uint8Array, parts: number): number[] {
  const whole = new Float64Array(strata.cells)
  const counts = Array.from({ length: parts }, () => new Float64Array(strata.cells))
  const sizes = new Float64Array(parts)
  strata.stratumOf.forEach((stratum, image) => {
    const cell = strata.cellOf[stratum] ?? 0
    const part = partOf[image] ?? 0
    const count = counts[part]
    if (count === undefined) throw new RangeError(`Part ${part} of ${parts}`)
    whole[cell] = (whole[cell] ?? 0) + 1
    count[cell] = (count[cell] ?? 0) + 1
    sizes[part] = (sizes[part] ?? 0) + 1
  })
  const images = strata.stratumOf.length
  return counts.map((count, part) => {
    const size = sizes[part] ?? 0
    if (size === 0) return 1
    let sum = 0
    for (let cell = 0; cell < strata.cells; cell++) {
      sum += Math.abs((count[cell] ?? 0) / size - (whole[cell] ?? 0) / images)
    }
    return sum / 2
  })
}
