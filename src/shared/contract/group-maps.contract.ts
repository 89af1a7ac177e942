import * as z from 'zod'
import {
  evaluationId,
  fromPath,
  jobId,
  modelId,
  procedure,
  sha256,
  task,
  timestamp,
} from './base.contract.ts'
import { partName } from './split.contract.ts'

export const groupMapChoices = z.object({
  /** Images of each group of race, drawn by the seed; all where null. */
  perGroup: z.int().min(1).max(100_000).nullable().default(null),
  /** Deals of groups among people, by which differences are held against chance. */
  draws: z.int().min(100).max(10_000).default(1000),
  seed: z.int().nonnegative().default(1),
})

/** `[cells x cells]` row by row; null where a cell is not compared, or the group is too small. */
const values = z.array(z.number().nullable()).nullable()

/** One group's mean map, in units of what an average place of a picture counts. */
const groupMap = z.strictObject({
  group: z.string(),
  images: z.int().nonnegative(),
  /** Known people, and sets of copies of which nobody is known. */
  people: z.int().nonnegative(),
  /** Images of which nobody is known. */
  unknown: z.int().nonnegative(),
  /** Over the images that have the cell. Null below 30 images. */
  mean: values,
  /** The group's mean less that of all others. */
  difference: values,
  /** Half of the width of its 95 % interval, which holds for all cells and groups of the labelling at once. */
  halfWidth: values,
  /** Corrected over all cells and groups of the labelling (max-T). */
  p: values,
})
export type GroupMap = z.infer<typeof groupMap>

export const mapGrouping = z.enum(['race', 'gender', 'age', 'outcome'])

const comparison = z.strictObject({
  task,
  by: mapGrouping,
  /** Cells that lie within nine of ten pictures of all, and of each group of 30 images or more: these are compared. */
  compared: z.int().nonnegative(),
  /** Whether two groups have images enough. */
  isTested: z.boolean(),
  draws: z.int().nonnegative(),
  /** People, or sets of copies, whose images stand in several of the groups: of these, the images of one group are dealt, apart from the others. */
  peopleInSeveral: z.int().nonnegative(),
  groups: z.array(groupMap),
})
export type GroupMapComparison = z.infer<typeof comparison>

export const groupMaps = z.strictObject({
  jobId,
  /** Of what the maps are of: the evaluation, the weights, the images and the choices. */
  subject: sha256,
  evaluationId,
  modelId,
  model: z.string(),
  weightsSha256: sha256,
  split: z.string(),
  splitHash: sha256,
  part: partName,
  choices: groupMapChoices,
  /** Along each side of the frame. */
  cells: z.int().positive(),
  /** Images with a face, on which the maps stand. */
  images: z.int().nonnegative(),
  withoutFace: z.int().nonnegative(),
  unreadable: z.int().nonnegative(),
  /** Images whose answer hangs on nothing. */
  flat: z.int().nonnegative(),
  /** Of the images on which the maps stand: whose person the data set names, was inferred from faces, and is not known. */
  known: z.strictObject({
    dataset: z.int().nonnegative(),
    inferred: z.int().nonnegative(),
    unknown: z.int().nonnegative(),
  }),
  tasks: z.array(comparison),
  notes: z.array(z.string()),
  createdAt: timestamp,
})
export type GroupMaps = z.infer<typeof groupMaps>

export const groupMapsSummary = groupMaps.omit({ tasks: true, notes: true })

const listedGroupMaps = z.strictObject({
  maps: z.array(groupMapsSummary),
  /** Files of the project of which nothing is shown, and why. */
  faulty: z.array(z.strictObject({ file: z.string(), reason: z.string() })),
})
export type ListedGroupMaps = z.infer<typeof listedGroupMaps>

export const groupMapsResult = z.strictObject({
  evaluationId,
  images: z.int().nonnegative(),
  withoutFace: z.int().nonnegative(),
  unreadable: z.int().nonnegative(),
})
export type GroupMapsResult = z.infer<typeof groupMapsResult>

const tags = ['explanations']

export const groupMapsContract = {
  create: procedure
    .route({
      method: 'POST',
      path: '/group-maps',
      summary: 'Average maps of the groups of an evaluation',
      tags,
    })
    .input(z.object({ evaluationId, choices: groupMapChoices.prefault({}) }))
    .output(z.strictObject({ jobId })),
  list: procedure
    .route({ method: 'GET', path: '/group-maps', summary: 'Average maps, newest first', tags })
    .output(listedGroupMaps),
  get: procedure
    .route({ method: 'GET', path: '/group-maps/{jobId}', summary: 'Average maps of groups', tags })
    .input(z.object({ jobId: fromPath(jobId) }))
    .output(groupMaps),
}
