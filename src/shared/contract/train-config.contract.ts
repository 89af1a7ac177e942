import * as z from 'zod'
import { splitId, task } from './base.contract.ts'

/** Age in nine bins: a class as it stands, or neighbours that share the label. */
const ageInBins = z.strictObject({
  target: z.literal('bins'),
  /**
   * `plain`: one bin is right. `soft`: a Gaussian over the bins' indices (Geng 2016). `ordinal`: a softmax of the negative
   * distance in years between the bins' middles, over `softness` decades (Diaz & Marathe 2019).
   */
  labels: z.enum(['plain', 'soft', 'ordinal']).default('plain'),
  /** `soft`: deviation in bins. `ordinal`: decades over which a wrong bin's weight falls by e. */
  softness: z.number().positive().max(5).default(0.5),
})

/** Age in years: the head's own number, or the expectation over the years 0 to 100 (DEX). */
const ageInYears = z.strictObject({
  target: z.literal('years'),
  readOut: z.enum(['years', 'expected-years']).default('years'),
  /** `cross-entropy` on the whole year needs the read-out `expected-years`. */
  loss: z.enum(['l1', 'l2', 'huber', 'cross-entropy']).default('l1'),
  /** Years within which `huber` is quadratic. */
  huberDelta: z.number().positive().max(100).default(5),
})

export const ageTarget = z.discriminatedUnion('target', [ageInBins, ageInYears])
export type AgeTarget = z.infer<typeof ageTarget>

const lossWeight = z.number().nonnegative().max(1e6)

/** How the tasks' losses become one. */
const combination = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sum') }),
  z.strictObject({
    kind: z.literal('fixed'),
    weights: z.strictObject({
      age: lossWeight.default(1),
      gender: lossWeight.default(1),
      race: lossWeight.default(1),
    }),
  }),
  /** Learned homoscedastic uncertainty (Kendall, Gal & Cipolla 2018). */
  z.strictObject({ kind: z.literal('uncertainty') }),
  /** Dynamic weight averaging (Liu, Johns & Davison 2019): from the losses' ratio over the last two epochs. */
  z.strictObject({ kind: z.literal('dwa'), temperature: z.number().positive().max(100).default(2) }),
])

const beta = z.number().nonnegative().lt(1)
const adaptive = {
  beta1: beta.default(0.9),
  beta2: beta.default(0.999),
  epsilon: z.number().positive().default(1e-8),
}

const optimiser = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    momentum: beta.default(0.9),
    nesterov: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal('adam'), ...adaptive }),
  z.strictObject({ kind: z.literal('adamw'), ...adaptive }),
])

const jitter = z.number().min(0).max(0.9).default(0)

const augmentation = z.strictObject({
  flip: z.boolean().default(true),
  /** `pad`: a crop from a tenth of reflected border. `resized`: a random part of the image, resized. */
  crop: z.enum(['none', 'pad', 'resized']).default('pad'),
  /** Smallest share of the area that `resized` takes. */
  minArea: z.number().min(0.05).max(1).default(0.6),
  /** Each factor is drawn from 1 - value to 1 + value. */
  brightness: jitter,
  contrast: jitter,
  saturation: jitter,
  /** Share of the images of which a rectangle is erased (Zhong et al. 2020). */
  erasing: z.number().min(0).max(1).default(0),
})

/** One class drawn `factor` times as often; its repeats are augmented anew each time. */
const oversampling = z.strictObject({ task, label: z.string().min(1), factor: z.number().min(1).max(100) })

const shape = {
  splitId,
  name: z.string().min(1).max(200).optional(),
  /** Heads to train; those without any label are left out with a note. */
  tasks: z.array(task).min(1).max(3).default(['age', 'gender', 'race']),
  arch: z.enum(['resnet18', 'resnet34']).default('resnet18'),
  inputSize: z.int().min(32).max(512).multipleOf(32).default(64),
  epochs: z.int().min(1).max(1000).default(18),
  batchSize: z.int().min(2).max(512).default(64),
  /** Batches whose mean gradient makes one step. */
  accumulate: z.int().min(1).max(256).default(1),
  age: ageTarget.default({ target: 'bins', labels: 'plain', softness: 0.5 }),
  combination: combination.default({ kind: 'sum' }),
  /** `balanced`: images / (classes * images of the class). `inverse-sqrt`: its square root, scaled to a mean of 1. */
  classWeights: z.enum(['none', 'balanced', 'inverse-sqrt']).default('none'),
  labelSmoothing: z.number().min(0).max(0.9).default(0),
  optimiser: optimiser.default({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }),
  learningRate: z.number().positive().max(10).default(2e-3),
  weightDecay: z.number().nonnegative().max(1).default(1e-2),
  decayNormsAndBiases: z.boolean().default(false),
  schedule: z.enum(['constant', 'step', 'cosine', 'one-cycle']).default('one-cycle'),
  /** Epochs of linear rise before `constant`, `step` and `cosine`; `one-cycle` rises by itself. */
  warmupEpochs: z.number().min(0).max(100).default(0),
  /** `step`: every so many epochs the rate is multiplied by `stepFactor`. */
  stepEpochs: z.int().min(1).max(1000).default(6),
  stepFactor: z.number().positive().max(1).default(0.1),
  /** Largest norm of all gradients together; null for no limit. */
  clipNorm: z.number().positive().max(1e6).nullable().default(null),
  /** Decay per step of the weights' moving average, which then becomes the model; null for none. */
  averageDecay: z.number().min(0.5).lt(1).nullable().default(null),
  /** Stops after so many epochs without a better one; null for never. */
  patience: z.int().min(1).max(1000).nullable().default(null),
  /** `heads` trains the heads alone on a frozen backbone. */
  trainable: z.enum(['all', 'heads']).default('all'),
  /** `shuffle`: each image once. The others draw with replacement, by cells of equal or of square-root weight. */
  sampler: z
    .strictObject({
      kind: z.enum(['shuffle', 'balanced', 'inverse-sqrt']).default('shuffle'),
      by: z.enum(['cell', 'age', 'gender', 'race']).default('cell'),
    })
    .default({ kind: 'shuffle', by: 'cell' }),
  oversampling: z.array(oversampling).max(20).default([]),
  augmentation: augmentation.default({
    flip: true,
    crop: 'pad',
    minArea: 0.6,
    brightness: 0,
    contrast: 0,
    saturation: 0,
    erasing: 0,
  }),
  /** Older people are left out of training and validation; null for nobody. */
  ageCap: z.int().min(1).max(120).nullable().default(null),
  /** A checkpoint is kept every so many epochs, beside the last and the best; null for none. */
  checkpointEvery: z.int().min(1).max(1000).nullable().default(null),
  seed: z.int().nonnegative().default(1),
  engine: z.enum(['auto', 'onnx', 'tensorflow']).default('auto'),
  device: z.enum(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml']).default('auto'),
  /** `random` (He initialisation) or a weights file: safetensors, PyTorch's `.pth` or `.pt`, ONNX. */
  init: z.string().min(1).default('random'),
}

/** Every choice of a training run. */
export const trainConfig = z.object(shape).superRefine((config, context) => {
  const { age } = config
  if (age.target === 'years' && age.loss === 'cross-entropy' && age.readOut !== 'expected-years') {
    context.addIssue({
      code: 'custom',
      path: ['age', 'loss'],
      message: 'Cross-entropy on years needs the read-out over the years 0 to 100 (expected-years)',
    })
  }
  if (new Set(config.tasks).size !== config.tasks.length) {
    context.addIssue({ code: 'custom', path: ['tasks'], message: 'A task stands there twice' })
  }
  if (config.optimiser.kind === 'sgd' && config.optimiser.nesterov && config.optimiser.momentum === 0) {
    context.addIssue({
      code: 'custom',
      path: ['optimiser', 'nesterov'],
      message: 'Nesterov needs a momentum',
    })
  }
})
export type TrainConfig = z.infer<typeof trainConfig>
export type TrainConfigInput = z.input<typeof trainConfig>

const objectOfChoices = z.record(z.string(), z.unknown())

/**
 * A configuration as it was stored, also by versions that knew fewer choices: those decayed norms and biases too, and
 * wrote the crop as yes or no.
 */
export const storedTrainConfig = objectOfChoices
  .transform((stored) => {
    if ('optimiser' in stored) return stored
    const { augmentation: old, ...rest } = stored
    const { flip, crop } = z.object({ flip: z.boolean(), crop: z.boolean() }).parse(old)
    return { ...rest, decayNormsAndBiases: true, augmentation: { flip, crop: crop ? 'pad' : 'none' } }
  })
  .pipe(trainConfig)
