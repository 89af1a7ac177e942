import type { ImageGroups } from './group-images.ts'
import type { SplitStrata } from './split-strata.ts'

/**
 * Groups with the same number of images in each stratum are interchangeable, so a plan only has to say how many
 * of each kind go to each part: a million single images become a few hundred kinds.
 */
export interface GroupKinds {
  readonly count: number
  /** `[kinds]` groups of that kind, in ascending order. */
  readonly members: readonly Int32Array[]
  /** `[kinds]` images in one group of the kind. */
  readonly sizes: Int32Array
  /** `[kinds]` standard deviation of the group's counts over strata; the order of StratifiedGroupKFold. */
  readonly deviations: Float64Array
  /** Sparse counts of kind `k`: entries `starts[k]` up to `starts[k + 1]` of `bins` and `counts`. */
  readonly starts: Int32Array
  readonly bins: Int32Array
  readonly counts: Int32Array
}

/** Images of each group, as slices of one array (counting sort). */
function listMembers({ groupOf, count }: ImageGroups): (group: number) => Int32Array {
  const starts = new Int32Array(count + 1)
  for (const group of groupOf) starts[group + 1] = (starts[group + 1] ?? 0) + 1
  for (let group = 0; group < count; group++)
    starts[group + 1] = (starts[group + 1] ?? 0) + (starts[group] ?? 0)
  const next = starts.slice()
  const images = new Int32Array(groupOf.length)
  groupOf.forEach((group, image) => {
    const at = next[group] ?? 0
    images[at] = image
    next[group] = at + 1
  })
  return (group) => images.subarray(starts[group], starts[group + 1])
}

/** Where each axis begins in the flat list of bins; bin 0 counts images and bin 1 groups, whatever their labels. */
export function listBins(strata: SplitStrata): { offsets: number[]; count: number } {
  const offsets: number[] = []
  let count = 2
  for (const axis of strata.axes) {
    offsets.push(count)
    count += axis.values
  }
  return { offsets, count }
}

export function collectGroupKinds(groups: ImageGroups, strata: SplitStrata): GroupKinds {
  const membersOf = listMembers(groups)
  const kindOf = new Map<string, number>()
  const members: number[][] = []
  const signatures: Int32Array[] = []
  for (let group = 0; group < groups.count; group++) {
    const signature = membersOf(group).map((image) => strata.stratumOf[image] ?? 0)
    if (signature.length > 1) signature.sort()
    const key = signature.join(',')
    const kind = kindOf.get(key)
    if (kind === undefined) {
      kindOf.set(key, members.length)
      members.push([group])
      signatures.push(signature)
    } else members[kind]?.push(group)
  }
  const { offsets } = listBins(strata)
  const starts = new Int32Array(signatures.length + 1)
  const deviations = new Float64Array(signatures.length)
  const bins: number[] = []
  const counts: number[] = []
  signatures.forEach((signature, kind) => {
    const perBin = new Map<number, number>([
      [0, signature.length],
      [1, 1],
    ])
    const perStratum = new Map<number, number>()
    for (const stratum of signature) {
      perStratum.set(stratum, (perStratum.get(stratum) ?? 0) + 1)
      strata.axes.forEach((axis, index) => {
        const bin = (offsets[index] ?? 0) + (axis.valueOf[stratum] ?? 0)
        perBin.set(bin, (perBin.get(bin) ?? 0) + 1)
      })
    }
    let squares = 0
    for (const count of perStratum.values()) squares += count * count
    deviations[kind] = Math.sqrt(squares / strata.count - (signature.length / strata.count) ** 2)
    for (const [bin, count] of perBin) {
      bins.push(bin)
      counts.push(count)
    }
    starts[kind + 1] = bins.length
  })
  return {
    count: signatures.length,
    members: members.map((list) => Int32Array.from(list)),
    sizes: Int32Array.from(signatures, (signature) => signature.length),
    deviations,
    starts,
    bins: Int32Array.from(bins),
    counts: Int32Array.from(counts),
  }
}
