import type { Cells } from './records.ts'
import type { SumMetric } from './sum-metrics.ts'

/**
 * A metric's sums of every person (or set of copies) within every group: the unit that intervals, permutations and
 * resamples work on, since pictures of one person depend on each other.
 */
export interface ClusterSums {
  readonly metric: SumMetric
  readonly groups: number
  /** `[units]` group and cluster of each unit; units of a cluster follow each other. */
  readonly group: Int32Array
  readonly cluster: Int32Array
  /** `[units]` images that the metric counts. */
  readonly sizes: Float64Array
  /** `[units, width]` */
  readonly sums: Float64Array
  /** `[groups, width]` */
  readonly groupSums: Float64Array
  /** Of all units, `[width]`. */
  readonly overall: Float64Array
}

/** Positions of the images in the order of their clusters, and where each cluster begins. */
function orderByCluster(clusters: Int32Array): { readonly order: Int32Array; readonly starts: Int32Array } {
  let count = 0
  for (const cluster of clusters) if (cluster >= count) count = cluster + 1
  const starts = new Int32Array(count + 1)
  for (const cluster of clusters) starts[cluster + 1]! += 1
  for (let cluster = 0; cluster < count; cluster++) starts[cluster + 1]! += starts[cluster]!
  const next = starts.slice()
  const order = new Int32Array(clusters.length)
  clusters.forEach((cluster, image) => {
    order[next[cluster]!++] = image
  })
  return { order, starts }
}

/** Images of unknown group, and those that the metric does not count, stand in no unit. */
export function sumClusters(
  metric: SumMetric,
  { clusters, cells }: { readonly clusters: Int32Array; readonly cells: Pick<Cells, 'names' | 'indices'> },
): ClusterSums {
  const { width } = metric
  const groups = cells.names.length
  const { order, starts } = orderByCluster(clusters)
  const [group, cluster] = [new Int32Array(clusters.length), new Int32Array(clusters.length)]
  const sums = new Float64Array(clusters.length * width)
  const unitOf = new Int32Array(groups).fill(-1)
  let units = 0
  for (let one = 0; one + 1 < starts.length; one++) {
    const first = units
    for (let place = starts[one]!; place < starts[one + 1]!; place++) {
      const image = order[place]!
      const own = cells.indices[image]!
      if (own < 0) continue
      let unit = unitOf[own]!
      if (unit < first) {
        unit = units++
        unitOf[own] = unit
        group[unit] = own
        cluster[unit] = one
      }
      metric.add(image, sums, unit * width)
    }
  }
  return keepCounted(metric, { groups, units, group, cluster, sums })
}

/** Units with an image that the metric counts, moved together in place. */
function keepCounted(
  metric: SumMetric,
  all: { groups: number; units: number; group: Int32Array; cluster: Int32Array; sums: Float64Array },
): ClusterSums {
  const { width } = metric
  const { group, cluster, sums } = all
  const sizes = new Float64Array(all.units)
  const groupSums = new Float64Array(all.groups * width)
  const overall = new Float64Array(width)
  let kept = 0
  for (let unit = 0; unit < all.units; unit++) {
    const size = metric.count(sums, unit * width)
    if (!(size > 0)) continue
    const own = group[unit]!
    group[kept] = own
    cluster[kept] = cluster[unit]!
    sizes[kept] = size
    for (let part = 0; part < width; part++) {
      const value = sums[unit * width + part]!
      sums[kept * width + part] = value
      groupSums[own * width + part]! += value
      overall[part]! += value
    }
    kept += 1
  }
  return {
    metric,
    groups: all.groups,
    group: group.subarray(0, kept),
    cluster: cluster.subarray(0, kept),
    sizes: sizes.subarray(0, kept),
    sums: sums.subarray(0, kept * width),
    groupSums,
    overall,
  }
}

/** All units of a cluster as one: what stands behind a figure of everyone. */
export function mergeGroups({ metric, ...given }: ClusterSums): ClusterSums {
  const { width } = metric
  let clusters = 0
  given.cluster.forEach((one, unit) => {
    if (one !== given.cluster[unit - 1]) clusters += 1
  })
  const cluster = new Int32Array(clusters)
  const sums = new Float64Array(clusters * width)
  const sizes = new Float64Array(clusters)
  let merged = 0
  for (let first = 0; first < given.cluster.length;) {
    const one = given.cluster[first]!
    let unit = first
    for (; unit < given.cluster.length && given.cluster[unit] === one; unit++) {
      for (let part = 0; part < width; part++)
        sums[merged * width + part]! += given.sums[unit * width + part]!
    }
    cluster[merged] = one
    sizes[merged] = metric.count(sums, merged * width)
    merged += 1
    first = unit
  }
  return {
    metric,
    groups: 1,
    group: new Int32Array(clusters),
    cluster,
    sizes,
    sums,
    groupSums: given.overall,
    overall: given.overall,
  }
}
