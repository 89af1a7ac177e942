import type { NeighbourDetail } from '#shared/domain/check-details.ts'
import type { CheckOf } from '#shared/domain/checks.ts'
import type { NeighbourLists } from '#engine/curation/vectors/domain/nearest-neighbours.ts'
import type { LabelAgreement, NeighbourColumns } from './neighbour-checks-task.ts'
import type { CheckScore } from '#engine/curation/checks/scan-step.ts'

/** As many as stand side by side in the window. */
const shownNeighbours = 5
const round = (value: number): number => Math.round(value * 1e4) / 1e4
const roundYears = (value: number): number => Math.round(value * 10) / 10

function listNearest(
  { imageIds }: NeighbourColumns,
  { k, points, distances }: NeighbourLists,
  image: number,
): NeighbourDetail['neighbours'] {
  const nearest: NeighbourDetail['neighbours'] = []
  for (let at = image * k; at < image * k + Math.min(k, shownNeighbours); at++) {
    const id = imageIds[points[at] ?? -1]
    if (id !== undefined) nearest.push({ imageId: id, distance: round(distances[at] ?? 0) })
  }
  return nearest
}

export type NeighbourCheck = CheckOf<'embeddings'>

type Told<Check extends NeighbourCheck> = Pick<CheckScore<Check>, 'score' | 'isFlagged' | 'detail'>
/** What a check says of one image; a score of NaN where it has nothing to say. */
type Tell<Check extends NeighbourCheck> = (columns: NeighbourColumns, image: number) => Told<Check>

function tellLabel(
  columns: NeighbourColumns,
  { classes, ...own }: LabelAgreement,
  image: number,
): Told<'neighbours-race' | 'neighbours-gender'> {
  const given = own.given[image] ?? -1
  const other = own.suggested[image] ?? -1
  const score = own.scores[image] ?? NaN
  if (given === other || other === -1) return { score, isFlagged: false, detail: null }
  const suggested = [{ label: classes[other] ?? '', probability: round(own.suggestedShares[image] ?? 0) }]
  const detail = {
    given: classes[given] ?? '',
    suggested,
    same: own.same[image] ?? 0,
    labelled: own.labelled[image] ?? 0,
    neighbours: listNearest(columns, columns.all, image),
  }
  return { score, isFlagged: false, detail }
}

function tellAge(columns: NeighbourColumns, image: number): Told<'neighbours-age'> {
  const { scores, yearsOff, medianYears, usualYears, years, bins } = columns.age
  const detail = {
    given: bins[image] ?? String(roundYears(years[image] ?? 0)),
    suggested: [],
    yearsOff: roundYears(yearsOff[image] ?? 0),
    medianYears: roundYears(medianYears[image] ?? 0),
    usualYears: roundYears(usualYears[image] ?? 0),
    neighbours: listNearest(columns, columns.all, image),
  }
  return { score: scores[image] ?? NaN, isFlagged: false, detail }
}

function tellOutlier(columns: NeighbourColumns, image: number): Told<'outlier'> {
  const { distances, cuts, scores, flags } = columns.outlier
  const { race, gender, all, sameLabel } = columns
  const common = race.classes.length > 0 ? race : gender
  const label = common.given[image] ?? -1
  const isFlagged = flags[image] === 1
  const detail = {
    given: common.classes[label] ?? null,
    distance: round(distances[image] ?? 0),
    flaggedAbove: round(cuts[image] ?? 0),
    neighbours: listNearest(columns, label === -1 ? all : sameLabel, image),
  }
  return { score: scores[image] ?? NaN, isFlagged, detail: isFlagged ? detail : null }
}

/** Checks with a cut are flagged where they are stored. */
const tellers: { readonly [Check in NeighbourCheck]: Tell<Check> } = {
  outlier: tellOutlier,
  'neighbours-race': (columns, image) => tellLabel(columns, columns.race, image),
  'neighbours-gender': (columns, image) => tellLabel(columns, columns.gender, image),
  'neighbours-age': tellAge,
}

/** Scores of the images that have one, in ascending order of the images. */
export function* listNeighbourScores(
  check: NeighbourCheck,
  columns: NeighbourColumns,
): Generator<CheckScore<NeighbourCheck>, void, void> {
  for (const [image, imageId] of columns.imageIds.entries()) {
    const told = tellers[check](columns, image)
    if (!Number.isNaN(told.score)) yield { imageId, groupId: null, ...told }
  }
}
