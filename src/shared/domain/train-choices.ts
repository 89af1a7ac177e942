import { trainConfig, type TrainConfig } from '../contract/train-config.contract.ts'

/** A choice in one word or number, at the place of the configuration where it stands. */
export type Choice = string | number | boolean | null | readonly unknown[]

/** Each choice in words for tables; a path without a title stands for itself. */
const choiceTitles: Readonly<Record<string, string>> = {
  splitId: 'Split',
  tasks: 'Heads',
  arch: 'Network',
  inputSize: 'Input size',
  epochs: 'Epochs',
  batchSize: 'Batch size',
  accumulate: 'Batches per step',
  'age.target': 'Age as',
  'age.labels': 'Age labels',
  'age.softness': 'Softness of age labels',
  'age.readOut': 'Age read-out',
  'age.loss': 'Age loss',
  'age.huberDelta': 'Huber delta (years)',
  'combination.kind': 'Loss combination',
  'combination.weights.age': 'Loss weight of age',
  'combination.weights.gender': 'Loss weight of gender',
  'combination.weights.race': 'Loss weight of race',
  'combination.temperature': 'Temperature of loss weights',
  classWeights: 'Class weights',
  labelSmoothing: 'Label smoothing',
  'optimiser.kind': 'Optimiser',
  'optimiser.momentum': 'Momentum',
  'optimiser.nesterov': 'Nesterov',
  'optimiser.beta1': 'Beta 1',
  'optimiser.beta2': 'Beta 2',
  'optimiser.epsilon': 'Epsilon',
  learningRate: 'Learning rate',
  weightDecay: 'Weight decay',
  decayNormsAndBiases: 'Decay of norms and biases',
  schedule: 'Schedule',
  warmupEpochs: 'Warm-up epochs',
  stepEpochs: 'Epochs per rate step',
  stepFactor: 'Factor of a rate step',
  clipNorm: 'Largest gradient norm',
  averageDecay: 'Decay of averaged weights',
  patience: 'Patience (epochs)',
  trainable: 'Trained part',
  'sampler.kind': 'Sampler',
  'sampler.by': 'Sampled by',
  oversampling: 'Oversampling',
  'augmentation.flip': 'Mirrored at random',
  'augmentation.crop': 'Crop',
  'augmentation.minArea': 'Smallest cropped area',
  'augmentation.brightness': 'Brightness',
  'augmentation.contrast': 'Contrast',
  'augmentation.saturation': 'Saturation',
  'augmentation.erasing': 'Erasing',
  ageCap: 'Age cap',
  checkpointEvery: 'Checkpoint every (epochs)',
  seed: 'Seed',
  engine: 'Engine',
  device: 'Device',
  init: 'Start weights',
}

export const titleOfChoice = (path: string): string => choiceTitles[path] ?? path

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function* walkChoices(
  value: Record<string, unknown>,
  prefix = '',
): Generator<[path: string, choice: Choice]> {
  for (const [key, item] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`
    if (isObject(item)) yield* walkChoices(item, path)
    else if (Array.isArray(item)) yield [path, item]
    else if (
      item === null ||
      typeof item === 'string' ||
      typeof item === 'number' ||
      typeof item === 'boolean'
    ) {
      yield [path, item]
    }
  }
}

/** Every choice of a configuration by its path; the name is none. */
export function listChoices(config: TrainConfig): Map<string, Choice> {
  const { name: _name, ...choices } = config
  return new Map(walkChoices(choices))
}

function describeItem(item: unknown): string {
  if (!isObject(item)) return String(item)
  const { task, label, factor } = item
  return typeof task === 'string' && typeof label === 'string' && typeof factor === 'number'
    ? `${task}=${label}:${factor}`
    : JSON.stringify(item)
}

/** A choice as people write it: "yes", "none", "0.002", "age, gender". */
export function describeChoice(choice: Choice): string {
  if (choice === null) return 'none'
  if (typeof choice === 'boolean') return choice ? 'yes' : 'no'
  if (Array.isArray(choice)) return choice.length === 0 ? 'none' : choice.map(describeItem).join(', ')
  return String(choice)
}

export interface ChoiceDifference {
  readonly path: string
  readonly title: string
  /** In the order of the configurations; null where the choice does not apply. */
  readonly values: (string | null)[]
}

/** The choices in which configurations differ, in the order of their titles' table, then as they stand. */
export function diffChoices(configs: readonly TrainConfig[]): ChoiceDifference[] {
  const all = configs.map(listChoices)
  const met = new Set(all.flatMap((choices) => [...choices.keys()]))
  const known = Object.keys(choiceTitles)
  const paths = [
    ...known.filter((path) => met.has(path)),
    ...[...met].filter((path) => !known.includes(path)),
  ]
  return paths.flatMap((path) => {
    const values = all.map((choices) => {
      const choice = choices.get(path)
      return choice === undefined ? null : describeChoice(choice)
    })
    return values.every((value) => value === values[0]) ? [] : [{ path, title: titleOfChoice(path), values }]
  })
}

/** Choices that have kinds, each with fields of its own, and where the kind stands. */
const kindFields: Readonly<Record<string, string>> = {
  age: 'target',
  combination: 'kind',
  optimiser: 'kind',
  sampler: 'kind',
}

const fixedFields = new Set(['splitId', 'name'])

/** Whether runs can differ in this choice: a field of the configuration that is neither the split nor the name. */
export function canVary(path: string): boolean {
  const [field = ''] = path.split('.')
  return field in trainConfig.shape && !fixedFields.has(field)
}

/** `combination` and `combination.kind` mean the same choice, which must be set before the fields of its kind. */
export function isKindChoice(path: string): boolean {
  const [field = '', inner, ...rest] = path.split('.')
  return field in kindFields && rest.length === 0 && (inner === undefined || inner === kindFields[field])
}

function setKind(current: unknown, kind: string, kindField: string): unknown {
  return isObject(current) && current[kindField] === kind ? current : { [kindField]: kind }
}

/**
 * The choices with one of them set; the result is not yet checked. Another kind (of age, combination, optimiser or
 * sampler) takes that kind's own defaults.
 */
export function setChoice(
  choices: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  const [field = '', ...rest] = path.split('.')
  const current = choices[field]
  const kindField = kindFields[field]
  if (kindField !== undefined && typeof value === 'string' && isKindChoice(path)) {
    return { ...choices, [field]: setKind(current, value, kindField) }
  }
  if (rest.length === 0) return { ...choices, [field]: value }
  return { ...choices, [field]: setChoice(isObject(current) ? current : {}, rest.join('.'), value) }
}
