import type * as z from 'zod'
import { ageBinLabels, ageBinMiddles } from '#shared/domain/label-schemes.ts'
import { groupImages } from '#engine/data/splits/domain/group-images.ts'
import { findNeighbours } from '#engine/curation/vectors/domain/nearest-neighbours.ts'
import { compareLabels, compareYears } from '#engine/curation/label-checks/domain/neighbour-labels.ts'
import { findOutliers } from '#engine/curation/label-checks/domain/outliers.ts'
import { loadIndexSearch } from '#engine/curation/vectors/load-index-search.ts'
import type { CurrentLabels, LabelSourceRepo } from './label-source.repo.ts'
import {
  neighbourCount,
  type LabelAgreement,
  type NeighbourColumns,
  type neighbourChecksProgress,
  type neighbourChecksTask,
} from './neighbour-checks-task.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'

interface NeighbourChecksDeps {
  readonly labels: LabelSourceRepo
  readonly vectors: VectorSource
  readonly report: (progress: z.infer<typeof neighbourChecksProgress>) => void
  readonly throwIfCancelled: () => void
}

function encode(labels: readonly (string | null)[]): { classes: string[]; given: Int32Array } {
  const classes = [...new Set(labels)].filter((label) => label !== null).sort()
  const indexOf = new Map(classes.map((label, index) => [label, index]))
  return { classes, given: Int32Array.from(labels, (label) => indexOf.get(label ?? '') ?? -1) }
}

function yearsOf(labels: CurrentLabels | undefined): number {
  if (labels === undefined) return NaN
  return labels.ageYears ?? ageBinMiddles[ageBinLabels.findIndex((bin) => bin === labels.ageBin)] ?? NaN
}

/** Copies of one picture are no neighbours of each other: what one is labelled, right or wrong, says nothing of the next. */
function groupCopies(imageIds: Float64Array, repo: LabelSourceRepo): Int32Array {
  const grouping = repo.readGrouping()
  const copies = Array.from(imageIds, (id) => {
    const row = grouping.get(id)
    if (row === undefined) throw new Error(`There is no image ${id}`)
    const { fileSha256, pixelSha256, nearGroup } = row
    const groupKey = nearGroup === null ? {} : { groupKey: String(nearGroup) }
    return { fileSha256, pixelSha256, identity: null, ...groupKey }
  })
  return groupImages(copies).groupOf
}

/** Throws CANCELLED, UNAVAILABLE as `loadIndexSearch`, or an Error when the space is not there. */
export async function runNeighbourChecks(
  task: z.output<typeof neighbourChecksTask>,
  { labels: repo, vectors: source, report, throwIfCancelled }: NeighbourChecksDeps,
): Promise<NeighbourColumns> {
  const space = source.listSpaces().find(({ id }) => id === task.spaceId)
  if (space === undefined) throw new Error(`There is no embedding space ${task.spaceId}`)
  const labels = repo.readLabels()
  const vectors = source.read(space, { which: 'unsealed', among: labels })
  const own = Array.from(vectors.imageIds, (id) => labels.get(id))
  const race = encode(own.map((one) => one?.race ?? null))
  const gender = encode(own.map((one) => one?.gender ?? null))
  // Where nothing carries a race, as in sets of names and genders alone, gender is what images have in common.
  const common = race.classes.length > 0 ? race : gender
  const tell = (done: number): void => {
    throwIfCancelled()
    report({ done, total: own.length })
  }
  const options = { k: neighbourCount, labels: common.given, groups: groupCopies(vectors.imageIds, repo) }
  const { all, sameLabel } =
    own.length <= task.mostExactImages
      ? findNeighbours(vectors, { ...options, onTiles: tell })
      : (await loadIndexSearch())(vectors, { ...options, onPoints: tell })
  const agree = ({ classes, given }: ReturnType<typeof encode>): LabelAgreement => ({
    classes,
    given,
    ...compareLabels(all, { labels: given, classes: classes.length }),
  })
  const years = Float64Array.from(own, yearsOf)
  return {
    imageIds: vectors.imageIds,
    all,
    sameLabel,
    race: agree(race),
    gender: agree(gender),
    age: { ...compareYears(all, years), years, bins: own.map((one) => one?.ageBin ?? null) },
    outlier: findOutliers({ all, sameLabel }, common.given),
  }
}
