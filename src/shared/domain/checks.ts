import * as z from 'zod'
import { labelDetail, neighbourDetail, outlierDetail } from './check-details.ts'
import type { RemoveReason } from './decision-words.ts'
import type { Task } from './tasks.ts'

/** What a scan works out for its checks, in the order in which a person looks. */
export const checkSources = {
  pixels: { title: 'Picture', help: 'light, sharpness, colour, compression; and files that cannot be read' },
  duplicates: { title: 'Copies', help: 'the same bytes, the same pixels, nearly the same picture' },
  faces: { title: 'Face', help: 'finds faces and landmarks, and describes each face for the neighbours' },
  embeddings: {
    title: 'Neighbours',
    help: 'images far from those with their label; needs faces or a trained model',
  },
  labels: { title: 'Labels', help: 'labels that a model which never saw the image doubts' },
} as const satisfies Record<string, { readonly title: string; readonly help: string }>

export type CheckSource = keyof typeof checkSources
export const checkSourceIds = Object.keys(checkSources) as [CheckSource, ...CheckSource[]]

/**
 * The checks of a scan, one row each; what scores them stands in the engine by the same names. Each gives an image a score in
 * [0, 1], low is bad; what is flagged is decided by a cut on the score or, where `cut` is null, by the check's own rule. A flag
 * asks a person to look and decides nothing.
 */
export interface CheckSpec {
  /** Stands in the catalogue in place of the name; never reused. */
  readonly code: number
  /** What the scan has to have worked out for it. */
  readonly source: CheckSource
  readonly title: string
  /** One sentence on what a flag means. */
  readonly help: string
  /** Images that score below are flagged; null where the check decides by a rule of its own. */
  readonly cut: number | null
  /** The label that it doubts; null where it doubts none. */
  readonly task: Task | null
  /** Why an image is removed that somebody removes from its queue without naming a reason. */
  readonly reason: RemoveReason
  /** What it keeps beside a score; a field is shown by its `title`, or else by its name. */
  readonly detail: z.ZodObject
}

const number = z.number()
const labels = z.array(z.string()).optional()

export const checks = {
  greyscale: {
    code: 1,
    source: 'pixels',
    title: 'Greyscale',
    help: 'Black-and-white, sepia or tinted: the picture has one hue or none.',
    cut: 0.5,
    task: null,
    reason: 'greyscale',
    detail: z.strictObject({ kind: z.enum(['grey', 'sepia', 'tinted']), chroma: number, hueSpread: number }),
  },
  dark: {
    code: 2,
    source: 'pixels',
    title: 'Dark',
    help: 'Even its brightest parts are dark.',
    cut: 0.32,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ brightnessPerc99: number }),
  },
  light: {
    code: 3,
    source: 'pixels',
    title: 'Light',
    help: 'Even its darkest parts are light.',
    cut: 0.05,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ brightnessPerc5: number }),
  },
  'low-information': {
    code: 4,
    source: 'pixels',
    title: 'Low information',
    help: 'Nothing to see, or few grey levels: blank, a smooth shade, mere grain, posterised.',
    cut: 0.32,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ entropy: number, brightnessRange: number, shapes: number }),
  },
  blurry: {
    code: 5,
    source: 'pixels',
    title: 'Blurry',
    help: 'The sharpest edges of the face are smeared.',
    cut: 0.5,
    task: null,
    reason: 'distorted',
    detail: z.strictObject({ smear: number, blurEffect: number, edges: number }),
  },
  noisy: {
    code: 6,
    source: 'pixels',
    title: 'Noisy',
    help: 'Random grain covers the picture.',
    cut: 0.5,
    task: null,
    reason: 'distorted',
    detail: z.strictObject({ noise: number }),
  },
  'odd-aspect': {
    code: 7,
    source: 'pixels',
    title: 'Odd aspect',
    help: 'Much wider than high, or stretched.',
    cut: 0.35,
    task: null,
    reason: 'distorted',
    detail: z.strictObject({ aspectRatio: number }),
  },
  'odd-size': {
    code: 8,
    source: 'pixels',
    title: 'Odd size',
    help: 'Far larger or smaller than the other images of its data set.',
    cut: 0.5,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ width: number, height: number }),
  },
  compression: {
    code: 9,
    source: 'pixels',
    title: 'Heavy compression',
    help: 'Edges stand at the borders of the 8-pixel blocks of JPEG.',
    cut: 0.5,
    task: null,
    reason: 'distorted',
    detail: z.strictObject({ blockiness: number }),
  },
  upscaled: {
    code: 10,
    source: 'pixels',
    title: 'Upscaled',
    help: 'Made larger than it was: the finest detail is missing or comes in squares.',
    cut: 0.5,
    task: null,
    reason: 'distorted',
    detail: z.strictObject({ kind: z.enum(['squares', 'smooth']), fineness: number, repeats: number }),
  },
  banding: {
    code: 11,
    source: 'pixels',
    title: 'Banding',
    help: 'Smooth areas fall into steps.',
    cut: 0.5,
    task: null,
    reason: 'distorted',
    detail: z.strictObject({ levels: number }),
  },
  'colour-cast': {
    code: 12,
    source: 'pixels',
    title: 'Colour cast',
    help: 'One colour lies over everything.',
    cut: 0.5,
    task: null,
    reason: 'distorted',
    detail: z.strictObject({ cast: number, tintA: number, tintB: number }),
  },
  border: {
    code: 13,
    source: 'pixels',
    title: 'Border',
    help: 'A constant frame or bar stands at an edge.',
    cut: 0.5,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ share: number, top: number, bottom: number, left: number, right: number }),
  },
  damaged: {
    code: 15,
    source: 'pixels',
    title: 'Damaged',
    help: 'The JPEG data is corrupt: part of the picture is what the decoder made of it.',
    cut: null,
    task: null,
    reason: 'distorted',
    detail: z.strictObject({ share: number }),
  },
  unreadable: {
    code: 14,
    source: 'pixels',
    title: 'Unreadable',
    help: 'The file is missing, broken, cut short or not what its name says.',
    cut: null,
    task: null,
    reason: 'unreadable',
    detail: z.strictObject({ problem: z.string() }),
  },
  'exact-duplicate': {
    code: 20,
    source: 'duplicates',
    title: 'Exact duplicate',
    help: 'Another file has the same bytes or the same pixels.',
    cut: null,
    task: null,
    reason: 'duplicate',
    detail: z.strictObject({ kind: z.enum(['same bytes', 'same pixels']), copies: number }),
  },
  'near-duplicate': {
    code: 21,
    source: 'duplicates',
    title: 'Near duplicate',
    help: 'Another image is nearly the same: stored anew, resized, retouched, cropped by a hundredth. Its score is how far the nearest one is away.',
    cut: 0.2,
    task: null,
    reason: 'duplicate',
    detail: z.strictObject({ copies: number, hashBits: number, difference: number }),
  },
  'conflicting-labels': {
    code: 22,
    source: 'duplicates',
    title: 'Conflicting labels',
    help: 'Copies of one picture carry different labels.',
    cut: null,
    task: null,
    reason: 'wrong-label',
    detail: z.strictObject({ copies: number, race: labels, gender: labels, age: labels }),
  },
  'no-face': {
    code: 30,
    source: 'faces',
    title: 'No face',
    help: 'The detector finds no face.',
    cut: 0.5,
    task: null,
    reason: 'no-face',
    detail: z.strictObject({ faces: number, bestScore: number }),
  },
  'several-faces': {
    code: 31,
    source: 'faces',
    title: 'Several faces',
    help: 'More than one face is large enough to be the subject.',
    cut: 0.5,
    task: null,
    reason: 'several-faces',
    detail: z.strictObject({ faces: number, share: number }),
  },
  'small-face': {
    code: 32,
    source: 'faces',
    title: 'Small face',
    help: 'The face takes a small part of the picture.',
    cut: 0.5,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ share: number }),
  },
  'off-centre-face': {
    code: 33,
    source: 'faces',
    title: 'Off-centre face',
    help: 'The face stands far from the middle.',
    cut: 0.5,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ offset: number }),
  },
  'extreme-pose': {
    code: 34,
    source: 'faces',
    title: 'Extreme pose',
    help: 'The head is turned or tilted far.',
    cut: 0.5,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ yaw: number, pitch: number, roll: number }),
  },
  'occluded-face': {
    code: 35,
    source: 'faces',
    title: 'Occluded face',
    help: 'Landmarks do not fit a face that is seen whole.',
    cut: 0.5,
    task: null,
    reason: 'low-quality',
    detail: z.strictObject({ disagreement: number }),
  },
  'uncertain-face': {
    code: 36,
    source: 'faces',
    title: 'Uncertain face',
    help: 'The detector is little sure of the face.',
    cut: 0.5,
    task: null,
    reason: 'no-face',
    detail: z.strictObject({ detectorScore: number }),
  },
  'neighbours-race': {
    code: 41,
    source: 'embeddings',
    title: 'Neighbours: race',
    help: 'Its nearest neighbours carry another race label.',
    cut: 0.3,
    task: 'race',
    reason: 'wrong-label',
    detail: neighbourDetail,
  },
  outlier: {
    code: 40,
    source: 'embeddings',
    title: 'Outlier within its label',
    help: 'Far even from the nearest faces with its race label (its gender label where a set has no races): more often a wrong label than an odd picture.',
    cut: null,
    task: null,
    reason: 'wrong-label',
    detail: outlierDetail,
  },
  'neighbours-gender': {
    code: 42,
    source: 'embeddings',
    title: 'Neighbours: gender',
    help: 'Its nearest neighbours carry another gender label.',
    cut: 0.3,
    task: 'gender',
    reason: 'wrong-label',
    detail: neighbourDetail,
  },
  'neighbours-age': {
    code: 43,
    source: 'embeddings',
    title: 'Neighbours: age',
    help: 'Its nearest neighbours are labelled much younger or older.',
    cut: 0.3,
    task: 'age',
    reason: 'wrong-label',
    detail: neighbourDetail,
  },
  'label-race': {
    code: 50,
    source: 'labels',
    title: 'Label: race',
    help: 'A model that never saw the image gives another race.',
    cut: null,
    task: 'race',
    reason: 'wrong-label',
    detail: labelDetail,
  },
  'label-gender': {
    code: 51,
    source: 'labels',
    title: 'Label: gender',
    help: 'A model that never saw the image gives another gender.',
    cut: null,
    task: 'gender',
    reason: 'wrong-label',
    detail: labelDetail,
  },
  'label-age': {
    code: 52,
    source: 'labels',
    title: 'Label: age',
    help: 'A model that never saw the image gives an age far away.',
    cut: null,
    task: 'age',
    reason: 'wrong-label',
    detail: labelDetail,
  },
} as const satisfies Record<string, CheckSpec>

export type CheckId = keyof typeof checks
export const checkIds = Object.keys(checks) as [CheckId, ...CheckId[]]

/** The checks of one source. */
export type CheckOf<Source extends CheckSource> = {
  [Id in CheckId]: (typeof checks)[Id]['source'] extends Source ? Id : never
}[CheckId]
export const listChecksOf = <Source extends CheckSource>(source: Source): CheckOf<Source>[] =>
  checkIds.filter((id): id is CheckOf<Source> => checks[id].source === source)

/** Its cut is the limit by which copies are grouped, so that moving it asks for a scan of these checks. */
export const groupingCheck = 'near-duplicate' satisfies CheckId
export const checksByGrouping: CheckId[] = [groupingCheck, 'conflicting-labels']

export type CheckDetail<Id extends CheckId = CheckId> = z.infer<(typeof checks)[Id]['detail']>

const idOfCode = new Map<number, CheckId>(checkIds.map((id) => [checks[id].code, id]))

/** Null for a check of another version of Evenhand. */
export const checkOfCode = (code: number): CheckId | null => idOfCode.get(code) ?? null

/** The reason that a removal gets where none is named: that of the queue it is made in. */
export const reasonOfCheck = (check: CheckId | null): RemoveReason =>
  check === null ? 'other' : checks[check].reason
