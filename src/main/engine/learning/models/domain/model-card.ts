import type { RunDetail, ValidationResult } from '#shared/contract/run.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { embeddingSizes, seesFaces } from '#shared/domain/architectures.ts'
import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import { describeAgeReadOut } from '#shared/derived/describe-model.ts'

export interface ModelCardFacts {
  readonly name: string
  readonly config: TrainConfig
  readonly configHash: string
  readonly split: { readonly name: string; readonly hash: string }
  readonly counts: RunDetail['counts']
  readonly labels: RunDetail['labels']
  readonly engine: string
  readonly device: string
  readonly notes: readonly string[]
  readonly bestEpoch: number
  readonly validation: ValidationResult
  readonly weightsSha256: string
  readonly createdAt: string
}

const intendedUse = [
  'Measuring how accuracy differs between groups of faces, and finding what to do about it.',
  'Teaching, and research on the fairness of face-attribute models.',
]

const inadvisableUse = [
  'Identifying people, or sorting, admitting, pricing or watching them by what the model answers.',
  'Live video, or any decision about a single person.',
  'Reading emotion, health, character or intent from a face.',
  'Images unlike the training data, until the model has been evaluated on such images.',
]

const caveats = [
  'Race, gender and age are what annotators wrote about an image; the model repeats that judgement and knows no fact about a person.',
  'The epoch was chosen on the validation part, so the validation figures are a little optimistic; the test part stays sealed.',
]

const ofWholePictures = [
  'It expects one cropped face per image and draws the whole image into its square input.',
]

const ofFaces = [
  'It answers by the main face that the built-in detector finds; without a face it answers by the whole picture, which is less to be relied on, and says so.',
  'The face recognition network that it stands on was trained by others, on faces that are not known here: what that sees badly in a group, heads on it cannot mend, and training it further mends in part at best.',
]

/** The minimal facts of a model as a document that travels with it. */
export function describeModelCard(facts: ModelCardFacts) {
  const { name, config, configHash, split, counts, labels, engine, device, notes, bestEpoch } = facts
  return {
    name,
    createdAt: facts.createdAt,
    architecture: {
      backbone: config.arch,
      input: `${config.inputSize} x ${config.inputSize} RGB`,
      embedding: embeddingSizes[config.arch],
      heads: labels,
      ageReadOut: labels.age === null ? null : describeAgeReadOut(findAgeReadOut(config.age)),
      initialWeights: config.init,
    },
    trainingData: { split: split.name, splitHash: split.hash, images: counts.train, notes },
    training: { config, configHash, engine, device, bestEpoch },
    weightsSha256: facts.weightsSha256,
    metrics: {
      part: 'val',
      images: counts.validation,
      intervals: '95 % Wilson, as if all images were independent',
      ...facts.validation,
    },
    intendedUse,
    inadvisableUse,
    caveats: seesFaces(config.arch) ? [...caveats, ...ofFaces] : [...caveats, ...ofWholePictures],
  }
}
