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

function keepCounted(
  metric: SumMetric,
  all: { groups: number; units: number; group: Int32Array; cluster: Int32Array; sums: Float64Array },
): ClusterSums {
  const { width } = metric
  const kept: number[] = []
  for (let unit = 0; unit < all.units; unit++) if (metric.count(all.sums, unit * width) > 0) kept.push(unit)
  const sums = new Float64Array(kept.length * width)
  const groupSums = new Float64Array(all.groups * width)
  const overall = new Float64Array(width)
  kept.forEach((unit, place) => {
    const own = all.group[unit]! * width
    for (let part = 0; part < width; part++) {
      const value = all.sums[unit * width + part]!
      sums[place * width + part] = value
      groupSums[own + part]! += value
      overall[part]! += value
    }
  })
  return {
    metric,
    groups: all.groups,
    group: Int32Array.from(kept, (unit) => all.group[unit]!),
    cluster: Int32Array.from(kept, (unit) => all.cluster[unit]!),
    sizes: Float64Array.from(kept, (_, place) => metric.count(sums, place * width)),
    sums,
    groupSums,
    overall,
  }
}

/** All units of a cluster as one: what stands behind a figure of everyone. */
export function mergeGroups({ metric, ...given }: ClusterSums): ClusterSums {
  const { width } = metric
  const cluster: number[] = []
  const sums = new Float64Array(given.cluster.length * width)
  given.cluster.forEach((one, unit) => {
    if (cluster.at(-1) !== one) cluster.push(one)
    for (let part = 0; part < width; part++) {
      sums[(cluster.length - 1) * width + part]! += given.sums[unit * width + part]!
    }
  })
  const own = sums.slice(0, cluster.length * width)
  return {
    metric,
    groups: 1,
    group: new Int32Array(cluster.length),
    cluster: Int32Array.from(cluster),
    sizes: Float64Array.from(cluster, (_, unit) => metric.count(own, unit * width)),
    sums: own,
    groupSums: given.overall,
    overall: given.overall,
  }
}
