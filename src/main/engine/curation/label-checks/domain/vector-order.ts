/**
 * Order of a few numbers as NumPy's argsort gives it on processors with AVX-512, where equal numbers come in the order of a
 * sorting network (x86-simd-sort; Batcher 1968), not in that of their places. Rounding a count table moves one of several
 * equal numbers, and only with the same choice are our tables and cleanlab's recorded ones the same.
 */

/** Lane that each lane is compared with, and which lanes keep the larger number. */
type Exchange = readonly [partners: readonly number[], keepsLarger: number]

const lanes = 8
const pairs: Exchange = [[1, 0, 3, 2, 5, 4, 7, 6], 0b1010_1010]
const quads: Exchange = [[2, 3, 0, 1, 6, 7, 4, 5], 0b1100_1100]
const sortLanes: readonly Exchange[] = [
  pairs,
  [[3, 2, 1, 0, 7, 6, 5, 4], 0b1100_1100],
  pairs,
  [[7, 6, 5, 4, 3, 2, 1, 0], 0b1111_0000],
  quads,
  pairs,
]
const mergeLanes: readonly Exchange[] = [[[4, 5, 6, 7, 0, 1, 2, 3], 0b1111_0000], quads, pairs]

interface Lane {
  readonly key: number
  /** -1 for what fills the vector up. */
  readonly place: number
}

/** `a` wins a tie. */
const lesser = (a: Lane, b: Lane): Lane => (b.key < a.key ? b : a)
const larger = (a: Lane, b: Lane): Lane => (b.key > a.key ? b : a)

function exchange(vector: readonly Lane[], steps: readonly Exchange[]): readonly Lane[] {
  return steps.reduce(
    (lanesNow, [partners, keepsLarger]) =>
      lanesNow.map((lane, at) => {
        const partner = lanesNow[partners[at] ?? at] ?? lane
        return (keepsLarger >> at) & 1 ? larger(lane, partner) : lesser(lane, partner)
      }),
    vector,
  )
}

/** Places of the numbers in ascending order; more than 16 numbers keep the order of their places where they are equal. */
export function orderAsVectors(numbers: Float64Array): number[] {
  const all = Array.from(numbers, (key, place): Lane => ({ key, place }))
  if (all.length > 2 * lanes) return all.sort((a, b) => a.key - b.key).map(({ place }) => place)
  const fill: Lane = { key: Infinity, place: -1 }
  const load = (from: number) =>
    exchange(
      Array.from({ length: lanes }, (_, at) => all[from + at] ?? fill),
      sortLanes,
    )
  const first = load(0)
  if (all.length <= lanes) return first.map(({ place }) => place).filter((place) => place !== -1)
  const second = load(lanes).toReversed()
  const low = first.map((lane, at) => lesser(lane, second[at] ?? fill))
  const high = first.map((lane, at) => larger(second[at] ?? fill, lane)).toReversed()
  return [...exchange(low, mergeLanes), ...exchange(high, mergeLanes)]
    .map(({ place }) => place)
    .filter((place) => place !== -1)
}
