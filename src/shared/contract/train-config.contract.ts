import * as z from 'zod'
import { faceSide, seesFaces } from '../domain/architectures.ts'
import { sideStep, trainChoices as choices } from './train-choices.ts'

/** Age in nine bins: a class as it stands, or neighbours that share the label. */
const ageInBins = z.strictObject({
  target: z.literal('bins'),
  labels: choices['age.labels'].schema,
  softness: choices['age.softness'].schema,
})

/** Age in years: the head's own number, or the expectation over the years 0 to 100 (DEX). */
const ageInYears = z.strictObject({
  target: z.literal('years'),
  readOut: choices['age.readOut'].schema,
  loss: choices['age.loss'].schema,
  huberDelta: choices['age.huberDelta'].schema,
})

export const ageTarget = z.discriminatedUnion('target', [ageInBins, ageInYears])
export type AgeTarget = z.infer<typeof ageTarget>

/** How the tasks' losses become one. */
const combination = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sum') }),
  z.strictObject({
    kind: z.literal('fixed'),
    weights: z.strictObject({
      age: choices['combination.weights.age'].schema,
      gender: choices['combination.weights.gender'].schema,
      race: choices['combination.weights.race'].schema,
    }),
  }),
  z.strictObject({ kind: z.literal('uncertainty') }),
  z.strictObject({ kind: z.literal('dwa'), temperature: choices['combination.temperature'].schema }),
])

const adaptive = {
  beta1: choices['optimiser.beta1'].schema,
  beta2: choices['optimiser.beta2'].schema,
  epsilon: choices['optimiser.epsilon'].schema,
}

const optimiser = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    momentum: choices['optimiser.momentum'].schema,
    nesterov: choices['optimiser.nesterov'].schema,
  }),
  z.strictObject({ kind: z.literal('adam'), ...adaptive }),
  z.strictObject({ kind: z.literal('adamw'), ...adaptive }),
])

const sampler = z.strictObject({
  kind: choices['sampler.kind'].schema,
  by: choices['sampler.by'].schema,
})

const augmentation = z.strictObject({
  flip: choices['augmentation.flip'].schema,
  crop: choices['augmentation.crop'].schema,
  minArea: choices['augmentation.minArea'].schema,
  brightness: choices['augmentation.brightness'].schema,
  contrast: choices['augmentation.contrast'].schema,
  saturation: choices['augmentation.saturation'].schema,
  erasing: choices['augmentation.erasing'].schema,
})

const defaultAge = { target: choices['age.target'].schema.parse(undefined) }
const defaultCombination = { kind: choices['combination.kind'].schema.parse(undefined) }
const defaultOptimiser = { kind: choices['optimiser.kind'].schema.parse(undefined) }

const shape = {
  splitId: choices.splitId.schema,
  name: choices.name.schema,
  tasks: choices.tasks.schema,
  arch: choices.arch.schema,
  inputSize: choices.inputSize.schema,
  epochs: choices.epochs.schema,
  batchSize: choices.batchSize.schema,
  accumulate: choices.accumulate.schema,
  age: ageTarget.default(ageTarget.parse(defaultAge)),
  combination: combination.default(combination.parse(defaultCombination)),
  classWeights: choices.classWeights.schema,
  labelSmoothing: choices.labelSmoothing.schema,
  optimiser: optimiser.default(optimiser.parse(defaultOptimiser)),
  learningRate: choices.learningRate.schema,
  weightDecay: choices.weightDecay.schema,
  decayNormsAndBiases: choices.decayNormsAndBiases.schema,
  schedule: choices.schedule.schema,
  warmupEpochs: choices.warmupEpochs.schema,
  stepEpochs: choices.stepEpochs.schema,
  stepFactor: choices.stepFactor.schema,
  clipNorm: choices.clipNorm.schema,
  averageDecay: choices.averageDecay.schema,
  patience: choices.patience.schema,
  trainable: choices.trainable.schema,
  sampler: sampler.default(sampler.parse({})),
  oversampling: choices.oversampling.schema,
  augmentation: augmentation.default(augmentation.parse({})),
  ageCap: choices.ageCap.schema,
  checkpointEvery: choices.checkpointEvery.schema,
  seed: choices.seed.schema,
  engine: choices.engine.schema,
  device: choices.device.schema,
  arithmetic: choices.arithmetic.schema,
  init: choices.init.schema,
}

/** Every choice of a training run. */
export const trainConfig = z.object(shape).superRefine((config, context) => {
  const { age } = config
  if (!seesFaces(config.arch) && config.inputSize === faceSide)
    context.addIssue({ code: 'not_multiple_of', divisor: sideStep, path: ['inputSize'], input: faceSide })
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
