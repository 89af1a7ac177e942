import type { TrainConfigInput } from '../contract/train-config.contract.ts'

type Choices = Omit<TrainConfigInput, 'splitId' | 'name' | 'init'>

/** A whole recipe under one name; every choice that it leaves out has the configuration's own default. */
export interface TrainPreset {
  readonly id: string
  readonly title: string
  /** What it is for, in one or two sentences. */
  readonly why: string
  readonly config: Choices
  /** What differs where training starts from random weights: small steps on good weights would lead nowhere there. */
  readonly fromRandom: Choices
}

/** Small steps: the weights are good already. The other recipes were chosen for ResNets. */
const faceRecipe: Choices = {
  arch: 'face-resnet',
  epochs: 6,
  batchSize: 32,
  learningRate: 1e-3,
  weightDecay: 0.05,
  labelSmoothing: 0.1,
  age: { target: 'years', readOut: 'expected-years', loss: 'cross-entropy' },
  augmentation: { flip: true, crop: 'none' },
}

export const trainPresets: readonly TrainPreset[] = [
  {
    id: 'quick-look',
    title: 'Quick look',
    why: 'ResNet-18 on small images, all three tasks: a first answer within minutes. The figures of a longer training are better.',
    config: { arch: 'resnet18', inputSize: 64, epochs: 6, batchSize: 64 },
    fromRandom: {},
  },
  {
    id: 'probe',
    title: 'Probe: learned from faces already',
    why: 'Only heads, on the 128 numbers by which a scan describes each face: seconds instead of minutes, and often better than a short training from random weights. Scan for faces first.',
    config: { arch: 'face-probe', age: { target: 'years' } },
    fromRandom: {},
  },
  {
    id: 'face-resnet',
    title: 'Face ResNet: a network that knows faces',
    why: 'The face recognition network that a probe only asks, trained on as a whole: minutes instead of seconds. Scan for faces first.',
    config: faceRecipe,
    fromRandom: {},
  },
  {
    id: 'fairface-baseline',
    title: 'FairFace baseline: ResNet-34, 9 bins',
    why: 'Race, gender and nine age bins on one ResNet-34, Adam at 0.0001 and a plain sum of cross-entropies, as in the FairFace study (Karkkainen & Joo 2021). Meant for pretrained weights.',
    config: {
      tasks: ['race', 'gender', 'age'],
      arch: 'resnet34',
      inputSize: 224,
      epochs: 20,
      batchSize: 32,
      age: { target: 'bins', labels: 'plain' },
      combination: { kind: 'sum' },
      optimiser: { kind: 'adam' },
      learningRate: 1e-4,
      weightDecay: 0,
      schedule: 'constant',
      augmentation: { flip: true, crop: 'pad' },
    },
    fromRandom: { learningRate: 1e-3, schedule: 'one-cycle' },
  },
  {
    id: 'utkface-study',
    title: 'UTKFace study: ResNet-18, age in years + gender',
    why: 'Age as a number of years by squared error, weighted 0.001 against the cross-entropy of gender so that neither drowns the other, on one ResNet-18.',
    config: {
      tasks: ['age', 'gender'],
      arch: 'resnet18',
      inputSize: 96,
      epochs: 20,
      batchSize: 64,
      age: { target: 'years', readOut: 'years', loss: 'l2' },
      combination: { kind: 'fixed', weights: { age: 0.001, gender: 1, race: 1 } },
      optimiser: { kind: 'adam' },
      learningRate: 1e-4,
      weightDecay: 0,
      schedule: 'constant',
      augmentation: { flip: true, crop: 'pad' },
    },
    fromRandom: { learningRate: 1e-3, schedule: 'one-cycle' },
  },
]

/** A preset's choices for a start from `init`, a weights file or `random`. */
export function fillFromPreset(preset: TrainPreset, init = 'random'): Choices {
  return init === 'random' ? { ...preset.config, ...preset.fromRandom } : preset.config
}
