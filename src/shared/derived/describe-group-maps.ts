import type { GroupMap, GroupMapComparison, GroupMaps } from '../contract/group-maps.contract.ts'
import { formatCount } from '../domain/format.ts'

/** The title of the job that makes them. */
export const titleGroupMaps = (evaluationId: number): string => `Maps by group of evaluation ${evaluationId}`

export const chanceLimit = 0.05

/** Cells whose difference is beyond chance, corrected over all cells and groups of the labelling. */
export const markCells = ({ p }: GroupMap): boolean[] =>
  (p ?? []).map((one) => one !== null && one < chanceLimit)

/** The largest size that any of the maps has, so that all are drawn to one scale. */
export const findMost = (maps: readonly (readonly (number | null)[] | null)[]): number =>
  maps.reduce(
    (most, map) => (map ?? []).reduce((size: number, value) => Math.max(size, Math.abs(value ?? 0)), most),
    0,
  )

const nameUnits = (people: number, unknown: number): string =>
  `${formatCount(people)} ${unknown === 0 ? 'people' : 'people or sets of copies'}`

/** "n = 512 images of 498 people", or of people or sets of copies where nobody is known in some. */
export function countGroup({ images, people, unknown }: GroupMap): string {
  const whose = unknown === 0 ? '' : `; in ${formatCount(unknown)} nobody is known`
  return `n = ${formatCount(images)} images of ${nameUnits(people, unknown)}${whose}`
}

const formatP = (p: number): string => (p < 0.001 ? 'below 0.001' : p.toFixed(3))

/** What is told of a group beside all others. */
export function describeDifference(group: GroupMap, { isTested, compared }: GroupMapComparison): string {
  if (group.mean === null) return 'Fewer than 30 images: its count alone.'
  if (!isTested || group.p === null) return 'Not compared: two groups with 30 images each are wanted.'
  const marked = markCells(group).filter(Boolean).length
  const lowest = Math.min(...group.p.flatMap((p) => p ?? []))
  return marked === 0
    ? `No cell of ${compared} differs beyond chance (lowest corrected p ${formatP(lowest)}).`
    : `${marked} of ${compared} cells differ beyond chance (lowest corrected p ${formatP(lowest)}).`
}

/** What the maps stand on. */
export function describeStock({ images, withoutFace, unreadable, flat, choices, known }: GroupMaps): string {
  const left = [
    ...(withoutFace > 0 ? [`${formatCount(withoutFace)} without a face`] : []),
    ...(unreadable > 0 ? [`${formatCount(unreadable)} unreadable`] : []),
    ...(flat > 0 ? [`${formatCount(flat)} whose answer hangs on nothing`] : []),
  ]
  const { dataset, inferred, unknown } = known
  const whose =
    unknown === images && images > 0
      ? 'Nobody is known in any of them, so that each picture, or set of copies, counts as one person'
      : `The person is named by the data set in ${formatCount(dataset)}, inferred from faces in ${formatCount(inferred)}, and not known in ${formatCount(unknown)}, which count as one person for each picture or set of copies`
  return `${formatCount(images)} images${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}. ${whose}. ${formatCount(choices.draws)} deals of groups among people, seed ${choices.seed}.`
}

/** What is dealt out where images of one person stand in several of the groups; null where none do. */
export function describeDeals({ peopleInSeveral, isTested }: GroupMapComparison): string | null {
  if (peopleInSeveral === 0 || !isTested) return null
  return `${formatCount(peopleInSeveral)} ${peopleInSeveral === 1 ? 'person has' : 'people have'} images in several of these groups. Those of one group are dealt apart from those of another, as if they were of several people, so that differences may look a little surer than they are.`
}

/** What these maps show and what they do not. */
export const groupMapNotes: readonly string[] = [
  'Each map is the class activation of the answered label, with faces laid upon each other by eyes, nose and mouth. 1 is what an average place of a picture counts.',
  'A framed cell differs between the group and all others beyond chance, corrected over all cells and groups. It shows where the model looks otherwise on average, not why, not whether that is wrong, and nothing about any one person.',
  'Groups differ in more than their labels: pose, light, age and how pictures were taken move maps too. What lies beyond many pictures, such as hair cut off by the frame, is not compared.',
]
