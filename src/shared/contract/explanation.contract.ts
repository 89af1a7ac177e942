import * as z from 'zod'
import { fromPath, imageId, modelId, procedure, sha256, task } from './base.contract.ts'
import { failure } from './errors.ts'
import { neighbours } from './embedding.contract.ts'
import {
  computedBy,
  facePrediction,
  pictureBox,
  withheldTasks,
  predictResponse,
} from './prediction.contract.ts'
import { namedPurpose } from './purpose.contract.ts'

export const explanationMethod = z.enum(['lime', 'cam', 'gradcam', 'occlusion'])
export type ExplanationMethod = z.infer<typeof explanationMethod>
export const segmentKind = z.enum(['quickshift', 'slic', 'landmarks'])
export const hiddenFill = z.enum(['mean', 'blur', 'training-mean'])

export const mostSamples = 16_384

/** All that decides a map beside the model and the picture: the same settings make the same map. */
export const explanationSettings = z.object({
  method: explanationMethod.default('lime'),
  /** How LIME cuts the picture. */
  segments: segmentKind.default('quickshift'),
  /** Variants of the picture that LIME asks about. */
  samples: z.int().min(16).max(mostSamples).default(1000),
  /** Whether LIME doubles its samples until three seeds agree, up to the most. */
  untilStable: z.boolean().default(false),
  /** What stands in the place of what is hidden. */
  fill: hiddenFill.default('mean'),
  seed: z.int().nonnegative().default(0),
  /** Which face of the picture is cut out and explained, counted from 1 at the left; the picture as it is where null. */
  face: z.int().positive().nullable().default(null),
  /** Which label of a task is explained; the answered one where none is named. */
  labels: z.partialRecord(task, z.string()).default({}),
  /** Whether each map is held against random ones, a forgetful network, noise and other seeds. */
  checks: z.boolean().default(true),
})
export type ExplanationSettings = z.output<typeof explanationSettings>

/** A picture cut into regions: `[height, width]` numbers of regions, 16 bits each, little-endian, in base64. */
const regions = z.strictObject({
  kind: z.enum(['quickshift', 'slic', 'landmarks', 'cells']),
  width: z.int().positive(),
  height: z.int().positive(),
  count: z.int().positive(),
  labels: z.base64(),
  /** What the regions are called, where they are parts of a face. */
  names: z.array(z.string()).nullable(),
})

const correlation = z.number().min(-1).max(1).nullable()

/** What speaks for and against a map. */
export const mapChecks = z.strictObject({
  /** Pixel flipping (Bach et al. 2015): the mean answer while the map's pixels turn grey, most important first, in `steps` steps. */
  flipping: z.strictObject({
    steps: z.int().positive(),
    auc: z.number(),
    /** The same of maps whose regions' values were dealt out by chance. */
    random: z.strictObject({ n: z.int().positive(), mean: z.number(), low: z.number(), high: z.number() }),
    /** How often chance does as well: (1 + random maps with an area as low) / (1 + random maps). */
    p: z.number().min(0).max(1),
  }),
  /** Model parameter randomisation (Adebayo et al. 2018): Spearman's correlation of sizes with the map of a network of shuffled weights. */
  randomised: z.strictObject({ correlation, samples: z.int().nonnegative() }),
  /** Largest change of the map, as a share of its own size, among pictures with a little noise (Yeh et al. 2019). */
  sensitivity: z.strictObject({
    change: z.number().nonnegative().nullable(),
    /** The same as Quantus divides it: by the size of the picture, with colours in [0, 1]; null for an all-black one. */
    perInput: z.number().nonnegative().nullable(),
    noiseLevels: z.number().positive(),
    pictures: z.int().positive(),
  }),
  /** Why the map is not to be used; null where nothing speaks against it. */
  refusal: z.string().nullable(),
})
export type MapChecks = z.infer<typeof mapChecks>

export const explanationMap = z.strictObject({
  task,
  /** The label that is explained; the answered one unless another was asked for. */
  label: z.string(),
  kind: z.enum(['probability', 'years']),
  /** What the model answers to the whole picture: a probability, or years. */
  value: z.number(),
  /** What each region counts, in units of `value` (class activation: of the head's own number). */
  weights: z.array(z.number()),
  /** LIME alone: how far its linear model tells the answers to its samples (weighted R²). */
  r2: z.number().nullable(),
  /** LIME alone: mean rank correlation of the maps of three seeds. */
  stability: correlation,
  /** Null until they are known, or where they were not asked for. */
  checks: mapChecks.nullable(),
  /** A PNG of the picture with the map over it, as a data address. */
  overlay: z.string(),
})
export type ExplanationMap = z.infer<typeof explanationMap>

export const explanation = z.strictObject({
  model: z.strictObject({ id: z.string(), name: z.string(), sha256 }),
  picture: z.strictObject({
    sha256,
    width: z.int().positive(),
    height: z.int().positive(),
    /** Faces that were found in it. */
    faces: z.int().nonnegative(),
    /** What was cut out around the face that was asked for; null for none. */
    cut: pictureBox.nullable(),
    /** What of it the network sees, in its pixels. */
    seen: pictureBox,
  }),
  settings: explanationSettings,
  /** Samples that LIME's maps stand on; forward passes for the others. */
  samples: z.int().nonnegative(),
  regions,
  /** The picture as the network sees it, as a data address. */
  input: z.string(),
  maps: z.array(explanationMap),
  /** What is to be known before a map is read. */
  notes: z.array(z.string()),
  computedBy,
  seconds: z.number().nonnegative(),
  purpose: namedPurpose.optional(),
  withheld: withheldTasks.optional(),
})
export type Explanation = z.infer<typeof explanation>

export const explanationProgress = z.strictObject({
  phase: z.string(),
  done: z.int().nonnegative(),
  total: z.int().nonnegative(),
})
export type ExplanationProgress = z.infer<typeof explanationProgress>

/** Counts from 1 in each session; explanations are not kept beyond it, since their recipe makes them again. */
export const explanationId = z.int().positive().brand<'ExplanationId'>()
export type ExplanationId = z.infer<typeof explanationId>

/** An image of the project, or a picture that the window asked about, by the SHA-256 of its file. */
const explainedPicture = z.union([z.strictObject({ imageId }), z.strictObject({ picture: sha256 })])
export type ExplainedPicture = z.infer<typeof explainedPicture>

export const explanationState = z.strictObject({
  explanationId,
  of: explainedPicture,
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  progress: explanationProgress,
  /** As far as there is one: while it runs, and where it was cancelled, the best map so far. */
  explanation: explanation.nullable(),
  failure: failure.nullable(),
})
export type ExplanationState = z.infer<typeof explanationState>

/** A check of a scan that would ask a person to look at the picture. */
export const pictureWarning = z.strictObject({
  check: z.string(),
  title: z.string(),
  help: z.string(),
  /** In [0, 1], low is bad. */
  score: z.number().min(0).max(1),
  /** Scores below are told; null where the check decides by a rule of its own. */
  cut: z.number().nullable(),
})
export type PictureWarning = z.infer<typeof pictureWarning>

/** What is known of a picture beside a model's answers. */
export const pictureExamination = z.strictObject({
  faces: z.int().nonnegative(),
  warnings: z.array(pictureWarning),
  /** The images of the project whose faces are most like it, by the distance of face descriptors; null where nothing can be compared. */
  nearest: neighbours.nullable(),
  /** Why nothing is compared. */
  notCompared: z.string().nullable(),
  seconds: z.number().nonnegative(),
})
export type PictureExamination = z.infer<typeof pictureExamination>

const variation = z.strictObject({
  kind: z.enum(['none', 'zoom', 'shift-x', 'shift-y', 'turn', 'brightness', 'mirror']),
  /** Share cut off each side, share of the side, degrees clockwise, factor of the values; 0 else. */
  amount: z.number(),
  answer: facePrediction.pick({ race: true, gender: true, age: true }),
})

/** What a model answers to a picture while what should not matter is changed; the picture as it is first. */
export const pictureSensitivity = z.strictObject({
  variations: z.array(variation).min(1),
  /** So many pixels of the picture along each side became one before it was varied; 1 where it was varied as it is. */
  shrunkBy: z.int().positive(),
  seconds: z.number().nonnegative(),
})
export type PictureSensitivity = z.infer<typeof pictureSensitivity>

/** Counted from 1 at the left; the picture as it is where null. */
const askedFace = z.int().positive().nullable().default(null)

const tags = ['explanations']

export const explanationContract = {
  start: procedure
    .route({
      method: 'POST',
      path: '/explanations',
      summary: 'Begin to explain an image of the project, or a picture that the window asked about',
      tags,
    })
    .input(
      z.object({
        of: explainedPicture,
        modelId: modelId.optional(),
        settings: explanationSettings.prefault({}),
      }),
    )
    .output(z.strictObject({ explanationId })),
  read: procedure
    .route({
      method: 'GET',
      path: '/explanations/{explanationId}',
      summary: 'How far an explanation has come, and its maps so far',
      tags,
    })
    .input(z.object({ explanationId: fromPath(explanationId) }))
    .output(explanationState),
  forget: procedure
    .route({
      method: 'DELETE',
      path: '/explanations/{explanationId}',
      summary: 'Stop explaining, and let go of the maps',
      tags,
    })
    .input(z.object({ explanationId: fromPath(explanationId) }))
    .output(z.strictObject({})),
  answer: procedure
    .route({
      method: 'POST',
      path: '/pictures/answers',
      summary: 'What a model answers to every face of an image of the project',
      tags,
    })
    .input(z.object({ imageId, modelId: modelId.optional() }))
    .output(predictResponse),
  examine: procedure
    .route({
      method: 'POST',
      path: '/pictures/examination',
      summary: 'Quality of a picture, and the images of the project most like it',
      tags,
    })
    .input(z.object({ of: explainedPicture, face: askedFace, k: z.int().min(1).max(48).default(12) }))
    .output(pictureExamination),
  vary: procedure
    .route({
      method: 'POST',
      path: '/pictures/sensitivity',
      summary: 'How a model’s answer changes with crop, rotation and brightness',
      tags,
    })
    .input(z.object({ of: explainedPicture, face: askedFace, modelId: modelId.optional() }))
    .output(pictureSensitivity),
  cancel: procedure
    .route({ method: 'POST', path: '/explanations/{explanationId}/cancel', summary: 'Stop explaining', tags })
    .input(z.object({ explanationId: fromPath(explanationId) }))
    .output(explanationState),
}
