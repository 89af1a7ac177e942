/** Ranks from 1; equal values share the mean of theirs. */
function rankValues(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, at) => at).sort(
    (a, b) => (values[a] ?? 0) - (values[b] ?? 0),
  )
  const ranks = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0]) to++
    for (let at = from; at <= to; at++) ranks[order[at] ?? 0] = (from + to) / 2 + 1
    from = to + 1
  }
  return ranks
}

/** Spearman's rank correlation in [-1, 1], ties by mean ranks; null where one side has no differences. */
export function correlateRanks(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  if (a.length !== b.length) throw new RangeError(`${a.length} values cannot be ranked beside ${b.length}`)
  const [ranksA, ranksB] = [rankValues(a), rankValues(b)]
  const middle = (a.length + 1) / 2
  let [both, ofA, ofB] = [0, 0, 0]
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [(ranksA[at] ?? 0) - middle, (ranksB[at] ?? 0) - middle]
    both += x * y
    ofA += x * x
    ofB += y * y
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : null
}

/** The mean of Spearman's correlations of all pairs of maps; null where one cannot be told. */
export function measureAgreement(maps: readonly ArrayLike<number>[]): number | null {
  const pairs = maps.flatMap((map, at) => maps.slice(at + 1).map((other) => correlateRanks(map, other)))
  let sum = 0
  for (const pair of pairs) {
    if (pair === null) return null
    sum += pair
  }
  return pairs.length > 0 ? sum / pairs.length : null
}
