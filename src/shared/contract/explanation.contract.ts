import * as z from 'zod'
import { fromPath, imageId, modelId, procedure, sha256, task } from './base.contract.ts'
import { failure } from './errors.ts'
import { computedBy, facePrediction, withheldTasks } from './prediction.contract.ts'
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
    /** What of it the network sees, in its pixels. */
    seen: facePrediction.shape.box,
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

export const explanationState = z.strictObject({
  explanationId,
  imageId,
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  progress: explanationProgress,
  /** As far as there is one: while it runs, and where it was cancelled, the best map so far. */
  explanation: explanation.nullable(),
  failure: failure.nullable(),
})
export type ExplanationState = z.infer<typeof explanationState>

const tags = ['explanations']

export const explanationContract = {
  start: procedure
    .route({
      method: 'POST',
      path: '/explanations',
      summary: 'Begin to explain an image of the project',
      tags,
    })
    .input(z.object({ imageId, modelId: modelId.optional(), settings: explanationSettings.prefault({}) }))
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
  cancel: procedure
    .route({ method: 'POST', path: '/explanations/{explanationId}/cancel', summary: 'Stop explaining', tags })
    .input(z.object({ explanationId: fromPath(explanationId) }))
    .output(explanationState),
}
